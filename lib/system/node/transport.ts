// The transport on Node: the raw socket of the `netlink` package (its higher layers lose errors and cannot batch).
//
// The package gives datagrams to the event loop, each in 32 KiB of fresh memory and with half a dozen system calls.
// But the kernel has answered when a send returns, so if the socket's descriptor can be found it is written to and
// read from directly; the package receives only later datagrams.
//
// read(2) does not return the sender. Only a process with CAP_NET_ADMIN in the network namespace could send to the
// socket (netlink_sendmsg in af_netlink.c), and would need its port and random sequence numbers.
import { closeSync, fstatSync, openSync, readFileSync, readSync, writeSync } from 'node:fs'
import { RawNetlinkSocket } from 'netlink/dist/raw.js'
import { TransportError } from '../../model/errors.ts'
import {
  closedError,
  NETLINK_PROTOCOL,
  type NetlinkProtocol,
  RECEIVE_BUFFER,
  type Transport,
  transportError,
} from '../../netlink/transport.ts'

const SOCKET = 'netlink socket'

export class NodeTransport implements Transport {
  readonly port: number
  readonly #socket: RawNetlinkSocket
  readonly #descriptor: number | undefined
  /** One byte longer than any datagram: a full buffer means a truncated datagram. */
  readonly #buffer = Buffer.allocUnsafeSlow(RECEIVE_BUFFER + 1)
  readonly #datagrams: Uint8Array[] = []
  #waiting: { resolve: (datagram: Uint8Array) => void; reject: (error: Error) => void } | undefined
  #failure: TransportError | undefined
  #isClosed = false

  constructor(protocol: NetlinkProtocol = 'generic') {
    const number = NETLINK_PROTOCOL[protocol]
    const likely = lowestFreeDescriptor()
    try {
      // With port 0 the kernel chooses one.
      this.#socket = new RawNetlinkSocket(number, {
        localPort: 0,
        messagePeeking: false,
        msgBufferSize: RECEIVE_BUFFER,
        // Zero: the system's default.
        recvBufferSize: 0,
        sendBufferSize: 0,
      })
    } catch (error) {
      throw transportError(SOCKET, error)
    }
    this.port = this.#socket.address().port
    this.#descriptor = isSocket(likely, number, this.port) ? likely : undefined
    this.#socket.on('message', (message, { port }) => {
      // 0 is the kernel's port.
      if (port === 0) this.#arrive(message)
    })
    this.#socket.on('truncatedMessage', (_, { port }) => port === 0 && this.#fail(cut()))
    this.#socket.on('error', (error) => this.#fail(transportError(SOCKET, error)))
  }

  send(datagram: Uint8Array): void {
    if (this.#isClosed) throw closedError()
    if (this.#descriptor !== undefined && atOnce(writeSync, this.#descriptor, datagram) > 0) return
    // The addon sends later if the socket is busy, so it gets a copy.
    this.#socket.send(Buffer.from(datagram), undefined, (error) => {
      if (error) this.#fail(transportError(SOCKET, error))
    })
  }

  receive(): Uint8Array | Promise<Uint8Array> {
    if (this.#isClosed) throw closedError()
    const next = this.#datagrams.shift()
    if (next !== undefined) return next
    if (this.#failure !== undefined) throw this.#failure
    if (this.#descriptor !== undefined) {
      const length = atOnce(readSync, this.#descriptor, this.#buffer)
      if (length > RECEIVE_BUFFER) throw cut()
      if (length > 0) return this.#buffer.subarray(0, length)
    }
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
    })
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#fail(closedError())
    this.#socket.close()
  }

  #arrive(message: Uint8Array): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    if (waiting === undefined) this.#datagrams.push(message)
    else waiting.resolve(message)
  }

  #fail(error: TransportError): void {
    this.#failure = error
    this.#waiting?.reject(error)
    this.#waiting = undefined
  }
}

function cut(): TransportError {
  return new TransportError('a datagram was truncated', 'EMSGSIZE')
}

/** Reads or writes; 0 if the call would block. */
function atOnce(
  operation: (descriptor: number, bytes: Uint8Array) => number,
  descriptor: number,
  bytes: Uint8Array,
): number {
  try {
    return operation(descriptor, bytes)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0
    throw transportError(SOCKET, error)
  }
}

/** The number of the next descriptor, if no other thread opens one meanwhile. */
function lowestFreeDescriptor(): number {
  const descriptor = openSync('/dev/null', 'r')
  closeSync(descriptor)
  return descriptor
}

/** Whether a descriptor is the netlink socket of this protocol and port. */
function isSocket(descriptor: number, protocol: number, port: number): boolean {
  try {
    const inode = fstatSync(descriptor).ino
    // sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode
    const row = new RegExp(`^\\S+ +${protocol} +${port} .* ${inode} *$`, 'm')
    return row.test(readFileSync('/proc/net/netlink', 'latin1'))
  } catch {
    return false
  }
}

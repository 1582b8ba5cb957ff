// The netlink socket of the standalone executable, which blocks. An exchange is two system calls: one receives both
// datagrams of a dump, the data and the end.
import { buffer, close, netlinkPort, netlinkSocket, receive, send } from 'host'
import { errnoName, TransportError } from '../../model/errors.ts'
import {
  ANSWER_TIMEOUT,
  closedError,
  NETLINK_PROTOCOL,
  type NetlinkProtocol,
  RECEIVE_BUFFER,
  type Transport,
} from '../../netlink/transport.ts'
import { EAGAIN } from './calls.ts'

/** The number of datagrams that one call can receive. */
const DATAGRAMS = 2
/** The number of fields for each: length, flags, the sender's port. */
const FIELDS = 3
/** sys/socket.h */
const MSG_TRUNC = 0x20
const EINTR = -4

export class HostTransport implements Transport {
  readonly port: number
  readonly #descriptor: number
  readonly #bytes = new Uint8Array(buffer(DATAGRAMS * RECEIVE_BUFFER))
  readonly #fields = new Uint32Array(DATAGRAMS * FIELDS)
  /** The number of datagrams that have been received, or the negative errno of their receipt. */
  #count = 0
  #at = 0
  #closed = false

  constructor(descriptor: number, port: number) {
    this.#descriptor = descriptor
    this.port = port
  }

  static open(protocol: NetlinkProtocol = 'generic'): HostTransport {
    const descriptor = succeed(netlinkSocket(NETLINK_PROTOCOL[protocol], ANSWER_TIMEOUT))
    return new HostTransport(descriptor, succeed(netlinkPort(descriptor)))
  }

  send(datagram: Uint8Array): void {
    if (this.#closed) throw closedError()
    let result: number
    do result = send(this.#descriptor, datagram)
    while (result === EINTR)
    succeed(result)
  }

  receive(): Uint8Array {
    if (this.#closed) throw closedError()
    for (;;) {
      while (this.#at < this.#count) {
        const at = this.#at++
        const field = FIELDS * at
        // Skips other senders: only the kernel has port 0, but any process may send to this socket.
        if (this.#fields[field + 2] !== 0) continue
        if ((this.#fields[field + 1]! & MSG_TRUNC) !== 0)
          throw new TransportError('a datagram was truncated', 'EMSGSIZE')
        const start = at * RECEIVE_BUFFER
        return this.#bytes.subarray(start, start + this.#fields[field]!)
      }
      const count =
        this.#count < 0 ? this.#count : receive(this.#descriptor, this.#bytes, RECEIVE_BUFFER, this.#fields)
      this.#at = 0
      this.#count = 0
      if (count === EINTR) continue
      if (count === EAGAIN) throw new TransportError('the kernel does not answer', 'ETIMEDOUT')
      this.#count = succeed(count)
    }
  }

  /**
   * Lends the socket to a function that sends and receives by itself, unless datagrams wait to be read. It gives the
   * number of datagrams that it has received and not read, or a negative errno; they are received next.
   */
  lend(use: (descriptor: number, bytes: Uint8Array, fields: Uint32Array) => number): void {
    if (this.#closed) throw closedError()
    if (this.#at < this.#count) return
    this.#count = use(this.#descriptor, this.#bytes, this.#fields)
    this.#at = 0
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    close(this.#descriptor)
  }
}

function succeed(result: number): number {
  if (result >= 0) return result
  const name = errnoName(-result)
  throw new TransportError(`netlink socket: ${name}`, name)
}

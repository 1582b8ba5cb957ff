// The transport of the standalone binary: a blocking socket. An exchange is two system calls, for one `recvmmsg` takes
// both datagrams that a dump has, the data and the end.
import { ptr } from 'bun:ffi'
import { errnoName, TransportError } from '../../model/errors.ts'
import {
  ANSWER_TIMEOUT,
  NETLINK_PROTOCOL,
  type NetlinkProtocol,
  RECEIVE_BUFFER,
  type Transport,
} from '../../netlink/transport.ts'
import { errno, libc } from './libc.ts'

// sys/socket.h
const AF_NETLINK = 16
const SOCK_RAW = 3
const SOCK_CLOEXEC = 0x80000
const SOL_SOCKET = 1
const SO_RCVTIMEO = 20
const MSG_TRUNC = 0x20
const MSG_WAITFORONE = 0x10000
const EINTR = 4
const EAGAIN = 11

/** `struct sockaddr_nl`: u16 family, u16 padding, u32 port, u32 groups. */
const ADDRESS_LENGTH = 12

/** Datagrams that one call receives. */
const DATAGRAMS = 2

export class BunTransport implements Transport {
  readonly port: number
  readonly #descriptor: number
  readonly #received = new ReceivedDatagrams()

  constructor(protocol: NetlinkProtocol = 'generic') {
    this.#descriptor = succeed(libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_PROTOCOL[protocol]))
    const address = new Uint8Array(ADDRESS_LENGTH)
    const view = new DataView(address.buffer)
    view.setUint16(0, AF_NETLINK, true)
    // Port 0 lets the kernel choose one.
    succeed(libc.bind(this.#descriptor, address, ADDRESS_LENGTH))
    const length = new Uint8Array(Uint32Array.of(ADDRESS_LENGTH).buffer)
    succeed(libc.getsockname(this.#descriptor, address, length))
    this.port = view.getUint32(4, true)
    // `struct timeval`: i64 seconds, i64 microseconds.
    const time = new Uint8Array(BigInt64Array.of(BigInt(ANSWER_TIMEOUT / 1000), 0n).buffer)
    succeed(libc.setsockopt(this.#descriptor, SOL_SOCKET, SO_RCVTIMEO, time, time.length))
  }

  send(datagram: Uint8Array): void {
    succeed(retried(() => libc.send(this.#descriptor, datagram, datagram.length, 0)))
  }

  receive(): Uint8Array {
    return this.#received.next() ?? this.#received.fill(this.#descriptor)
  }

  close(): void {
    libc.close(this.#descriptor)
  }
}

/** The `struct mmsghdr`s of recvmmsg, with a buffer each. */
class ReceivedDatagrams {
  /** `struct mmsghdr`: a `struct msghdr` of 56 bytes (iov at 16, iovlen at 24, flags at 48), then u32 length. */
  static readonly #HEADER = 64
  readonly #buffers = Array.from({ length: DATAGRAMS }, () => new Uint8Array(RECEIVE_BUFFER))
  readonly #headers = new Uint8Array(DATAGRAMS * ReceivedDatagrams.#HEADER)
  readonly #view = new DataView(this.#headers.buffer)
  /** `struct iovec`: u64 address, u64 length. Kept, for the headers point at it. */
  readonly #vectors = BigUint64Array.from(
    this.#buffers.flatMap((buffer) => [BigInt(ptr(buffer)), BigInt(RECEIVE_BUFFER)]),
  )
  #count = 0
  #at = 0

  constructor() {
    for (let i = 0; i < DATAGRAMS; i++) {
      const header = i * ReceivedDatagrams.#HEADER
      this.#view.setBigUint64(header + 16, BigInt(ptr(this.#vectors) + 16 * i), true)
      this.#view.setBigUint64(header + 24, 1n, true)
    }
  }

  /** One that was received already. */
  next(): Uint8Array | undefined {
    if (this.#at === this.#count) return undefined
    const header = this.#at * ReceivedDatagrams.#HEADER
    const length = this.#view.getUint32(header + 56, true)
    if ((this.#view.getUint32(header + 48, true) & MSG_TRUNC) !== 0) {
      throw new TransportError('a datagram was cut', 'EMSGSIZE')
    }
    return this.#buffers[this.#at++]!.subarray(0, length)
  }

  /** Waits for one and takes what else there is; the first. */
  fill(descriptor: number): Uint8Array {
    this.#at = 0
    this.#count = 0
    const count = retried(() => libc.recvmmsg(descriptor, this.#headers, DATAGRAMS, MSG_WAITFORONE, null))
    if (count < 0 && errno() === EAGAIN) throw new TransportError('the kernel does not answer', 'ETIMEDOUT')
    this.#count = succeed(count)
    return this.next()!
  }
}

function succeed(result: number): number {
  if (result >= 0) return result
  const name = errnoName(errno())
  throw new TransportError(`netlink socket: ${name}`, name)
}

function retried(call: () => number): number {
  for (;;) {
    const result = call()
    if (result >= 0 || errno() !== EINTR) return result
  }
}

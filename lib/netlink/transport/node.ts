// The transport on Node: the raw socket of the `netlink` package (its higher layers lose errors and cannot batch).
import { RawNetlinkSocket } from 'netlink/dist/raw.js'
import { TransportError } from '../../errors.ts'
import { RECEIVE_BUFFER, type Transport, transportError } from './transport.ts'

const NETLINK_GENERIC = 16

export class NodeTransport implements Transport {
  readonly port: number
  readonly #socket: RawNetlinkSocket
  readonly #datagrams: Uint8Array[] = []
  #waiting: { resolve: (datagram: Uint8Array) => void; reject: (error: Error) => void } | undefined
  #failure: TransportError | undefined

  constructor() {
    try {
      // Port 0 lets the kernel choose one.
      this.#socket = new RawNetlinkSocket(NETLINK_GENERIC, {
        localPort: 0,
        messagePeeking: false,
        msgBufferSize: RECEIVE_BUFFER,
        // Zero: what the system gives.
        recvBufferSize: 0,
        sendBufferSize: 0,
      })
    } catch (error) {
      throw transportError('netlink socket', error)
    }
    this.port = this.#socket.address().port
    this.#socket.on('message', (message) => this.#arrive(message))
    this.#socket.on('truncatedMessage', () =>
      this.#fail(new TransportError('a datagram was cut', 'EMSGSIZE')),
    )
    this.#socket.on('error', (error) => this.#fail(transportError('netlink socket', error)))
  }

  send(datagram: Uint8Array): void {
    // The addon sends later if the socket is busy, so it gets bytes of its own.
    this.#socket.send(Buffer.from(datagram), undefined, (error) => {
      if (error) this.#fail(transportError('netlink socket', error))
    })
  }

  receive(): Promise<Uint8Array> {
    const next = this.#datagrams.shift()
    if (next !== undefined) return Promise.resolve(next)
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
    })
  }

  close(): void {
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

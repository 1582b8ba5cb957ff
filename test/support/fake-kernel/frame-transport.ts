// A netlink socket at blocking descriptors, for a fake kernel in another process.
import { closeSync, readSync } from 'node:fs'
import { closedError, RECEIVE_BUFFER, type Transport } from '../../../lib/netlink/transport.ts'
import { LENGTH, writeFrameSync } from './frames.ts'

/** As with the real one, the caller waits in the system call that reads an answer. */
export class FrameTransport implements Transport {
  readonly port: number
  readonly #requests: number
  readonly #replies: number
  readonly #received = Buffer.alloc(4 * RECEIVE_BUFFER)
  #start = 0
  #end = 0
  #isClosed = false

  /** @param port that of the socket; undefined: its text is the first datagram */
  constructor({ requests, replies }: { requests: number; replies: number }, port?: number) {
    this.#requests = requests
    this.#replies = replies
    this.port = port ?? Number(Buffer.from(this.receive()))
  }

  send(datagram: Uint8Array): void {
    if (this.#isClosed) throw closedError()
    writeFrameSync(this.#requests, datagram)
  }

  receive(): Uint8Array {
    if (this.#isClosed) throw closedError()
    this.#fill(LENGTH)
    const length = this.#received.readUInt32LE(this.#start)
    this.#fill(LENGTH + length)
    const start = this.#start + LENGTH
    this.#start = start + length
    return this.#received.subarray(start, this.#start)
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    closeSync(this.#requests)
    if (this.#replies !== this.#requests) closeSync(this.#replies)
  }

  /** Reads until so many bytes are there. */
  #fill(length: number): void {
    if (this.#end - this.#start >= length) return
    this.#received.copyWithin(0, this.#start, this.#end)
    this.#end -= this.#start
    this.#start = 0
    while (this.#end < length) {
      const room = this.#received.length - this.#end
      const read = readSync(this.#replies, this.#received, this.#end, room, null)
      if (read === 0) throw closedError()
      this.#end += read
    }
  }
}

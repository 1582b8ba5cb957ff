// A fake kernel at a stream, for a server in another process. It remembers its answers to dumps until the table changes, for
// making them anew takes a hundred times as long as the kernel takes.
import type { Duplex } from 'node:stream'
import type { FakeKernel } from '../test/support/fake-kernel/fake-kernel.ts'
import { frameOf, readFrames } from '../test/support/fake-kernel/frames.ts'

const NLM_F_DUMP = 0x300
const NLMSG_DONE = 3
// The places in a message's header (linux/netlink.h).
const AT = { type: 4, flags: 6, sequence: 8 } as const

export class ServedKernel {
  readonly port: number
  readonly #kernel: FakeKernel
  readonly #socket: ReturnType<FakeKernel['connect']>
  /** By the request without its sequence number. */
  readonly #answers = new Map<string, Buffer[]>()
  /** The answer to the dump that is being read. */
  #recorded: Buffer[] | undefined

  constructor(kernel: FakeKernel) {
    this.#kernel = kernel
    this.#socket = kernel.connect()
    this.port = this.#socket.port
  }

  /** The table has changed. */
  forget(): void {
    this.#answers.clear()
    this.#recorded = undefined
  }

  serve(stream: Duplex): void {
    // The other process has ended.
    stream.on('error', () => stream.destroy())
    readFrames(stream, (datagram) => this.#take(Buffer.from(datagram), stream))
    this.#answer(stream).catch(() => stream.destroy())
  }

  #take(request: Buffer, stream: Duplex): void {
    const sequence = request.readUInt32LE(AT.sequence)
    const nameless = Buffer.from(request)
    nameless.writeUInt32LE(0, AT.sequence)
    const key = nameless.toString('latin1')
    const answer = this.#answers.get(key)
    if (answer?.at(-1)?.readUInt16LE(AT.type) === NLMSG_DONE) {
      for (const datagram of answer) stream.write(frameOf(numbered(datagram, sequence)))
      return
    }
    const dumps = (request.readUInt16LE(AT.flags) & NLM_F_DUMP) === NLM_F_DUMP
    this.#recorded = dumps ? [] : undefined
    if (this.#recorded !== undefined) this.#answers.set(key, this.#recorded)
    this.#socket.send(request)
    // The log of requests is for tests.
    this.#kernel.requests.length = 0
  }

  async #answer(stream: Duplex): Promise<void> {
    while (!stream.destroyed) {
      const datagram = await this.#socket.receive()
      this.#recorded?.push(Buffer.from(datagram))
      stream.write(frameOf(datagram))
    }
  }
}

/** The messages of a datagram with another sequence number, in place. */
function numbered(datagram: Buffer, sequence: number): Buffer {
  for (let at = 0; at < datagram.length; at += (datagram.readUInt32LE(at) + 3) & ~3)
    datagram.writeUInt32LE(sequence, at + AT.sequence)
  return datagram
}

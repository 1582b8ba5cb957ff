// Requests that are encoded into datagrams at once, so that their objects need not be kept until they are sent.
import { AttributeWriter } from './attributes.ts'
import { beginMessage, endMessage, NLM_F_REQUEST, writeNoop } from './message.ts'
import { sequenceAfter } from './sequence.ts'

/** A request: `command` of the family, its name for messages, and the function that writes its attributes. */
export interface Request {
  readonly command: number
  readonly name: string
  readonly write?: (writer: AttributeWriter) => void
}

/** Header fields common to all requests of a connection. */
export interface Sender {
  readonly family: number
  readonly version: number
  readonly port: number
}

/** The position of a datagram's bytes and requests in the batch. */
interface Datagram {
  readonly start: number
  readonly end: number
  /** The index of its first request. */
  readonly first: number
  /** The number of its requests, without the final no-op. */
  readonly count: number
}

/** The maximum number of requests in a datagram: their errors must fit the socket's receive buffer. */
const REQUESTS = 128
/** The approximate size of a datagram in bytes, well under the default send buffer (net.core.wmem_default, 212992). */
const BYTES = 64 * 1024

/** A batch can be sent more than once: its requests are numbered each time. */
export class RequestBatch {
  readonly #sender: Sender
  readonly #writer = new AttributeWriter()
  readonly #names: string[] = []
  readonly #datagrams: Datagram[] = []
  // State of the datagram under construction:
  #start = 0
  #first = 0

  constructor(sender: Sender) {
    this.#sender = sender
  }

  /** The number of requests. */
  get length(): number {
    return this.#names.length
  }

  /** A request's name for messages; undefined if the index does not exist. */
  nameOf(index: number): string | undefined {
    return this.#names[index]
  }

  add(request: Request): void {
    writeRequest(this.#writer, this.#sender, { flags: NLM_F_REQUEST, sequence: 0 }, request)
    this.#names.push(request.name)
    if (this.length - this.#first === REQUESTS || this.#writer.length - this.#start >= BYTES) this.#close()
  }

  /** The datagrams of all requests. */
  datagrams(): readonly Datagram[] {
    if (this.length > this.#first) this.#close()
    return [...this.#datagrams]
  }

  /** A datagram's bytes, its messages numbered from `sequence`; valid until the next addition. */
  numbered({ start, end, count }: Datagram, sequence: number): Uint8Array {
    for (let i = 0, at = start; i <= count; i++) {
      this.#writer.setU32(at + 8, sequenceAfter(sequence, i))
      at += this.#writer.getU32(at)
    }
    return this.#writer.written.subarray(start, end)
  }

  clear(): void {
    this.#writer.truncate(0)
    this.#names.length = 0
    this.#datagrams.length = 0
    this.#start = 0
    this.#first = 0
  }

  /**
   * A no-op ends a datagram and is the only message that requests an acknowledgement: when that has arrived, every
   * earlier error has arrived too. (The last request could request it, but the kernel does not always acknowledge the
   * stop of a sync daemon: kthread_stop gives EINTR, and netlink_rcv_skb skips that.)
   */
  #close(): void {
    writeNoop(this.#writer, 0, this.#sender.port)
    const end = this.#writer.length
    const first = this.#first
    this.#datagrams.push({ start: this.#start, end, first, count: this.length - first })
    this.#start = end
    this.#first = this.length
  }
}

export function writeRequest(
  writer: AttributeWriter,
  { family, version, port }: Sender,
  { flags, sequence }: { readonly flags: number; readonly sequence: number },
  request: Request,
): void {
  const start = writer.length
  try {
    const at = beginMessage(writer, { type: family, flags, sequence, port }, request.command, version)
    request.write?.(writer)
    endMessage(writer, at)
  } catch (error) {
    // Removes the incomplete message of a value that cannot be encoded.
    writer.truncate(start)
    throw error
  }
}

// Requests encoded as they come, cut into datagrams: what they were made from need not be kept until they are sent.
import { AttributeWriter } from './attributes.ts'
import { beginMessage, endMessage, NLM_F_REQUEST, writeNoop } from './message.ts'

/** One request: `command` of the family, its name for messages, and what writes its attributes. */
export interface Request {
  readonly command: number
  readonly name: string
  readonly write?: (writer: AttributeWriter) => void
}

/** What every request of a conversation has, but for its number. */
export interface Sender {
  readonly family: number
  readonly version: number
  readonly port: number
  /** The next sequence number. */
  next(): number
}

/** Where a datagram's bytes and requests lie in the queue. */
export interface Datagram {
  readonly start: number
  readonly end: number
  /** The index of its first request. */
  readonly first: number
  /** The sequence number of its first request. */
  readonly base: number
  /** The sequence number of the no-op that ends it. */
  readonly last: number
}

/** Requests in one datagram: 128 errors at the most then wait in the socket's receive buffer. */
const REQUESTS = 128
/** Bytes in one datagram, about: well under the default send buffer (net.core.wmem_default, 212992). */
const BYTES = 64 * 1024

/** Bytes for some ten thousand requests: what grows is copied, and the copy is fresh memory again. */
const CAPACITY = 2 * 1024 * 1024

export class RequestBatch {
  readonly #sender: Sender
  readonly #writer = new AttributeWriter(CAPACITY)
  readonly #names: string[] = []
  readonly #datagrams: Datagram[] = []
  // Of the datagram that is being filled:
  #start = 0
  #first = 0
  #base = 0

  constructor(sender: Sender) {
    this.#sender = sender
  }

  /** How many requests were added. */
  get length(): number {
    return this.#names.length
  }

  /** What messages call a request; undefined if there is none of that index. */
  nameOf(index: number): string | undefined {
    return this.#names[index]
  }

  add(request: Request): void {
    const { family, version, port } = this.#sender
    const sequence = this.#sender.next()
    if (this.#writer.length === this.#start) this.#base = sequence
    writeRequest(this.#writer, { type: family, flags: NLM_F_REQUEST, sequence, port }, request, version)
    this.#names.push(request.name)
    if (this.length - this.#first === REQUESTS || this.#writer.length - this.#start >= BYTES) this.#close()
  }

  /** The datagrams of all that was added. */
  datagrams(): readonly Datagram[] {
    if (this.length > this.#first) this.#close()
    return this.#datagrams
  }

  /** Valid until something is added. */
  bytesOf({ start, end }: Datagram): Uint8Array {
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
   * A no-op ends a datagram and is the only message that asks for an acknowledgement: when that has come, every
   * error before it has come too. (The last request could ask for it, but the kernel does not always acknowledge the
   * end of a sync daemon: kthread_stop gives EINTR, and netlink_rcv_skb skips that.)
   */
  #close(): void {
    const last = this.#sender.next()
    writeNoop(this.#writer, last, this.#sender.port)
    const end = this.#writer.length
    this.#datagrams.push({ start: this.#start, end, first: this.#first, base: this.#base, last })
    this.#start = end
    this.#first = this.length
  }
}

export function writeRequest(
  writer: AttributeWriter,
  header: Parameters<typeof beginMessage>[1],
  request: Request,
  version: number,
): void {
  const at = beginMessage(writer, header, request.command, version)
  request.write?.(writer)
  endMessage(writer, at)
}

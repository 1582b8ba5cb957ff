// Requests encoded as they come, in datagrams: the objects that they were made from need not be kept until they are sent.
import { AttributeWriter, received } from './attributes.ts'
import {
  beginMessage,
  endMessage,
  GENERIC_HEADER,
  MESSAGE_HEADER,
  NLM_F_REQUEST,
  writeNoop,
} from './message.ts'
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

/** A datagram's bytes, and the place of its requests among all. */
export interface Datagram {
  readonly bytes: Uint8Array
  /** The index of its first request. */
  readonly first: number
  /** The number of its requests, without the final no-op. */
  readonly count: number
}

/** Requests that are sent datagram by datagram, so that they need not all be encoded at once. */
export interface RequestSource {
  /** The next datagram, numbered from `sequence` on and valid until the next call; undefined after the last one. */
  next(sequence: number): Datagram | undefined
  /** The name of a request of the datagram; undefined if it has no request of this index. */
  nameOf(index: number): string | undefined
}

/** The maximum number of requests in a datagram: their errors must fit the socket's receive buffer. */
export const REQUESTS = 128
/** The approximate size of a datagram in bytes, well under the default send buffer (net.core.wmem_default, 212992). */
const BYTES = 64 * 1024

export class RequestBatch implements RequestSource {
  readonly #sender: Sender
  readonly #writer = new AttributeWriter()
  readonly #names: string[] = []
  readonly #datagrams: Datagram[] = []
  #sent = 0
  // Of the datagram that is being filled:
  #first = 0
  /** The header of the last request that was written by `add`, and its command. */
  #header: Uint8Array | undefined
  #command = 0

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
    const { command } = request
    if (this.#header === undefined || command !== this.#command) {
      this.#header = headerOf(this.#sender, { flags: NLM_F_REQUEST, sequence: 0 }, command)
      this.#command = command
    }
    writeMessage(this.#writer, this.#header, request)
    this.#names.push(request.name)
    if (this.length - this.#first === REQUESTS || this.#writer.length >= BYTES) this.#close()
  }

  next(sequence: number): Datagram | undefined {
    if (this.length > this.#first) this.#close()
    const datagram = this.#datagrams[this.#sent]
    if (datagram === undefined) return undefined
    this.#sent++
    const { view } = received(datagram.bytes)
    for (let i = 0, at = 0; i <= datagram.count; i++) {
      view.setUint32(at + 8, sequenceAfter(sequence, i), true)
      at += view.getUint32(at, true)
    }
    return datagram
  }

  clear(): void {
    this.#writer.truncate(0)
    this.#names.length = 0
    this.#datagrams.length = 0
    this.#first = 0
    this.#sent = 0
    // The sender may have changed.
    this.#header = undefined
  }

  /**
   * A no-op ends a datagram and is the only message that requests an acknowledgement: when that has arrived, every
   * earlier error has arrived too. (The last request could request it, but the kernel does not always acknowledge the
   * stop of a sync daemon: kthread_stop gives EINTR, and netlink_rcv_skb skips that.)
   */
  #close(): void {
    writeNoop(this.#writer, 0, this.#sender.port)
    const first = this.#first
    // A copy of just the length: one array for all would be copied again each time that it grows.
    const bytes = this.#writer.written.slice()
    this.#datagrams.push({ bytes, first, count: this.length - first })
    this.#writer.truncate(0)
    this.#first = this.length
  }
}

/** A request's numbers that are not the sender's. */
interface Place {
  readonly flags: number
  readonly sequence: number
}

/** A request that is sent again and again, each time with other attributes and another number. */
export class NumberedRequest {
  readonly #header: Uint8Array
  #bytes: Uint8Array
  #view: DataView
  /** The part of the bytes that was sent last. */
  #datagram: Uint8Array

  constructor(header: Uint8Array) {
    this.#header = header
    this.#bytes = header
    this.#view = received(header).view
    this.#datagram = header
  }

  /** The datagram, valid until the next call. */
  numbered(attributes: Uint8Array, sequence: number): Uint8Array {
    const length = this.#header.length + attributes.length
    if (length > this.#bytes.length) this.#grow(length)
    if (length !== this.#datagram.length) this.#datagram = this.#bytes.subarray(0, length)
    this.#bytes.set(attributes, this.#header.length)
    this.#view.setUint32(0, length, true)
    this.#view.setUint32(8, sequence, true)
    return this.#datagram
  }

  #grow(length: number): void {
    this.#bytes = new Uint8Array(length)
    this.#bytes.set(this.#header)
    this.#view = received(this.#bytes).view
    this.#datagram = this.#bytes
  }
}

function beginRequest(
  writer: AttributeWriter,
  { family, version, port }: Sender,
  { flags, sequence }: Place,
  command: number,
): number {
  return beginMessage(writer, { type: family, flags, sequence, port }, command, version)
}

/** A request's headers, without its length. */
export function headerOf(sender: Sender, place: Place, command: number): Uint8Array {
  const writer = new AttributeWriter(MESSAGE_HEADER + GENERIC_HEADER)
  beginRequest(writer, sender, place, command)
  return writer.written
}

export function writeMessage(writer: AttributeWriter, header: Uint8Array, request: Request): void {
  const start = writer.length
  try {
    writer.bytes(header)
    request.write?.(writer)
    endMessage(writer, start)
  } catch (error) {
    // Removes the incomplete message of a value that cannot be encoded.
    writer.truncate(start)
    throw error
  }
}

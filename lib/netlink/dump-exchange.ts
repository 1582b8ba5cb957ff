// One reading of a dump: what of each datagram is a reply, and when the list is complete. Neither sends nor receives.
import { DecodeError, KernelError } from '../model/errors.ts'
import { type Received, received } from './attributes.ts'
import {
  eachMessage,
  errnoOf,
  explanationOf,
  GENERIC_HEADER,
  isPlainEnd,
  type MessageHeader,
  NLM_F_DUMP_INTR,
  NLMSG_DONE,
  NLMSG_ERROR,
  NLMSG_NOOP,
  PLAIN_END,
} from './message.ts'

/** Receives the attributes of one reply, between `start` and `end`. */
export type OnReply = (data: Received, start: number, end: number) => void

/** The callbacks of a dump. */
export interface DumpCallbacks {
  readonly onReply: OnReply
  /**
   * Takes all messages of a datagram, if they are replies to the request of this sequence number and port and none else,
   * and says so; otherwise it takes none.
   */
  onDatagram?(datagram: Uint8Array, sequence: number, port: number): boolean
  /** Called before an interrupted dump is read again: the caller forgets the entries. */
  restart(): void
  /**
   * Called at the end of a dump in several datagrams: whether its entries are consistent. The kernel resumes a dump
   * by index, so that a change of the table meanwhile can repeat an entry.
   */
  isConsistent(): boolean
}

/** One reading after the other: making an object for each takes longer than a short dump. */
export class DumpExchange {
  readonly #name: string
  readonly #reader: DumpCallbacks
  readonly #port: number
  #sequence = 0
  /** Whether the kernel has sent all. */
  isComplete = true
  #interrupted = false
  #datagrams = 0
  #failure: KernelError | undefined

  /** @param name of the request, for messages */
  constructor(name: string, reader: DumpCallbacks, port: number) {
    this.#name = name
    this.#reader = reader
    this.#port = port
  }

  begin(sequence: number): void {
    this.#sequence = sequence
    this.isComplete = false
    this.#interrupted = false
    this.#datagrams = 0
    this.#failure = undefined
  }

  take(datagram: Uint8Array): void {
    if (datagram.length === 0) throw new DecodeError('netlink', 'an empty datagram')
    if (datagram.length === PLAIN_END && isPlainEnd(datagram, this.#sequence, this.#port)) {
      this.isComplete = true
      return
    }
    if (this.#reader.onDatagram?.(datagram, this.#sequence, this.#port) === true) {
      this.#datagrams++
      return
    }
    const data = received(datagram)
    let replies = 0
    eachMessage(data, (header, start, end) => {
      if (header.type === NLMSG_NOOP || header.port !== this.#port) return
      if (header.type === NLMSG_ERROR && end - start < 4) throw new DecodeError('NLMSG_ERROR', 'no errno')
      if (header.sequence === this.#sequence && this.#visit(header, data, start, end)) replies++
    })
    if (replies > 0) this.#datagrams++
  }

  /** Whether the message is a reply. */
  #visit(header: MessageHeader, data: Received, start: number, end: number): boolean {
    if ((header.flags & NLM_F_DUMP_INTR) !== 0) this.#interrupted = true
    if (header.type === NLMSG_DONE || header.type === NLMSG_ERROR) {
      const errno = errnoOf(data, start, end)
      if (errno !== 0) {
        const explanation = explanationOf(data, header, start, end)
        this.#failure = new KernelError(errno, this.#name, undefined, explanation)
      }
      this.isComplete = true
      return false
    }
    this.#reader.onReply(data, payloadOf(this.#name, start, end), end)
    return true
  }

  /** Whether the list is the table's, after it has been read to its end. Throws a KernelError if the kernel has refused it. */
  isWhole(): boolean {
    if (this.#failure !== undefined) throw this.#failure
    return !this.#interrupted && (this.#datagrams < 2 || this.#reader.isConsistent())
  }
}

/** The start of a reply's attributes. */
export function payloadOf(name: string, start: number, end: number): number {
  if (end - start < GENERIC_HEADER) throw new DecodeError(name, 'no generic netlink header')
  return start + GENERIC_HEADER
}

// Consecutive lines of a rule file as requests, which are made while they are sent. Plain lines are read a second time then,
// because their text takes less memory than their requests.
import { type ChangeEncoder, requestName } from '../ipvs/requests.ts'
import type { Change } from '../model/change.ts'
import { MESSAGE_HEADER, numberMessage } from '../netlink/message.ts'
import { MessageStore } from '../netlink/message-store.ts'
import type { Datagram, RequestSource } from '../netlink/request-batch.ts'
import type { PlainWriter } from './plain-requests.ts'
import { isRoom, PROGRESS, putMessage, type SendingRoom } from './sending-room.ts'
import { nextLine } from './text-lines.ts'

/** Shared by the batches of a file, which are sent one after the other. */
export interface LineTools {
  readonly text: Uint8Array
  readonly encoder: ChangeEncoder
  readonly writePlain: PlainWriter
  readonly room: SendingRoom
}

export class LineBatch implements RequestSource {
  /** The number of requests so far, and of those before the latest datagram. */
  #length = 0
  #first = 0
  readonly #tools: LineTools
  #from: number
  #line: number
  #end: number
  /** The offsets of the lines whose messages are kept, and the next of them. */
  readonly #starts: number[] = []
  readonly #kept = new MessageStore()
  #next = 0

  /** @param from the offset of the first line, whose number is `line` */
  constructor(tools: LineTools, from: number, line: number) {
    this.#tools = tools
    this.#from = from
    this.#line = line
    this.#end = tools.text.length
  }

  /** Adds the change of a line that is not plain, which begins at `start`. */
  add(start: number, change: Change): void {
    this.#kept.add(this.#tools.encoder.message(change))
    this.#starts.push(start)
  }

  /** Ends the batch before the line that begins at `end`. */
  endAt(end: number): void {
    this.#end = end
  }

  get length(): number {
    return this.#length
  }

  next(sequence: number): Datagram | undefined {
    const { text, encoder, writePlain, room } = this.#tools
    const { block, progress } = room
    this.#first = this.#length
    progress[PROGRESS.from] = this.#from
    progress[PROGRESS.line] = this.#line
    progress[PROGRESS.at] = 0
    progress[PROGRESS.count] = 0
    progress[PROGRESS.sequence] = sequence
    while (isRoom(room)) {
      const kept = this.#starts[this.#next]
      progress[PROGRESS.to] = kept ?? this.#end
      writePlain(text, room)
      const from = progress[PROGRESS.from]!
      if (from === this.#end || !isRoom(room)) break
      if (from === kept) {
        putMessage(room, this.#kept.take())
        this.#next++
      }
      // Any other line has no words.
      progress[PROGRESS.from] = nextLine(text, from)
      progress[PROGRESS.line]!++
    }
    this.#from = progress[PROGRESS.from]!
    this.#line = progress[PROGRESS.line]!
    const count = progress[PROGRESS.count]!
    if (count === 0) return undefined
    this.#length += count
    const at = progress[PROGRESS.at]!
    block.set(encoder.noop(), at)
    numberMessage(block, at, progress[PROGRESS.sequence]!)
    return { bytes: block.subarray(0, at + MESSAGE_HEADER), first: this.#first, count }
  }

  nameOf(index: number): string | undefined {
    const place = index - this.#first
    if (place < 0 || index >= this.#length) return undefined
    const { block, places } = this.#tools.room
    return requestName(block[places[2 * place + 1]! + MESSAGE_HEADER]!)
  }

  /** The number of the line of a request of the latest datagram. */
  lineOf(index: number): number {
    return this.#tools.room.places[2 * (index - this.#first)]!
  }
}

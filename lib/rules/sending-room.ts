// The room in which a datagram is made from rule lines, and the place in the lines.
import { numberMessage } from '../netlink/message.ts'
import { REQUESTS } from '../netlink/request-batch.ts'
import { sequenceAfter } from '../netlink/sequence.ts'

/** The fields of `progress`; native/rules.c has the same. */
export const PROGRESS = {
  /** The offset of the next line. */
  from: 0,
  /** The offset before which to stop: of a line, or the end. */
  to: 1,
  /** The number of the next line. */
  line: 2,
  /** The offset of the next message in the datagram. */
  at: 3,
  /** The number of the datagram's messages. */
  count: 4,
  /** The number of the next message. */
  sequence: 5,
} as const

/** A message is written only where so many bytes are left. */
export const LONGEST_MESSAGE = 512

/** Bytes for the requests of a datagram, of which only few have more than 140. */
const DATAGRAM = 20 * 1024

export interface SendingRoom {
  readonly block: Uint8Array
  /** The number of its line and the offset in the block, of each message. */
  readonly places: Uint32Array
  readonly progress: Uint32Array
}

export const sendingRoom = (): SendingRoom => ({
  block: new Uint8Array(DATAGRAM),
  places: new Uint32Array(2 * REQUESTS),
  progress: new Uint32Array(6),
})

export function isRoom({ block, places, progress }: SendingRoom): boolean {
  return (
    progress[PROGRESS.at]! + LONGEST_MESSAGE <= block.length && 2 * progress[PROGRESS.count]! < places.length
  )
}

/** Puts a message at the end of the datagram, with the number of its line. */
export function putMessage(room: SendingRoom, message: Uint8Array): void {
  const { block, places, progress } = room
  const at = progress[PROGRESS.at]!
  const count = progress[PROGRESS.count]!
  block.set(message, at)
  numberMessage(block, at, progress[PROGRESS.sequence]!)
  places[2 * count] = progress[PROGRESS.line]!
  places[2 * count + 1] = at
  progress[PROGRESS.at] = at + message.length
  progress[PROGRESS.count] = count + 1
  progress[PROGRESS.sequence] = sequenceAfter(progress[PROGRESS.sequence]!, 1)
}

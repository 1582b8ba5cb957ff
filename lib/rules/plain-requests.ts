// Rule lines of the usual shape as requests. In the standalone executable functions of the C host replace these
// (native/rules.c); a test compares what both write.
import { plainRule } from '../grammar/plain-rule.ts'
import type { ChangeEncoder } from '../ipvs/requests.ts'
import { PLAIN_FIELDS, scanRule } from '../model/scan.ts'
import { isRoom, PROGRESS, putMessage, type SendingRoom } from './sending-room.ts'

const NEWLINE = 10
/** A line without words, or a comment. */
const NOTHING = /^[ \t\r]*(#|$)/

/** Made once: that takes longer than decoding a line. */
let decoder: InstanceType<typeof TextDecoder> | undefined
const fields = new Int32Array(PLAIN_FIELDS)

/** Calls `take` for each line until it gives false; moves the place behind all others. */
function eachLine(text: Uint8Array, progress: Uint32Array, take: (line: string) => boolean): void {
  const to = progress[PROGRESS.to]!
  decoder ??= new TextDecoder('utf-8', { ignoreBOM: true })
  for (let from = progress[PROGRESS.from]!; from < to; ) {
    const newline = text.indexOf(NEWLINE, from)
    const end = newline < 0 || newline > to ? to : newline
    if (!take(decoder.decode(text.subarray(from, end)))) return
    from = Math.min(end + 1, to)
    progress[PROGRESS.from] = from
    progress[PROGRESS.line]!++
  }
}

/** Moves the place to the next line that is neither plain nor without meaning. */
export function skipPlain(text: Uint8Array, progress: Uint32Array): void {
  eachLine(text, progress, (line) => scanRule(line, fields) || NOTHING.test(line))
}

/** Puts the requests of plain lines into the room until it is full, or the next line is another one. */
export type PlainWriter = (text: Uint8Array, room: SendingRoom) => void

export function plainWriter(encoder: ChangeEncoder): PlainWriter {
  return (text, room) =>
    eachLine(text, room.progress, (line) => {
      if (!isRoom(room)) return false
      const change = plainRule(line)
      if (change === undefined) return NOTHING.test(line)
      putMessage(room, encoder.message(change))
      return true
    })
}

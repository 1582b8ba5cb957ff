// Rule lines of the usual shape as requests. In the standalone executable functions of the C host replace these
// (native/rules.c); a test compares what both write.
import { plainRule } from '../grammar/plain-rule.ts'
import type { ChangeEncoder } from '../ipvs/requests.ts'
import { PLAIN_FIELDS, scanRule } from '../model/scan.ts'
import { isRoom, putMessage, type SendingRoom } from './sending-room.ts'
import { eachLine, isNothing } from './text-lines.ts'

const fields = new Int32Array(PLAIN_FIELDS)

/** Moves the place to the next line that is neither plain nor without meaning. */
export function skipPlain(text: Uint8Array, progress: Uint32Array): void {
  eachLine(text, progress, (line) => scanRule(line, fields) || isNothing(line))
}

/** Puts the requests of plain lines into the room until it is full, or the next line is another one. */
export type PlainWriter = (text: Uint8Array, room: SendingRoom) => void

export function plainWriter(encoder: ChangeEncoder): PlainWriter {
  return (text, room) =>
    eachLine(text, room.progress, (line) => {
      if (!isRoom(room)) return false
      const change = plainRule(line)
      if (change === undefined) return isNothing(line)
      putMessage(room, encoder.message(change))
      return true
    })
}

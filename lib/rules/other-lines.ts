// The lines of a rule file that the parser has to read.
import { decodeText } from '../model/bytes.ts'
import { skipPlain } from './plain-requests.ts'
import { PROGRESS } from './sending-room.ts'
import { wordsOf } from './split-lines.ts'

/** A line that has words and is not plain. */
export interface OtherLine {
  /** From 1. */
  readonly number: number
  /** Its offset in bytes, and that of the next line. */
  readonly start: number
  readonly next: number
  readonly words: readonly string[]
}

const MARK = [0xef, 0xbb, 0xbf]
const NEWLINE = 10

/** The offset of the first line: a byte order mark is skipped. */
export const firstLine = (text: Uint8Array): number => (MARK.every((byte, i) => text[i] === byte) ? 3 : 0)

/** The offset of the line after the one that begins at `start`. */
export function nextLine(text: Uint8Array, start: number): number {
  const newline = text.indexOf(NEWLINE, start)
  return newline < 0 ? text.length : newline + 1
}

/** The lines of UTF-8 that have words and are not plain. */
export function* otherLines(text: Uint8Array): Generator<OtherLine, void, undefined> {
  const progress = new Uint32Array(6)
  progress[PROGRESS.from] = firstLine(text)
  progress[PROGRESS.to] = text.length
  progress[PROGRESS.line] = 1
  for (;;) {
    skipPlain(text, progress)
    const start = progress[PROGRESS.from]!
    if (start === text.length) return
    const next = nextLine(text, start)
    const end = text[next - 1] === NEWLINE ? next - 1 : next
    const words = wordsOf(decodeText(text.subarray(start, end)))
    if (words.length > 0 && !words[0]!.startsWith('#')) {
      yield { number: progress[PROGRESS.line]!, start, next, words }
    }
    progress[PROGRESS.from] = next
    progress[PROGRESS.line]!++
  }
}

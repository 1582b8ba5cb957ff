// The lines of a rule file that the parser has to read.
import { skipPlain } from './plain-requests.ts'
import { PROGRESS } from './sending-room.ts'
import { hasWords, wordsOf } from './split-lines.ts'
import { startOf, takeLine } from './text-lines.ts'

/** A line that has words and is not plain. */
export interface OtherLine {
  /** From 1. */
  readonly number: number
  /** Its offset in bytes, and that of the next line. */
  readonly start: number
  readonly next: number
  readonly words: readonly string[]
}

/** The lines of UTF-8 that have words and are not plain. */
export function* otherLines(text: Uint8Array): Generator<OtherLine, void, undefined> {
  const progress = startOf(text)
  for (;;) {
    skipPlain(text, progress)
    const start = progress[PROGRESS.from]!
    if (start === text.length) return
    const number = progress[PROGRESS.line]!
    const words = wordsOf(takeLine(text, progress))
    if (hasWords(words)) yield { number, start, next: progress[PROGRESS.from]!, words }
  }
}

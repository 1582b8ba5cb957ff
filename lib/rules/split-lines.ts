// Rule file → numbered lines of words, split like the input of `-R`.

import type { Change } from '../model/change.ts'
import { splitWords } from '../model/scan.ts'

export interface RuleLine {
  /** From 1. */
  readonly number: number
  readonly text: string
  /** None if the line has a change. */
  readonly words: readonly string[]
  readonly change: Change | undefined
}

const NO_WORDS: readonly string[] = []

/** Means nothing, wherever it stands. */
const OWN_NAME = 'ipvsadm'

/** The reference splits longer words, which are invalid in any case. It counts bytes; this counts UTF-16 units. */
const LONGEST_WORD = 4096

/**
 * The lines that have words: blanks and tabs separate words (there is no quoting), a line that begins with `#`
 * is a comment, and the word `ipvsadm` means nothing, wherever it stands. A byte order mark is skipped.
 * @param plain reads the change of a line without words, or leaves the line
 */
export function* ruleLines(
  text: string,
  plain?: (line: string) => Change | undefined,
): Generator<RuleLine, void, undefined> {
  let number = 0
  for (let start = text.startsWith('\ufeff') ? 1 : 0; start < text.length; ) {
    const newline = text.indexOf('\n', start)
    const end = newline < 0 ? text.length : newline
    const line = text.slice(start, end)
    number++
    start = end + 1
    const change = line.length <= LONGEST_WORD ? plain?.(line) : undefined
    const words = change === undefined ? wordsOf(line) : NO_WORDS
    if (change !== undefined || hasWords(words)) {
      yield { number, text: line, words, change }
    }
  }
}

/** Whether the words of a line are some, and no comment. */
export const hasWords = (words: readonly string[]): boolean => words.length > 0 && !words[0]!.startsWith('#')

export function wordsOf(line: string): string[] {
  const words = splitWords(line)
  if (line.length <= LONGEST_WORD && !line.includes('\0') && !line.includes(OWN_NAME)) return words
  const others = words.filter((word) => word !== OWN_NAME)
  const cut = others.flatMap((word) => (word.length > LONGEST_WORD ? splitLongWord(word) : word))
  return line.includes('\0') ? cut.map(untilNul).filter((word) => word !== OWN_NAME) : cut
}

/** A word as a C string. */
const untilNul = (word: string) => word.replace(/\0.*/s, '')

function splitLongWord(word: string): string[] {
  const count = Math.ceil(word.length / LONGEST_WORD)
  return Array.from({ length: count }, (_, i) => word.slice(LONGEST_WORD * i, LONGEST_WORD * (i + 1)))
}

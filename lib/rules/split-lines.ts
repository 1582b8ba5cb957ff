// Rule file → numbered lines of words, split like the input of `-R`.

interface RuleLine {
  /** From 1. */
  readonly number: number
  readonly text: string
  readonly words: readonly string[]
}

/** The reference splits longer words, which are invalid in any case. It counts bytes; this counts UTF-16 units. */
const LONGEST_WORD = 4096

/**
 * The lines that have words: blanks and tabs separate words (there is no quoting), a line that begins with `#`
 * is a comment, and the word `ipvsadm` is ignored in any position. Skips a byte order mark.
 */
export function* ruleLines(text: string): Generator<RuleLine, void, undefined> {
  let number = 0
  for (let start = text.startsWith('\ufeff') ? 1 : 0; start < text.length; ) {
    const newline = text.indexOf('\n', start)
    const end = newline < 0 ? text.length : newline
    const line = text.slice(start, end)
    number++
    start = end + 1
    const words = wordsOf(line)
    if (words.length > 0 && !words[0]!.startsWith('#')) yield { number, text: line, words }
  }
}

function wordsOf(line: string): string[] {
  const words: string[] = []
  for (let at = 0; at < line.length; ) {
    while (at < line.length && isBlank(line.charCodeAt(at))) at++
    const start = at
    while (at < line.length && !isBlank(line.charCodeAt(at))) at++
    const word = line.slice(start, at)
    if (word.length > LONGEST_WORD) words.push(...splitLongWord(word))
    else if (word !== '' && word !== 'ipvsadm') words.push(word)
  }
  return line.includes('\0') ? words.map(untilNul).filter((word) => word !== 'ipvsadm') : words
}

/** A word as a C string. */
const untilNul = (word: string) => word.replace(/\0.*/s, '')

function splitLongWord(word: string): string[] {
  const count = Math.ceil(word.length / LONGEST_WORD)
  return Array.from({ length: count }, (_, i) => word.slice(LONGEST_WORD * i, LONGEST_WORD * (i + 1)))
}

const isBlank = (code: number) => code === 32 || code === 9 || code === 13

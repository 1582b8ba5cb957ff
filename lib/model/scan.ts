// Loops over the characters of a rule file, which take most of the time of reading one. In the standalone executable
// functions of the C host replace them (native/scan.c); a test compares their results.

const DOT = 46
const ZERO = 48
const NINE = 57

/** The number of an IPv4 address in canonical text (four decimal parts without leading zeros); -1 for other text. */
export function dottedQuad(text: string): number {
  let number = 0
  let part = 0
  let digits = 0
  let parts = 1
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code >= ZERO && code <= NINE) {
      if (digits > 0 && part === 0) return -1
      part = part * 10 + code - ZERO
      if (part > 255) return -1
      digits++
    } else if (code === DOT && digits > 0 && parts < 4) {
      number = number * 256 + part
      part = 0
      digits = 0
      parts++
    } else return -1
  }
  return parts === 4 && digits > 0 ? number * 256 + part : -1
}

const isBlank = (code: number) => code === 32 || code === 9 || code === 13

/** The words of a line, between blanks, tabs and carriage returns. */
export function splitWords(line: string): string[] {
  const words: string[] = []
  for (let at = 0; at < line.length; ) {
    while (at < line.length && isBlank(line.charCodeAt(at))) at++
    const start = at
    while (at < line.length && !isBlank(line.charCodeAt(at))) at++
    if (at > start) words.push(line.slice(start, at))
  }
  return words
}

// Text of others in a message: what a terminal would obey is made visible, and no more is printed than can be read.

/** As much of a line as a message quotes, in characters. */
const SANE = 120

// Control characters, and those that turn the direction of writing or end a line.
const OBEYED = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/** @param most how many characters of the text; what is cut off is replaced by `…` */
export function visible(text: string, most = SANE): string {
  const cut = text.length > most ? `${text.slice(0, most - 1)}…` : text
  return cut.replace(OBEYED, (char) => {
    const code = char.codePointAt(0)!
    if (char === '\t') return '\\t'
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
  })
}

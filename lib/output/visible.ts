// Untrusted text in messages: escapes control and invisible characters, and truncates
// long text.

/** The maximum number of characters that a message quotes. */
const SANE = 120

/** Invisible characters; of Unicode's blanks all except the ordinary one. */
const INVISIBLE = /(?! )[\p{Zs}\p{Cf}\p{Zl}\p{Zp}\u115f\u1160\u2800\u3164\uffa0]/u

/** Invisible characters, control characters and lone surrogates. Compiled on first use: few messages quote text. */
let obeyed: RegExp | undefined

/** @param most the maximum number of characters; the rest is replaced by `…` */
export function visible(text: string, most = SANE): string {
  const cut = text.length > most ? `${text.slice(0, most - 1)}…` : text
  obeyed ??= new RegExp(`[\\p{Cc}\\p{Cs}]|${INVISIBLE.source}`, 'gu')
  return cut.replace(obeyed, (char) => {
    const code = char.codePointAt(0)!
    if (char === '\t') return '\\t'
    return code < 0xa0 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
  })
}

/** A line of a file as messages quote it: without its outer blanks and its end, but with all that only looks like them. */
export function quotedLine(text: string): string {
  return visible(text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, ''))
}

/** The first invisible character of a text, as `U+00A0`. */
export function invisibleCharacter(text: string): string | undefined {
  const code = INVISIBLE.exec(text)?.[0].codePointAt(0)
  return code === undefined ? undefined : `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
}

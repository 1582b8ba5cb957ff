// The width of a text on a terminal, in columns. The build replaces the packages of the same name with this module,
// because they need a runtime with Unicode segmentation.

// biome-ignore lint/suspicious/noControlCharactersInRegex: matched on purpose
const STYLE = /\u001b\[[\d;]*m/g

export const stripStyles = (text: string): string => text.replace(STYLE, '')

/** Ranges of characters with two columns (East Asian Width W and F). */
const WIDE = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1f64f],
  [0x1f900, 0x1f9ff],
  [0x20000, 0x3fffd],
] as const

export default function stringWidth(text: string): number {
  let width = 0
  for (const character of stripStyles(text)) {
    const code = character.codePointAt(0)!
    if (code < 0x7f) width += code < 0x20 ? 0 : 1
    else if (!/[\p{Mn}\p{Me}\p{Cf}\p{Cc}]/u.test(character)) {
      width += WIDE.some(([from, to]) => code >= from && code <= to) ? 2 : 1
    }
  }
  return width
}

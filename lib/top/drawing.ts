// The lines of a screen → the output for the terminal: only changed lines.
import { Chalk } from 'chalk'
import type { ScreenLine, ScreenSize, Style } from './view.ts'

/** Switches to the alternate screen without cursor and wrapping, with bracketed paste. */
export const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[?2004h'
/** Switches back to the normal screen. */
export const LEAVE = '\u001b[?2004l\u001b[?7h\u001b[?25h\u001b[?1049l'

const ERASE_REST = '\u001b[K'
/** Puts the cursor at the start of a row. */
const at = (row: number) => `\u001b[${row + 1};1H`

const chalk = new Chalk({ level: 1 })
const STYLES: Readonly<Record<Style, (text: string) => string>> = {
  plain: (text) => text,
  title: (text) => chalk.inverse(text),
  selected: (text) => chalk.bold.cyan(text),
  draining: (text) => chalk.yellow(text),
  overloaded: (text) => chalk.red(text),
  graph: (text) => chalk.green(text),
}

export interface Drawn {
  readonly lines: readonly string[]
  readonly size: ScreenSize
}

/** The output that changes the previous screen to these lines; all of them without a screen of the same size. */
export function redraw(
  previous: Drawn | undefined,
  lines: readonly ScreenLine[],
  size: ScreenSize,
): { readonly drawn: Drawn; readonly text: string } {
  const painted = lines.map(paint)
  const same = previous?.size.columns === size.columns && previous.size.rows === size.rows
  const former = same ? previous.lines : []
  const changes = painted.flatMap((line, row) =>
    line === former[row] ? [] : [`${at(row)}${line}${ERASE_REST}`],
  )
  return { drawn: { lines: painted, size }, text: changes.join('') }
}

function paint(line: ScreenLine): string {
  return line.map(({ text, style }) => STYLES[style](text)).join('')
}

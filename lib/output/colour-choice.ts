// Determines whether a listing has colours.
import type { ColourChoice } from '../model/listing-format.ts'
import { cursorTerminal } from '../system/cursor-terminal.ts'
import type { System } from '../system/system.ts'
import { type Painter, PLAIN } from './painter.ts'

/** The default: colours on a terminal that supports them, unless `NO_COLOR` is set (no-color.org). */
export function wantsColour(choice: ColourChoice = 'auto', system: System): boolean {
  if (choice !== 'auto') return choice === 'always'
  return !system.env.NO_COLOR && cursorTerminal(system) !== undefined
}

export async function painterFor(choice: ColourChoice | undefined, system: System): Promise<Painter> {
  return wantsColour(choice, system) ? (await import('./colour.ts')).COLOURS : PLAIN
}

// Whether a listing is to have colours.

import type { ColourChoice } from '../model/view.ts'
import type { System } from '../system/system.ts'

/** Colour is for eyes: by default for a terminal that has it, unless `NO_COLOR` is set (no-color.org). */
export function wantsColour(choice: ColourChoice = 'auto', { env, outputTerminal }: System): boolean {
  if (choice !== 'auto') return choice === 'always'
  return !env.NO_COLOR && env.TERM !== 'dumb' && outputTerminal?.() !== undefined
}

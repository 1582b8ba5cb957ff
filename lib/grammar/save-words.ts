// The words of `ipvsadm-save`: `-n` as in the original; `-o FILE`, `--all` and `--netns` are extensions.
import type { Saving } from './command.ts'
import { OPTIONS } from './option-rows.ts'
import type { Spec } from './popt.ts'

/** The specs by which `--netns` is found among these words. */
export const SAVE_OPTIONS: readonly Spec[] = [
  { long: 'all', argument: 'none' },
  { long: 'output', short: 'o', argument: 'required' },
  OPTIONS.find(({ id }) => id === 'netns')!,
]

export const SAVE_USAGE = `ipvsadm-save: Script to save the IPVS table to stdout.
   With the -n option, prints out the table in numeric format.
`

/** Undefined: show the usage. A word that is not an option is ignored, as in the original. `file` undefined: stdout. */
export function readSaveWords(
  words: readonly string[],
): { readonly command: Saving; readonly file: string | undefined } | undefined {
  let numeric = false
  let all = false
  let file: string | undefined
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    if (word === '-n') numeric = true
    else if (word === '--all') all = true
    else if (word === '-o') {
      file = words[++i]
      if (file === undefined || file === '') return undefined
    } else if (word.startsWith('-')) return undefined
  }
  return { command: { kind: 'save', numeric, all }, file }
}

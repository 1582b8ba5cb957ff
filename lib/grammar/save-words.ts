// The words of `ipvsadm-save`: `-n` as in the original; `-o FILE` and `--all` are extensions.
import type { Saving } from './command.ts'

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

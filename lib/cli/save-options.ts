// The words of `ipvsadm-save`.

export const SAVE_USAGE = `ipvsadm-save: Script to save the IPVS table to stdout.
   With the -n option, prints out the table in numeric format.
`

/** Undefined: show the usage. */
export function readSaveOptions(words: readonly string[]): { readonly numeric: boolean } | undefined {
  let numeric = false
  for (const word of words) {
    if (!word.startsWith('-')) break
    if (!/^-n+$/.test(word)) return undefined
    numeric = true
  }
  return { numeric }
}

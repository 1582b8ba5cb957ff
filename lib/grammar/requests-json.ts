// The form of an error: whether words that may be invalid request JSON.
import { CLASSIC_INDEX } from './classic-index.ts'
import { findSubcommand } from './find-subcommand.ts'
import { indexSpecs, type Spec, type SpecIndex } from './popt.ts'

export async function requestsJson(words: readonly string[]): Promise<boolean> {
  const ended = words.indexOf('--')
  const options = ended < 0 ? words : words.slice(0, ended)
  const row = await findSubcommand(words)
  const index: SpecIndex<Spec> = row === undefined ? CLASSIC_INDEX : indexSpecs(row.options)
  return options.some((word) => word === '--json' || word === '--json-lines' || hasSwitch(word, 'j', index))
}

/** Whether a cluster of short options contains this one. After an option with a value, the rest is the value. */
function hasSwitch(word: string, letter: string, index: SpecIndex<Spec>): boolean {
  if (!/^-[^-]/.test(word)) return false
  for (const at of word.slice(1)) {
    if (index.short(at)?.argument !== 'none') return false
    if (at === letter) return true
  }
  return false
}

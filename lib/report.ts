// The text of a failure: in the reference's words, or as JSON if the command line requests it.
import { CLASSIC_INDEX } from './grammar/classic-index.ts'
import { findSubcommand } from './grammar/find-subcommand.ts'
import { indexSpecs, type Spec, type SpecIndex } from './grammar/popt.ts'
import { UsageError } from './model/errors.ts'
import { markHint } from './output/mark-hint.ts'
import { describe, TRY_HELP } from './output/messages.ts'
import type { System } from './system/system.ts'

/** The text for stderr. The first line is the reference's; on a terminal a hint may follow. */
export async function report(
  error: Error,
  words: readonly string[],
  status: number,
  system: System,
): Promise<string> {
  if (await asksForJson(words)) return (await import('./output/error-json.ts')).formatError(error, status)
  const text = `${describe(error, system.programName)}\n`
  if (!(error instanceof UsageError) || system.errorIsTerminal?.() !== true) return text
  const hint = markHint(error.message)
  if (hint !== undefined) return `${text}Note: ${hint}\n`
  const mistyped = mistypedWord(error, words)
  if (mistyped === undefined) return text
  const { nearest } = await import('./help/suggest.ts')
  const meant = nearest(mistyped)
  return meant === undefined ? text : `${text}Did you mean \`${meant}'?\n`
}

function mistypedWord(error: UsageError, words: readonly string[]): string | undefined {
  if (error.kind !== 'syntax') return undefined
  if (error.message === TRY_HELP) return words[0]
  return /^(--.*): unknown option$/s.exec(error.message)?.[1]
}

/** Whether the words, which may be invalid, request JSON. */
async function asksForJson(words: readonly string[]): Promise<boolean> {
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

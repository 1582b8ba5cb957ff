// The report of a failure: in the reference's words, or as JSON if JSON was asked for.
import { UsageError } from './model/errors.ts'
import { describe, TRY_HELP } from './output/messages.ts'
import type { System } from './system/system.ts'

/** The text for stderr. The first line is the reference's; a person at a terminal may get a second one. */
export async function report(
  error: Error,
  words: readonly string[],
  status: number,
  system: System,
): Promise<string> {
  // A cheap look that decides whether a closer one is worth loading.
  if (words.some((word) => word.startsWith('--json') || /^-[^-]*j/.test(word))) {
    const { asksForJson } = await import('./asks-for-json.ts')
    if (asksForJson(words)) return (await import('./output/error-json.ts')).formatError(error, status)
  }
  const text = `${describe(error, system.programName)}\n`
  const mistyped = mistypedWord(error, words)
  if (mistyped === undefined || system.errorIsTerminal?.() !== true) return text
  const { nearest } = await import('./help/suggest.ts')
  const meant = nearest(mistyped)
  return meant === undefined ? text : `${text}Did you mean \`${meant}'?\n`
}

function mistypedWord(error: Error, words: readonly string[]): string | undefined {
  if (!(error instanceof UsageError) || error.kind !== 'syntax') return undefined
  if (error.message === TRY_HELP) return words[0]
  return /^(--.*): unknown option$/s.exec(error.message)?.[1]
}

// The text of a failure: in the reference's words, or as JSON if the command line requests it.
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

/** Whether the words, which may be invalid, request JSON: no word without a `j` does. */
async function asksForJson(words: readonly string[]): Promise<boolean> {
  if (!words.some((word) => word.includes('j'))) return false
  const { requestsJson } = await import('./grammar/requests-json.ts')
  return await requestsJson(words)
}

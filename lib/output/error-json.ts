// Errors as JSON, for programs that asked for JSON: one object on stderr.

import { SUBCOMMANDS } from '../commands/index.ts'
import { COMMANDS } from '../grammar/command-rows.ts'
import { OPTIONS } from '../grammar/option-rows.ts'
import { jsonText } from './listing-json.ts'
import { describe } from './messages.ts'

/** What an error may have besides its message. */
const DETAILS = ['code', 'errno', 'request', 'path'] as const

/** `{"error":{"message":…,"status":…,"code":…}}` with a line end; docs/json.md says what is in it. */
export function formatError(error: Error, status: number): string {
  const details = DETAILS.flatMap((name) => {
    const value = (error as Error & Partial<Record<(typeof DETAILS)[number], unknown>>)[name]
    return typeof value === 'string' || typeof value === 'number' ? [[name, value] as const] : []
  })
  return `${jsonText({ error: { message: describe(error), status, ...Object.fromEntries(details) } })}\n`
}

const ROWS = [...COMMANDS, ...OPTIONS]

/** Whether the words, which may be wrong, ask for JSON. */
export function asksForJson(words: readonly string[]): boolean {
  const ended = words.indexOf('--')
  const options = ended < 0 ? words : words.slice(0, ended)
  const isSubcommand = words[0] !== undefined && Object.hasOwn(SUBCOMMANDS, words[0])
  return options.some(
    (word) => word === '--json' || (!isSubcommand && (word === '--json-lines' || hasSwitch(word, 'j'))),
  )
}

/** Whether a cluster of short options has this one: what follows an option with a value is the value. */
function hasSwitch(word: string, letter: string): boolean {
  if (!/^-[^-]/.test(word)) return false
  for (const at of word.slice(1)) {
    if (at === letter) return true
    if (ROWS.find(({ short }) => short?.includes(at))?.argument !== 'none') return false
  }
  return false
}

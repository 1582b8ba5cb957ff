// Whether a command line asks for JSON, for an error that is to be told in JSON too.
import { SUBCOMMANDS } from './commands/index.ts'
import { COMMANDS } from './grammar/command-rows.ts'
import { OPTIONS } from './grammar/option-rows.ts'

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

/** Whether a cluster of short options has this one: the rest after an option with a value is its value. */
function hasSwitch(word: string, letter: string): boolean {
  if (!/^-[^-]/.test(word)) return false
  for (const at of word.slice(1)) {
    if (at === letter) return true
    if (ROWS.find(({ short }) => short?.includes(at))?.argument !== 'none') return false
  }
  return false
}

// The words of a subcommand, by the rules of the classic grammar and in the form that yargs reads in one way only: yargs
// guesses whether the word after an option is its value, and takes names with dots and values of switches.
import { indexSpecs, Popt, PoptError } from './popt.ts'
import { refuse } from './refusals.ts'
import type { SubcommandOption } from './subcommand-options.ts'
import type { SubcommandRow } from './subcommand-rows.ts'

const HELP: SubcommandOption = { long: 'help', argument: 'none', help: '' }

/**
 * Words that are not options, then each option as `--name` or `--name=value`.
 * Throws a UsageError at a malformed word, a missing one, and an empty one: that of a script whose variable
 * is not set.
 */
export function subcommandWords(row: SubcommandRow, words: readonly string[]): readonly string[] {
  if (row.verbatim === true) return ['--', ...words]
  const end = row.line === true ? words.indexOf('--') : -1
  const line = end < 0 ? [] : words.slice(end)
  const read = new Popt(end < 0 ? words : words.slice(0, end), indexSpecs([...row.options, HELP]))
  const options: string[] = []
  while (nextOption(read, row.name)) {
    const { spec, value } = read
    if (spec === HELP) return ['--help']
    if (value === '') malformed(row.name, `--${spec.long}: empty value`)
    options.push(value === undefined ? `--${spec.long}` : `--${spec.long}=${value}`)
  }
  if (read.rest.includes('')) malformed(row.name, 'empty word')
  const missing = row.words.filter(({ optional }) => optional !== true)[read.rest.length]
  if (missing !== undefined) malformed(row.name, `${missing.name} is missing`)
  return [...read.rest.map(withoutDash), ...options, ...line]
}

function nextOption(read: Popt<SubcommandOption>, name: string): boolean {
  try {
    return read.next()
  } catch (error) {
    throw error instanceof PoptError ? malformed(name, error.message) : error
  }
}

/** A file after `--` whose name begins with a dash; `-` alone is stdin. */
const withoutDash = (word: string) => (/^-./.test(word) ? `./${word}` : word)

export function malformed(name: string, problem: string): never {
  return refuse(`${name}: ${problem}; see \`ipvsadm ${name} --help'`)
}

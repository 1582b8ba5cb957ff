// The subcommand of a command line. The table of subcommands is loaded only for a word that may be in it.
import type { SubcommandName, SubcommandRow } from './subcommand-rows.ts'

type NamedRow = SubcommandRow & { readonly name: SubcommandName }

/** The row of the subcommand that the first word names; undefined: the words belong to the classic grammar. */
export function findSubcommand(words: readonly string[]): Promise<NamedRow | undefined> | undefined {
  const [first] = words
  if (first === undefined || first.startsWith('-')) return undefined
  return import('./subcommand-rows.ts').then(({ subcommandRow }) => subcommandRow(first))
}

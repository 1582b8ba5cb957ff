// The words of a command line and the names in them → a command. Loaded while the kernel loads ip_vs.
import type { NameService } from '../system/names/name-service.ts'
import type { Command } from './command.ts'
import { type ParseOptions, parse } from './parse.ts'
import { withNames } from './resolve-hosts.ts'

/** The words of a command line, read, or the error in them. */
export type Parsed = { readonly value: Command } | { readonly error: unknown }

export async function readCommand(
  words: readonly string[],
  names: NameService,
  options: ParseOptions,
): Promise<Parsed> {
  try {
    return { value: await withNames(names, (known) => parse(words, known, options)) }
  } catch (error) {
    return { error }
  }
}

// What a subcommand is: the commands that the original does not have, each in a file of its own, loaded when used.
import type { Argv } from 'yargs'
import type { System } from '../system/system.ts'

export interface Subcommand {
  /** Its words as yargs takes them, for example `apply <file>`. */
  readonly usage: string
  readonly summary: string
  /** None of its words is an option, whatever it looks like: they are all in `_`. */
  readonly verbatim?: true
  /** Declares its options. */
  options(yargs: Argv): Argv
  /** Runs it; the exit status. Throws what lib/main.ts words. */
  run(args: Readonly<Record<string, unknown>>, system: System): Promise<number>
}

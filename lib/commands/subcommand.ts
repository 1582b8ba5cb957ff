// The interface of a subcommand's file. Its name, words and options are a row of grammar/subcommand-rows.ts.
import type { OptionValues } from '../grammar/subcommand-rows.ts'
import type { System } from '../system/system.ts'
import type { CommandOutcome } from './command-outcome.ts'

export interface Subcommand {
  run(args: OptionValues, system: System): Promise<CommandOutcome>
}

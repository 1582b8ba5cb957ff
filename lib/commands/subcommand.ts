// The interface of a subcommand's file. Its name, words and options are a row of grammar/subcommand-rows.ts.
import type { NodeSubcommandName, OptionValues } from '../grammar/subcommand-rows.ts'
import type { System } from '../system/system.ts'
import type { CommandOutcome } from './command-outcome.ts'

export interface Subcommand {
  run(args: OptionValues, system: System): Promise<CommandOutcome>
}

/** The files of the subcommands that run on Node alone, each loaded when it is used. Empty elsewhere. */
export type NodeSubcommands = Partial<Readonly<Record<NodeSubcommandName, () => Promise<Subcommand>>>>

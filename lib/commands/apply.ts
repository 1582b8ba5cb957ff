// `ipvsadm apply FILE`: makes the table equal to a file, or leaves it as it is.
import type { OptionValues } from '../grammar/subcommand-rows.ts'
import type { System } from '../system/system.ts'
import type { CommandOutcome } from './command-outcome.ts'
import { readBytes, readRestoreOptions } from './file-options.ts'
import { restoreRules } from './restore.ts'

export async function run(args: OptionValues, system: System): Promise<CommandOutcome> {
  const file = String(args.file)
  const options = readRestoreOptions(args)
  return await restoreRules(readBytes(file, system), options, ['ipvsadm', 'apply', file], system)
}

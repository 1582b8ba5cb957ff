// `ipvsadm check FILE`: reports the errors of a rule file. Needs neither root nor a kernel.
import type { OptionValues } from '../grammar/subcommand-rows.ts'
import type { System } from '../system/system.ts'
import type { CommandOutcome } from './command-outcome.ts'
import { readBytes } from './file-options.ts'
import { readReported } from './restore.ts'

export async function run(args: OptionValues, system: System): Promise<CommandOutcome> {
  const rules = await readReported(readBytes(String(args.file), system), system, 'the file would be refused')
  if (rules === undefined) return 'refused'
  if (args.verbose === true) {
    const services = [...rules.ruleset.services.values()]
    const servers = services.reduce((count, service) => count + service.servers.size, 0)
    system.writeOutput(`services: ${services.length}, servers: ${servers}\n`)
  }
  return 'done'
}

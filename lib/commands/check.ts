// `ipvsadm check FILE`: says what is wrong with a rule file. Needs neither root nor a kernel.

import { STATUS } from '../status.ts'
import { fileArgument, readText } from './file-options.ts'
import { readReported } from './restore.ts'
import type { Subcommand } from './subcommand.ts'

export const checkCommand: Subcommand = {
  usage: 'check <file>',
  summary: 'say what is wrong with a rule file; needs neither root nor a kernel',
  options: (yargs) =>
    fileArgument(yargs).option('verbose', { alias: 'v', type: 'boolean', describe: 'say what is in it' }),
  async run(args, system) {
    const rules = await readReported(readText(String(args.file), system), system, 'the file would be refused')
    if (rules === undefined) return STATUS.refused
    if (args.verbose === true) {
      const services = [...rules.ruleset.services.values()]
      const servers = services.reduce((count, service) => count + service.servers.size, 0)
      system.writeOutput(`services: ${services.length}, servers: ${servers}\n`)
    }
    return STATUS.done
  },
}

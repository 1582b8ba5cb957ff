// `ipvsadm apply FILE`: moves the table to what a file says, or leaves it as it is.

import {
  fileArgument,
  planOptions,
  readPlanOptions,
  readText,
  readWaitOption,
  waitOption,
} from './file-options.ts'
import { restoreRules } from './restore.ts'
import type { Subcommand } from './subcommand.ts'

export const applyCommand: Subcommand = {
  usage: 'apply <file>',
  summary: 'move the table to what a file says, with the fewest changes, or leave it as it is',
  options: (yargs) =>
    waitOption(planOptions(fileArgument(yargs)))
      .option('keep-going', { type: 'boolean', describe: 'do what is right in a file with errors' })
      .option('verbose', { alias: 'v', type: 'boolean', describe: 'print the changes that were made' }),
  async run(args, system) {
    const file = String(args.file)
    const options = {
      ...readPlanOptions(args),
      keepGoing: args['keep-going'] === true,
      verbose: args.verbose === true,
      wait: readWaitOption(args),
    }
    return await restoreRules(readText(file, system), options, ['ipvsadm', 'apply', file], system)
  },
}

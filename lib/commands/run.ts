// Runs a subcommand: yargs reads its words, its own file does the work.
import yargs from 'yargs'
import { UsageError } from '../errors.ts'
import { STATUS } from '../status.ts'
import type { System } from '../system/system.ts'
import { SUBCOMMANDS } from './index.ts'

/** @param words the first is a subcommand's name */
export async function runSubcommand(words: readonly string[], system: System): Promise<number> {
  const subcommand = await SUBCOMMANDS[words[0]!]!()
  let status: number = STATUS.done
  let help: string | undefined
  const parser = yargs()
    .scriptName('ipvsadm')
    .version(false)
    .exitProcess(false)
    .strict()
    .fail((message, error) => {
      throw error ?? new UsageError(message, 2)
    })
    .command(
      subcommand.usage,
      subcommand.summary,
      (builder) => subcommand.options(builder),
      async (args) => {
        status = await subcommand.run(args, system)
      },
    )
  await parser.parseAsync([...words], {}, (error, _args, output) => {
    if (!error && output !== '') help = output
  })
  if (help !== undefined) system.writeOutput(`${help}\n`)
  return status
}

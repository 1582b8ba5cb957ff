// Runs a subcommand: yargs reads its words, its own file does the work.
import yargs from 'yargs'
import { UsageError } from '../model/errors.ts'
import { STATUS } from '../status.ts'
import type { System } from '../system/system.ts'
import { SUBCOMMANDS } from './index.ts'

/** Characters in a line of `--help`. */
const WIDTH = 80

/** @param words the first is a subcommand's name */
export async function runSubcommand(words: readonly string[], system: System): Promise<number> {
  const name = words[0]!
  const subcommand = await SUBCOMMANDS[name]!()
  let args: Readonly<Record<string, unknown>> | undefined
  let help: string | undefined
  const parser = yargs()
    // For yargs the subcommand is the program: it puts the help of any other command together, whether asked or not.
    .scriptName(`ipvsadm ${name}`)
    // Messages are the same everywhere, and no file of translations is looked for.
    .detectLocale(false)
    .wrap(WIDTH)
    .version(false)
    // For yargs the word `help` asks for help as `--help` does; here it is a subcommand of its own.
    .help(name !== 'help')
    .exitProcess(false)
    .parserConfiguration({ 'parse-positional-numbers': false })
    .strict()
    .fail((message, error) => {
      throw error ?? new UsageError(`${name}: ${sentence(message)}; see \`ipvsadm ${name} --help'`)
    })
    .command(
      subcommand.usage.replace(name, '$0'),
      subcommand.summary,
      (builder) => subcommand.options(builder),
      (read) => {
        args = read
      },
    )
  const own = words.slice(1)
  const given = subcommand.verbatim ? ['--', ...own] : own
  await parser.parseAsync(given, {}, (error, _args, output) => {
    if (!error && output !== '') help = output
  })
  if (help !== undefined) system.writeOutput(`${help}\n`)
  return args === undefined ? STATUS.done : await subcommand.run(args, system)
}

/** What yargs says, on one line. */
function sentence(message: string): string {
  return message.trim().replace(/\s*\n\s*/g, ' ')
}

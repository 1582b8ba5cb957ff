// Runs a subcommand: yargs, configured from its row, reads the words; the subcommand's file does the work.
import yargs, { type Argv } from 'yargs'
import type { SubcommandOption, WordRow } from '../grammar/subcommand-options.ts'
import type { OptionValues, SubcommandName, SubcommandRow } from '../grammar/subcommand-rows.ts'
import { malformed, subcommandWords } from '../grammar/subcommand-words.ts'
import { UsageError } from '../model/errors.ts'
import type { System } from '../system/system.ts'
import type { CommandOutcome } from './command-outcome.ts'
import { SUBCOMMANDS } from './load-subcommand.ts'
import type { NodeSubcommands } from './subcommand.ts'

/** Characters in a line of `--help`. */
const WIDTH = 80

/** @param words those after the subcommand's name */
export async function runSubcommand(
  row: SubcommandRow & { readonly name: SubcommandName },
  words: readonly string[],
  system: System,
  onNode: NodeSubcommands,
): Promise<CommandOutcome> {
  const { name } = row
  let args: OptionValues | undefined
  let help: string | undefined
  const parser = yargs()
    // The subcommand is the program for yargs, which composes the help of every registered command on each run.
    .scriptName(`ipvsadm ${name}`)
    // The same messages in every locale, without a search for translation files.
    .detectLocale(false)
    .wrap(WIDTH)
    .version(false)
    // yargs treats the word `help` like `--help`; here it is a separate subcommand.
    .help(name !== 'help')
    .exitProcess(false)
    .parserConfiguration({ 'parse-positional-numbers': false, 'boolean-negation': false })
    .strict()
    .describe('help', 'print this help')
    .fail((message, error) => malformed(name, oneLine(message ?? error.message)))
    .command(
      ['$0', ...row.words.map(placeholder)].join(' '),
      row.help,
      (builder) => declare(builder, row),
      (read) => {
        args = read
      },
    )
  await parser.parseAsync(subcommandWords(row, words), {}, (error, _args, output) => {
    if (!error && output !== '') help = output
  })
  if (help !== undefined) system.writeOutput(`${help}\n`)
  if (args === undefined) return 'done'
  refuseRepeated(row, args)
  const load = { ...SUBCOMMANDS, ...onNode }[name]
  if (load === undefined) {
    throw new UsageError(
      `${name}: needs Node.js; install the package ${row.onNode} or the npm package`,
      'syntax',
    )
  }
  const { run } = await load()
  if (row.onNode === undefined) return await run(args, system)
  const { ownError } = await import('./bundle-errors.ts')
  return await run(args, system).catch((error: Error) => {
    throw ownError(name, error)
  })
}

const placeholder = ({ name, optional }: WordRow) => (optional === true ? `[${name}]` : `<${name}>`)

function declare(builder: Argv, { words, options }: SubcommandRow): Argv {
  for (const { name, file, choices, help } of words) {
    builder.positional(name, {
      type: 'string',
      describe: help,
      ...(choices !== undefined && { choices }),
      // yargs turns a single dash into an empty word.
      ...(file === true && { coerce: (path: string) => path || '-' }),
    })
  }
  for (const option of options) builder.option(option.long, declaration(option))
  return builder
}

function declaration({ short = '', argument, help, choices, repeatable, default: value }: SubcommandOption) {
  return {
    alias: [...short],
    type: argument === 'none' ? ('boolean' as const) : ('string' as const),
    requiresArg: argument === 'required',
    describe: help,
    ...(choices !== undefined && { choices }),
    ...(repeatable === true && { array: true }),
    ...(value !== undefined && { default: value }),
  }
}

/** yargs makes a list of an option that is given twice. */
function refuseRepeated({ options }: SubcommandRow, args: OptionValues): void {
  const twice = options.find(({ long, repeatable }) => repeatable !== true && Array.isArray(args[long]))
  if (twice !== undefined) throw new UsageError(`multiple '${twice.long}' options specified`)
}

/** A message of yargs on one line. */
function oneLine(message: string): string {
  return message.trim().replace(/\s*\n\s*/g, ' ')
}

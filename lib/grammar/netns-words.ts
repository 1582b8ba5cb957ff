// Separates `--netns` from the other words of a command line. It is evaluated first, because it selects the machine for
// the others.
import { COMMANDS, type CommandId } from './command-rows.ts'
import { OPTIONS } from './option-rows.ts'
import { indexSpecs, Popt, PoptError, type Spec } from './popt.ts'
import { refuse } from './refusals.ts'
import { SAVE_OPTIONS } from './save-words.ts'
import { RESTORE_OPTIONS, subcommandRow } from './subcommand-rows.ts'

export interface ChosenNamespace {
  /** The value. */
  readonly word: string
  /** All other words. */
  readonly rest: readonly string[]
  /** The classic command, if it is one. */
  readonly command: CommandId | undefined
  /** Whether JSON was requested. */
  readonly json: boolean
}

const isNetns = ({ long }: Spec) => long === 'netns'

/**
 * Undefined without the option, or for malformed words, which their parser reports. Throws a UsageError if there are two.
 * @param posix the first word that is not an option ends the options of a classic command
 */
export function takeNetns(
  program: string,
  words: readonly string[],
  posix: boolean,
): ChosenNamespace | undefined {
  const subcommand = program === 'ipvsadm' ? subcommandRow(words[0]) : undefined
  if (subcommand?.verbatim === true) return undefined
  const classic = program === 'ipvsadm' && subcommand === undefined
  const read = new Popt(words, indexSpecs<Spec>(specsOf(program, words)), { posix: classic && posix })
  let word: string | undefined
  let rest: readonly string[] = words
  let command: CommandId | undefined
  let json = false
  for (let first = true; nextOption(read); first = false) {
    const { spec, value, at, count } = read
    if (first && classic) {
      command = COMMANDS.find((row) => row === spec)?.id
      // The parser refuses options before the command.
      if (command === undefined) return undefined
    }
    if (spec.long.startsWith('json')) json = true
    if (!isNetns(spec)) continue
    if (word !== undefined) refuse("multiple 'netns' options specified")
    word = value!
    rest = [...words.slice(0, at), ...words.slice(count)]
  }
  return word === undefined ? undefined : { word, rest, command, json }
}

function specsOf(program: string, words: readonly string[]): readonly Spec[] {
  if (program === 'ipvsadm-save') return SAVE_OPTIONS
  if (program === 'ipvsadm-restore') return RESTORE_OPTIONS
  return subcommandRow(words[0])?.options ?? [...COMMANDS, ...OPTIONS]
}

/** The next well-formed option; the parser reports malformed ones. */
function nextOption(read: Popt<Spec>): boolean {
  for (;;) {
    try {
      return read.next()
    } catch (error) {
      if (!(error instanceof PoptError)) throw error
    }
  }
}

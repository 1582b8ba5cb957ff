// Candidates for the next word of a command line, from the tables, for the shells' completions.
import { CLASSIC_INDEX } from '../grammar/classic-index.ts'
import { COMMANDS, type CommandRow, exclude } from '../grammar/command-rows.ts'
import { OPTIONS, type Option, type OptionId } from '../grammar/option-rows.ts'
import { indexSpecs, Popt, PoptError, type SpecIndex } from '../grammar/popt.ts'
import type { SubcommandOption } from '../grammar/subcommand-options.ts'
import { SUBCOMMAND_ROWS, type SubcommandRow, subcommandRow } from '../grammar/subcommand-rows.ts'
import { helpWords } from './describe.ts'

export interface Candidate {
  readonly value: string
  readonly text: string
}

/** Candidates that are not in the tables. */
export interface LiveValues {
  /** Values of an option that are known on this machine. */
  valuesOf(option: Option, typed: Typed): Promise<readonly Candidate[]>
}

/** Stands for a file name, which the shell completes. */
export const FILES: Candidate = { value: ':files', text: '' }

type TypedRow = CommandRow | Option | SubcommandOption

/** The readable part of the words before the current one. */
export interface Typed {
  readonly command: CommandRow | undefined
  /** The given values, by the option's id; empty for a switch. */
  readonly given: ReadonlyMap<OptionId, string>
  /** The option or command whose value is the current word. */
  readonly pending: TypedRow | undefined
}

/** @param words without the program's name; the last is being typed and may be empty */
export async function complete(words: readonly string[], live: LiveValues): Promise<Candidate[]> {
  const before = words.slice(0, -1)
  const current = words.at(-1) ?? ''
  const row = subcommandRow(before[0])
  const candidates =
    row === undefined
      ? await ofCommand(before, current, live)
      : await ofSubcommand(row, before.slice(1), current, live)
  return candidates.filter((one) => one === FILES || one.value.startsWith(current))
}

async function ofCommand(
  before: readonly string[],
  current: string,
  live: LiveValues,
): Promise<readonly Candidate[]> {
  const typed = read(before, CLASSIC_INDEX)
  const values = await typedValues(typed, current, CLASSIC_INDEX, live)
  if (values !== undefined) return values
  if (typed.command !== undefined) return options(typed, typed.command, current)
  if (before.length > 0) return []
  const subcommands = current.startsWith('-') ? [] : SUBCOMMAND_ROWS
  return [
    ...subcommands.map(({ name, help }) => ({ value: name, text: help })),
    ...COMMANDS.flatMap((row) => spellings(row, current)),
  ]
}

async function ofSubcommand(
  { name, words, options }: SubcommandRow,
  before: readonly string[],
  current: string,
  live: LiveValues,
): Promise<readonly Candidate[]> {
  if (name === 'help') return helpWords()
  const index = indexSpecs<TypedRow>(options)
  const values = await typedValues(read(before, index), current, index, live)
  if (values !== undefined) return values
  if (words.length > 0 && !current.startsWith('-')) {
    return words.flatMap(({ file, choices = [], help }) =>
      file === true ? [FILES] : choices.map((value) => ({ value, text: help })),
    )
  }
  return [
    ...options.flatMap((row) => spellings(row, current)),
    { value: '--help', text: 'print the help of the subcommand' },
  ]
}

/** Values of the option that precedes the current word or is attached to it (`--scheduler=`). Undefined: none does. */
async function typedValues(
  typed: Typed,
  current: string,
  index: SpecIndex<TypedRow>,
  live: LiveValues,
): Promise<readonly Candidate[] | undefined> {
  if (typed.pending !== undefined) return await valuesOf(typed.pending, typed, live)
  const [attached, name = ''] = /^--([^=]+)=/.exec(current) ?? []
  const row = index.long(name)
  if (attached === undefined || row === undefined) return undefined
  const values = await valuesOf(row, typed, live)
  return values.map(({ value, text }) => ({ value: attached + value, text }))
}

/** Reads the words up to the first error; a value missing at the end is the one being typed. */
function read(words: readonly string[], index: SpecIndex<TypedRow>): Typed {
  const given = new Map<OptionId, string>()
  let command: CommandRow | undefined
  let pending: TypedRow | undefined
  const read = new Popt(words, index)
  try {
    while (read.next()) {
      const { spec, value } = read
      if (isCommand(spec)) command ??= spec
      else if (isClassic(spec)) given.set(spec.id, value ?? '')
    }
  } catch (error) {
    if (!(error instanceof PoptError)) throw error
    const { word } = error
    if (error.problem === 'missing argument') {
      pending = word.startsWith('--') ? index.long(word.slice(2)) : index.short(word.at(-1)!)
      if (pending !== undefined && isCommand(pending)) command ??= pending
    }
  }
  return { command, given, pending }
}

const isCommand = (row: TypedRow): row is CommandRow => 'usage' in row
const isClassic = (row: TypedRow): row is Option => 'id' in row && !isCommand(row)

async function valuesOf(row: TypedRow, typed: Typed, live: LiveValues): Promise<readonly Candidate[]> {
  if (row.choices !== undefined) return row.choices.map((value) => ({ value, text: row.help }))
  return isClassic(row) ? await live.valuesOf(row, typed) : []
}

/** The options that may follow the command. */
function options({ given }: Typed, command: CommandRow, current: string): Candidate[] {
  const rows = OPTIONS.filter(({ id, idle, section }) => {
    // Some options that are legal everywhere are useful only here: -6 with a mark, --sort in a listing.
    const legality =
      command.options[!idle ? id : section === 'virtual-service' ? 'service-address' : 'nosort']
    const excluded = [...given.keys()].some((other) => exclude(command, other, id))
    return legality !== undefined && !excluded && (idle || !given.has(id))
  })
  return rows.flatMap((row) => spellings(row, current))
}

/** Offers short names only after a single dash. */
function spellings({ long, short = '', help }: TypedRow, current: string): Candidate[] {
  const letters = current === '-' ? [...short].map((letter) => ({ value: `-${letter}`, text: help })) : []
  return [...letters, { value: `--${long}`, text: help }]
}

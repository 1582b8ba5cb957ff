// What can come next on a command line, from the tables: the shells' completions ask this.

import { SUBCOMMANDS } from '../commands/index.ts'
import { COMMANDS, type CommandRow, exclude } from '../grammar/command-rows.ts'
import { OPTIONS, type Option, type OptionId } from '../grammar/option-rows.ts'
import { indexSpecs, Popt, PoptError } from '../grammar/popt.ts'
import type { SubcommandHelp } from './subcommands.ts'

export interface Candidate {
  readonly value: string
  readonly text: string
}

/** What is not in the tables. */
export interface Live {
  /** Values of an option, as far as they are known on this machine. */
  valuesOf(option: Option, typed: Typed): Promise<readonly Candidate[]>
  subcommands(): Promise<readonly SubcommandHelp[]>
  /** What `ipvsadm help` explains. */
  helpWords(): Promise<readonly Candidate[]>
}

/** Stands for a file's name, which the shell itself completes. */
export const FILES: Candidate = { value: ':files', text: '' }

/** What the words before the current one said. */
export interface Typed {
  readonly command: CommandRow | undefined
  /** The values that were given, by the option's id; a switch has an empty one. */
  readonly given: ReadonlyMap<OptionId, string>
  /** The option, or command, that the current word is the value of. */
  readonly pending: CommandRow | Option | undefined
}

const INDEX = indexSpecs<CommandRow | Option>([...COMMANDS, ...OPTIONS])

/** @param words without the program's name; the last one is being typed, and may be empty */
export async function complete(words: readonly string[], live: Live): Promise<Candidate[]> {
  const before = words.slice(0, -1)
  const current = words.at(-1) ?? ''
  const candidates = await candidatesFor(before, current, live)
  return candidates.filter((one) => one === FILES || one.value.startsWith(current))
}

async function candidatesFor(
  before: readonly string[],
  current: string,
  live: Live,
): Promise<readonly Candidate[]> {
  const [first] = before
  if (first === 'help') return await live.helpWords()
  if (first !== undefined && Object.hasOwn(SUBCOMMANDS, first)) {
    const subcommand = (await live.subcommands()).find(({ name }) => name === first)
    return subcommand === undefined ? [] : ofSubcommand(subcommand, before.at(-1)!, current)
  }
  const typed = read(before)
  if (typed.pending !== undefined) return await valuesOf(typed.pending, typed, live)
  const attached = /^--([^=]+)=/.exec(current)
  const long = attached && INDEX.long.get(attached[1]!)
  if (attached && long) {
    return prefixed(attached[0], await valuesOf(long, typed, live))
  }
  if (typed.command !== undefined) return options(typed, typed.command, current)
  if (before.length > 0) return []
  const subcommands = current.startsWith('-') ? [] : await live.subcommands()
  return [
    ...subcommands.map(({ name, summary }) => ({ value: name, text: summary })),
    ...COMMANDS.flatMap((row) => spellings(row, current)),
  ]
}

/** Reads the words as far as they can be read; a value that is missing at the end is the one being typed. */
function read(words: readonly string[]): Typed {
  const given = new Map<OptionId, string>()
  let command: CommandRow | undefined
  let pending: CommandRow | Option | undefined
  const read = new Popt(words, INDEX)
  try {
    while (read.next()) {
      const { spec, value } = read
      if ('usage' in spec) command ??= spec
      else given.set(spec.id, value ?? '')
    }
  } catch (error) {
    if (!(error instanceof PoptError)) throw error
    const { word } = error
    if (error.problem === 'missing argument') {
      pending = word.startsWith('--') ? INDEX.long.get(word.slice(2)) : INDEX.short.get(word.at(-1)!)
      if (pending !== undefined && 'usage' in pending) command ??= pending
    }
  }
  return { command, given, pending }
}

async function valuesOf(spec: CommandRow | Option, typed: Typed, live: Live): Promise<readonly Candidate[]> {
  if (spec.choices !== undefined) return spec.choices.map((value) => ({ value, text: spec.help }))
  return 'usage' in spec ? [] : await live.valuesOf(spec, typed)
}

/** The options that the command may still have. */
function options({ given }: Typed, command: CommandRow, current: string): Candidate[] {
  const rows = OPTIONS.filter(({ id, idle, section }) => {
    // What is legal everywhere makes sense beside these: -6 beside a mark, --sort in a listing.
    const legality =
      command.options[!idle ? id : section === 'virtual-service' ? 'service-address' : 'nosort']
    const excluded = [...given.keys()].some((other) => exclude(command, other, id))
    return legality !== undefined && !excluded && (idle || !given.has(id))
  })
  return rows.flatMap((row) => spellings(row, current))
}

/** Short names are offered only to those who began with one dash. */
function spellings({ long, short = '', help }: CommandRow | Option, current: string): Candidate[] {
  const letters = current === '-' ? [...short].map((letter) => ({ value: `-${letter}`, text: help })) : []
  return [...letters, { value: `--${long}`, text: help }]
}

function ofSubcommand(
  { options, words, usage }: SubcommandHelp,
  last: string,
  current: string,
): readonly Candidate[] {
  const option = options.find((one) => one.takesValue && one.names.includes(last))
  if (option !== undefined) return option.choices.map((value) => ({ value, text: option.text }))
  const values = words.flatMap(({ choices, text }) => choices.map((value) => ({ value, text })))
  if (!current.startsWith('-') && (values.length > 0 || /[<[]file/i.test(usage))) {
    return values.length > 0 ? values : [FILES]
  }
  const switches = options.map(({ names, text }) => ({ value: names.at(-1)!, text }))
  return [...values, ...switches, { value: '--help', text: 'print what the subcommand does' }]
}

const prefixed = (prefix: string, candidates: readonly Candidate[]): Candidate[] =>
  candidates.map(({ value, text }) => ({ value: prefix + value, text }))

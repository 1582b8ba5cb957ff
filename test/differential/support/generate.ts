// Command lines for fast-check: valid, nearly valid and absurd ones, in sequences that build up a table. Which options
// a command takes comes from the tables; the values come from lists, including malformed ones.
import fc from 'fast-check'
import { COMMANDS, type CommandRow } from '../../../lib/grammar/command-rows.ts'
import { OPTIONS, type Option } from '../../../lib/grammar/option-rows.ts'
import { companion, restore } from './generate-restore.ts'
import { NASTY, PERSISTENCE, SERVERS, SERVICES, TUNNELS, VALUES } from './generate-values.ts'
import type { Step } from './step.ts'

const CLASSIC = OPTIONS.filter(({ section }) => section !== 'extensions')

/** The help text differs from the reference's, and the input of a restore is generated elsewhere. */
const GENERATED = COMMANDS.filter(({ id }) => !['help', 'version', 'restore'].includes(id))

/** The frequency of commands: those that build a table are more frequent than those that empty it. */
const WEIGHTS: Readonly<Record<string, number>> = {
  'add-service': 8,
  'add-server': 10,
  'edit-server': 4,
  'edit-service': 3,
  list: 4,
  flush: 1,
}

/** With commas only, the original crashes (a row of the allowed table). */
const crashes = (value: string) => /^=?,+$/.test(value)

/** Subjects of the allowed table, and marks that compare as negative. */
function setApart({ long }: Option, value: string): boolean {
  return (long === 'sched-flags' && crashes(value)) || (long === 'fwmark-service' && Number(value) >= 2 ** 31)
}

const oneOf = <T>(values: readonly T[]) => fc.constantFrom(...values)

function valueFor(option: Option): fc.Arbitrary<string> {
  const own = VALUES[option.valueName ?? '']
  if (own === undefined) throw new Error(`no values for --${option.long}`)
  const nasty = oneOf(NASTY.filter((value) => !setApart(option, value)))
  return fc.oneof({ weight: 12, arbitrary: oneOf(own) }, { weight: 1, arbitrary: nasty })
}

/** An option in one of its forms: `-w 5`, `-w5`, `-w=5`, `--weight 5`, `--weight=5`. */
function optionWords(option: Option): fc.Arbitrary<string[]> {
  const long = `--${option.long}`
  const short = option.short === undefined ? long : `-${option.short[0]}`
  if (option.argument === 'none') return oneOf([short, long]).map((word) => [word])
  const forms = valueFor(option).chain((value) =>
    oneOf([
      [short, value],
      [short, value],
      [long, value],
      [`${long}=${value}`],
      ...(option.short ? [[`${short}${value}`], [`${short}=${value}`]] : []),
    ]),
  )
  return option.argument === 'optional'
    ? fc.oneof(
        forms,
        oneOf([short]).map((word) => [word]),
      )
    : forms
}

const service = fc
  .oneof(
    fc.tuple(oneOf(['-t', '-u', '--sctp-service']), oneOf(SERVICES)),
    oneOf([
      ['-f', '1'],
      ['-f', '2'],
      ['-f', '2', '-6'],
    ]),
  )
  .map((words) => [...words])

const daemonState = oneOf(['master', 'backup', 'master', 'backup', 'Master', ''])

/** The command and the options that it requires, each with its value. */
function begin(command: CommandRow): fc.Arbitrary<string[][]> {
  const names = [...(command.short ?? '')].map((letter) => `-${letter}`)
  const name = oneOf([...names, ...names, `--${command.long}`])
  const parts: fc.Arbitrary<string[]>[] = [name.map((word) => [word])]
  if (command.argument === 'required') parts.push(daemonState.map((word) => [word]))
  if (command.id === 'set')
    parts.push(
      fc.array(oneOf(['0', '1', '90', '2678400', '2678401', 'x', '-1']), { minLength: 2, maxLength: 4 }),
    )
  if (command.options['service-address'] === 'required') parts.push(service)
  if (command.options['real-server'] === 'required')
    parts.push(oneOf(SERVERS).map((server) => ['-r', server]))
  return fc.tuple(...parts)
}

/** Any order of the options, as often as the usual one; the command itself comes first. */
const ordered = ([command = [], ...options]: string[][]): fc.Arbitrary<string[]> =>
  fc
    .oneof(fc.constant(options), fc.shuffledSubarray(options, { minLength: options.length }))
    .map((lists) => [command, ...lists].flat())

/** A whole command with options that it takes, in any order. */
function valid(command: CommandRow): fc.Arbitrary<string[]> {
  const taken = CLASSIC.filter(({ id }) => command.options[id] === 'allowed')
  const more =
    taken.length === 0
      ? fc.constant<string[][]>([])
      : fc.array(oneOf(taken).chain(optionWords), { maxLength: 3 })
  const usual = command.id.endsWith('-server')
    ? oneOf(TUNNELS)
    : command.id.endsWith('-service')
      ? oneOf(PERSISTENCE)
      : fc.constant<string[]>([])
  return fc
    .tuple(begin(command), fc.option(usual, { nil: [] }), more)
    .chain(([first, common, rest]) => ordered([...first, ...byOption(common), ...rest]))
}

/** The words of several options, one list an option with its value. */
function byOption(words: readonly string[]): string[][] {
  const lists: string[][] = []
  for (const word of words) {
    if (word.startsWith('-') || lists.length === 0) lists.push([word])
    else lists.at(-1)!.push(word)
  }
  return lists
}

/** Any option with any command. */
const nearly = oneOf(GENERATED).chain((command) =>
  fc
    .tuple(valid(command), fc.array(oneOf(CLASSIC).chain(optionWords), { minLength: 1, maxLength: 2 }))
    .map(([words, more]) => [...words, ...more.flat()]),
)

const anyWord = fc.oneof(
  oneOf([
    ...NASTY,
    ...SERVICES,
    ...SERVERS,
    ...COMMANDS.map(({ long }) => `--${long}`),
    ...CLASSIC.map(({ long }) => `--${long}`),
  ]),
  fc
    .array(oneOf([...'AEDCSadeLlZtufspMrgimwxyncob6Q-=5']), { minLength: 1, maxLength: 5 })
    .map((letters) => `-${letters.join('')}`),
)

/** Words of all kinds, but for help, and a restore's, which would read. */
const absurd = fc
  .tuple(fc.option(oneOf(GENERATED).chain(begin), { nil: [], freq: 3 }), fc.array(anyWord, { maxLength: 4 }))
  .map(([first, rest]) => [...first.flat(), ...rest])

/** A valid command with its words shuffled, one lost or one twice. */
const damaged = oneOf(GENERATED)
  .chain(valid)
  .chain((words) => {
    const at = fc.nat({ max: Math.max(words.length - 1, 0) })
    return fc.oneof(
      at.map((i) => words.filter((_, j) => j !== i)),
      at.map((i) => [...words.slice(0, i), words[i] ?? '', ...words.slice(i)]),
      fc
        .shuffledSubarray(words.slice(1), { minLength: Math.max(words.length - 1, 0) })
        .map((rest) => [words[0] ?? '', ...rest]),
    )
  })

const usual = fc.oneof(
  ...GENERATED.map((command) => ({ weight: WEIGHTS[command.id] ?? 1, arbitrary: valid(command) })),
)

/** Command lines with an allowed difference are left out: scenarios test the allowed table. */
function ownWay(words: readonly string[]): boolean {
  return (
    words.some(
      (word) => /^-[A-Za-z]*[hRvj]|^--(help|restore|version)|^-\w*b=?,+$/.test(word) || crashes(word),
    ) || !/^-/.test(words[0] ?? '')
  )
}

/** The environment and the user: seldom other than usual. */
const circumstances = fc.oneof(
  { weight: 40, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: fc.constant({ env: { POSIXLY_CORRECT: '' } }) },
  { weight: 1, arbitrary: fc.constant({ user: 65534 }) },
)

/** One command line. */
export const commandLine: fc.Arbitrary<Step> = fc
  .oneof(
    { weight: 14, arbitrary: usual },
    { weight: 3, arbitrary: nearly },
    { weight: 3, arbitrary: damaged },
    { weight: 3, arbitrary: absurd },
  )
  .filter((words) => !ownWay(words))
  .chain((words) => circumstances.map((more) => ({ program: 'ipvsadm', words, ...more })))

const step = fc.oneof(
  { weight: 30, arbitrary: commandLine },
  { weight: 2, arbitrary: restore },
  { weight: 1, arbitrary: companion },
)

/** A sequence of commands that builds up a table. */
export function sequence(length: number): fc.Arbitrary<Step[]> {
  return fc.array(step, { minLength: length, maxLength: length })
}

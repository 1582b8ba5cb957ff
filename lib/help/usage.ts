// The output of `-h` and `-v`. The help derives from the tables, in the reference's layout.
import { COMMANDS, type CommandRow } from '../grammar/command-rows.ts'
import { OPTIONS, type OptionSection } from '../grammar/option-rows.ts'
import type { Spec } from '../grammar/popt.ts'
import { SUBCOMMAND_ROWS } from '../grammar/subcommand-rows.ts'

/** The reference's line, which programs parse for the version. */
const VERSION_LINE = 'ipvsadm v1.31 2019/12/24 (compiled with popt and IPVS v1.2.1)\n'

/** The program that this one replaces. */
export const REFERENCE = VERSION_LINE.split(' (', 1)[0]!

const SECTIONS: readonly (readonly [OptionSection, title: string])[] = [
  ['virtual-service', 'virtual-service:'],
  ['options', 'Options:'],
  ['daemon', 'Daemon Options:'],
  ['extensions', 'Extensions (the original does not have them):'],
]

/** The width of an option's names and value. */
const TEXT_COLUMN = 36

/** @param program the name of this program as called, with which the usage lines begin */
export function helpText(kind: 'help' | 'version', program = 'ipvsadm'): string {
  return kind === 'help' ? formatHelp(program) : VERSION_LINE
}

function formatHelp(program: string): string {
  const usage = usageLines(program).map((line) => `  ${line}\n`)
  const commands = COMMANDS.map((row) => entry(row, row.help))
  const sections = SECTIONS.map(([section, title]) => {
    const rows = OPTIONS.filter((option) => option.section === section)
    return `\n${title}\n${rows.map((row) => entry(row, row.help)).join('')}`
  })
  return [
    VERSION_LINE,
    'Usage:\n',
    ...usage,
    '\nCommands:\nEither long or short options are allowed.\n',
    ...commands,
    ...sections,
    '\nMore: ipvsadm help [COMMAND | OPTION | TOPIC], man ipvsadm\n',
  ].join('')
}

/** The usage line of each command; commands with the same usage share one: `-A|E`. */
export function usageLines(program = 'ipvsadm'): string[] {
  const lines: string[] = []
  for (const row of COMMANDS) {
    const alike = COMMANDS.filter(({ usage }) => usage !== '' && usage === row.usage)
    if (row.id === 'version' || (alike.length > 1 && alike[0] !== row)) continue
    const names =
      row.short === undefined
        ? `--${row.long}`
        : `-${[...(alike.length > 1 ? alike : [row])].map(letters).join('|')}`
    lines.push(`${program} ${names}${row.usage === '' ? '' : ` ${row.usage}`}`)
  }
  return [...lines, `${program} ${SUBCOMMAND_ROWS.map(({ name }) => name).join('|')} [--help]`]
}

const letters = ({ short = '' }: CommandRow): string => [...short].join('|')

/** `--long  -s value   text` */
function entry(spec: Spec & { readonly valueName?: string }, text: string): string {
  const { long, short, valueName, argument } = spec
  const letters = short === undefined ? '  ' : `-${[...short].join(', -')}`
  const value = valueName === undefined ? '' : ` ${argument === 'optional' ? `[${valueName}]` : valueName}`
  return `  ${`${`--${long}`.padEnd(17)} ${letters}${value}`.padEnd(TEXT_COLUMN)} ${text}\n`
}

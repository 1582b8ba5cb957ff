// What `-h` and `-v` print; the help is made from the tables.
import { COMMANDS, type CommandRow } from './commands.ts'
import { OPTIONS, type Option, type OptionSection } from './options.ts'

/** The reference's line, which programs look for the version in. */
const VERSION_LINE = 'ipvsadm v1.31 2019/12/24 (compiled with popt and IPVS v1.2.1)\n'

const SECTIONS: readonly (readonly [OptionSection, title: string])[] = [
  ['virtual-service', 'virtual-service:'],
  ['options', 'Options:'],
  ['daemon', 'Daemon options:'],
]

export function helpText(kind: 'help' | 'version'): string {
  return kind === 'help' ? formatHelp() : VERSION_LINE
}

function formatHelp(): string {
  const usage = COMMANDS.filter(({ id }) => id !== 'version').map((row) => `  ipvsadm ${shortest(row)}`)
  const commands = COMMANDS.map((row) => `  ${names(row).padEnd(26)}${row.help}`)
  const sections = SECTIONS.map(([section, title]) => {
    const rows = OPTIONS.filter((option) => option.section === section)
    return `\n${title}\n${rows.map((row) => `  ${optionNames(row).padEnd(40)}${row.help}\n`).join('')}`
  })
  return `${VERSION_LINE}Usage:\n${usage.join('\n')}\n\nCommands:\n${commands.join('\n')}\n${sections.join('')}`
}

function shortest({ short, long, usage }: CommandRow): string {
  const name = short === undefined ? `--${long}` : `-${[...short].join('|-')}`
  return usage === '' ? name : `${name} ${usage}`
}

function names({ long, short }: { long: string; short?: string }): string {
  return short === undefined ? `--${long}` : `--${long}, -${[...short].join(', -')}`
}

function optionNames(option: Option): string {
  const { valueName, argument } = option
  if (valueName === undefined) return names(option)
  return `${names(option)} ${argument === 'optional' ? `[${valueName}]` : valueName}`
}

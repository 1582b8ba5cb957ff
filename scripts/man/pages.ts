// The manual pages, from the tables and the plain texts of lib/help. `scripts/build` writes them to man/.
import { COMMANDS } from '../../lib/grammar/command-rows.ts'
import { OPTIONS, type Option, type OptionSection } from '../../lib/grammar/option-rows.ts'
import type { SubcommandOption } from '../../lib/grammar/subcommand-options.ts'
import { RESTORE_OPTIONS, SUBCOMMAND_ROWS, type SubcommandRow } from '../../lib/grammar/subcommand-rows.ts'
import { COMMAND_TEXTS, OPTION_TEXTS, SUBCOMMAND_TEXTS, TOPICS } from '../../lib/help/texts.ts'
import { usageLines } from '../../lib/help/usage.ts'
import { body, escapeName, tag, usage } from './mdoc.ts'
import restorePage from './restore.txt'
import savePage from './save.txt'

const SECTIONS: Readonly<Record<OptionSection, string>> = {
  'virtual-service': 'Virtual services',
  options: 'Options',
  daemon: 'Options of the sync daemon',
  extensions: 'Extensions',
}

/**
 * The pages by the names of their files.
 * @param changelog packaging/debian/changelog: its first entry has the date of the release
 */
export function manualPages(changelog: string): ReadonlyMap<string, string> {
  const pages = [
    ['ipvsadm', 'Linux Virtual Server administration', mainPage()],
    ['ipvsadm-save', 'save the virtual server table', companionPage('ipvsadm-save', savePage)],
    [
      'ipvsadm-restore',
      'restore the virtual server table',
      companionPage('ipvsadm-restore', withOptions(restorePage)),
    ],
  ] as const
  const date = releaseDate(changelog)
  return new Map(
    pages.map(([name, description, text]) => [`${name}.8`, `${head(name, description, date)}\n${text}\n`]),
  )
}

/** ` -- …  Sun, 22 Nov 2026 12:00:00 +0000` → `November 22, 2026` */
function releaseDate(changelog: string): string {
  const [, day, month, year] = /^ -- .*, (\d+) (\w+) (\d+) /m.exec(changelog) ?? []
  if (year === undefined) throw new Error('the changelog has no date')
  const date = new Date(`${day} ${month} ${year} UTC`)
  return date.toLocaleDateString('en-US', { dateStyle: 'long', timeZone: 'UTC' })
}

function head(name: string, description: string, date: string): string {
  return [
    '.\\" Made by scripts/build from the option and command tables and lib/help; do not edit.',
    `.Dd ${date}`,
    `.Dt ${name.toUpperCase()} 8`,
    '.Os',
    '.Sh NAME',
    `.Nm ${name}`,
    `.Nd ${description}`,
  ].join('\n')
}

const section = (title: string, text: string): string => `.Sh ${title}\n${text}`
const part = (title: string, text: string): string => `.Ss ${title}\n${text}`
const list = (items: readonly string[]): string => `.Bl -tag -width Ds\n${items.join('\n')}\n.El`

function mainPage(): string {
  const topics = [...TOPICS].filter(([name]) => name !== 'exit-status')
  return [
    section('SYNOPSIS', synopsis()),
    section('DESCRIPTION', body(DESCRIPTION)),
    part(
      'Commands',
      list(
        COMMANDS.map(
          (row) =>
            `${tag(row, row.usage === '' ? undefined : usage(row.usage))}\n${body(COMMAND_TEXTS.get(row.long)!)}`,
        ),
      ),
    ),
    ...Object.entries(SECTIONS).map(([id, title]) => part(title, optionList(id as OptionSection))),
    part('Subcommands', `${body(SUBCOMMANDS_TEXT)}\n${list(SUBCOMMAND_ROWS.map(subcommandItem))}`),
    ...topics.map(([, text]) => topic(text)),
    section('ENVIRONMENT', ENVIRONMENT),
    section('FILES', FILES),
    section('EXIT STATUS', topicBody(TOPICS.get('exit-status')!)),
    section('SEE ALSO', '.Xr ipvsadm-restore 8 ,\n.Xr ipvsadm-save 8'),
  ].join('\n')
}

function synopsis(): string {
  return usageLines()
    .map(
      (line) =>
        `.Nm\n.${usage(line.replace(/^ipvsadm /, '')).replace(/^(Ar \w+ \| )+Ar \w+/, subcommandNames)}`,
    )
    .join('\n')
}

const subcommandNames = (words: string): string => words.replaceAll('Ar ', 'Cm ')

function optionList(id: OptionSection): string {
  const rows = OPTIONS.filter((option) => option.section === id)
  return list(
    rows.map((option) => `${tag(option, valueMacro(option))}\n${body(OPTION_TEXTS.get(option.long)!)}`),
  )
}

function valueMacro({ valueName, argument }: Option | SubcommandOption): string | undefined {
  if (valueName === undefined) return undefined
  return argument === 'optional' ? `Op Ar ${valueName}` : `Ar ${valueName}`
}

function subcommandItem({ name, words, options }: SubcommandRow): string {
  const values = words.map(({ name, optional }) => `${optional === true ? 'Op ' : ''}Ar ${name}`)
  const inner = options.map((option) => `${tag(option, valueMacro(option))}\n${body(sentence(option))}`)
  const item = [`.It Cm ${[name, ...values].join(' ')}`, body(SUBCOMMAND_TEXTS.get(name)!)]
  return [...item, ...(inner.length === 0 ? [] : [list(inner)])].join('\n')
}

/** An option's short text, with its default, as a sentence. */
function sentence({ help, default: value }: SubcommandOption): string {
  return `${help.slice(0, 1).toUpperCase()}${help.slice(1)}${value === undefined ? '' : ` (${value})`}.`
}

function topic(text: string): string {
  return part(text.slice(0, text.indexOf('\n')).replace(/ \(-(\w)(.*)\)$/, ' (\\-$1$2)'), topicBody(text))
}

const topicBody = (text: string): string => body(text.slice(text.indexOf('\n')))

/** Inserts the options of ipvsadm-restore into its page. */
function withOptions(text: string): string {
  const value = ({ valueName }: SubcommandOption) => (valueName === undefined ? '' : ` ${valueName}`)
  const synopsis = RESTORE_OPTIONS.map(
    (row) => `[${row.short === undefined ? `--${row.long}` : `-${row.short}`}${value(row)}]`,
  )
  const options = RESTORE_OPTIONS.map((row) => {
    const short = row.short === undefined ? '' : `-${row.short}, `
    return `${short}--${row.long}${value(row)}\n  ${sentence(row)}`
  })
  return text.replace('{synopsis}', synopsis.join(' ')).replace('{options}', options.join('\n\n'))
}

/** A page from plain text: sections, and lists of options with indented texts. */
function companionPage(name: string, text: string): string {
  const parts = text.trim().split(/\n\n(?=[A-Z][A-Z ]+\n)/)
  const sections = parts.map((block) => {
    const newline = block.indexOf('\n')
    const [title, rest] = [block.slice(0, newline), block.slice(newline + 1)]
    if (title === 'SYNOPSIS') return section(title, `.Nm\n.${usage(rest.trim())}`)
    if (title === 'OPTIONS')
      return section(
        title,
        list(
          rest
            .trim()
            .split(/\n\n(?=-)/)
            .map(optionItem),
        ),
      )
    return section(title, body(rest))
  })
  const others = ['ipvsadm', 'ipvsadm-restore', 'ipvsadm-save'].filter((other) => other !== name)
  const seeAlso = section('SEE ALSO', others.map((other) => `.Xr ${other} 8`).join(' ,\n'))
  return [...sections, seeAlso].join('\n')
}

function optionItem(block: string): string {
  const newline = block.indexOf('\n')
  const names = block.slice(0, newline).split(', ')
  const [last, value] = names.at(-1)!.split(' ')
  const flags = [...names.slice(0, -1), last!].map((name) => `Fl ${escapeName(name.slice(1))}`)
  return `.It ${flags.join(' , ')}${value === undefined ? '' : ` Ar ${value}`}\n${body(block.slice(newline + 1).replace(/^ {2}/gm, ''))}`
}

const DESCRIPTION = `
ipvsadm sets up, changes and lists the virtual server table of the Linux kernel: the virtual services, the real servers
of each, and the choice of a server for each connection. Its command lines, output and exit statuses are those of the
original program of that name; extensions are marked as such.

Upper-case commands apply to virtual services, lower-case ones to real servers. Options and their values may be in
any order after the command.
`

const SUBCOMMANDS_TEXT = `
A first word without dashes is one of these subcommands, which the original does not have. Each prints its usage with
--help.
`

const ENVIRONMENT = `.Bl -tag -width Ds
.It Ev NO_COLOR
If it is set and not empty, listings have no colours unless
.Fl \\-color
requests them.
.It Ev POSIXLY_CORRECT
If it is set, options end at the first word that is not an option.
.El`

const FILES = `.Bl -tag -width Ds
.It Pa /proc/net/ip_vs_conn
The kernel's list of connections.
.It Pa /etc/services
Names of ports.
.El`

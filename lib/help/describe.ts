// `ipvsadm help WORD`: what there is to say of an option, a command, a subcommand or a topic.
import { COMMANDS, type CommandRow } from '../grammar/command-rows.ts'
import { OPTIONS, type Option } from '../grammar/option-rows.ts'
import { type SubcommandHelp, subcommandHelp } from './subcommands.ts'
import { COMMAND_TEXTS, OPTION_TEXTS, TOPICS } from './texts.ts'

/** What `ipvsadm help` alone prints. */
export async function overview(): Promise<string> {
  const list = (entries: readonly (readonly [string, string])[]) =>
    entries.map(([name, text]) => `  ${name.padEnd(14)} ${text}\n`).join('')
  const subcommands = (await subcommandHelp()).map(({ name, summary }) => [name, summary] as const)
  const topics = [...TOPICS].map(([name, text]) => [name, titleOf(text)] as const)
  return [
    'Usage: ipvsadm help COMMAND | OPTION | TOPIC\n',
    `\nSubcommands (each with --help):\n${list(subcommands)}`,
    `\nTopics:\n${list(topics)}`,
    '\nCommands and options, with or without dashes, for example -A, add-service, --weight, w:\n',
    "`ipvsadm -h' lists them.\n",
  ].join('')
}

/**
 * The text on a word: `nat`, `weight`, `--weight`, `-w`, `apply`. Undefined if there is none. Without dashes, a topic
 * comes before a subcommand, that before a command, and that before an option of the same name.
 */
export async function describeWord(word: string): Promise<string | undefined> {
  const dashes = /^-*/.exec(word)![0].length
  const name = word.slice(dashes)
  if (dashes === 0) {
    const topic = TOPICS.get(name)
    if (topic !== undefined) return topic
    const subcommand = (await subcommandHelp()).find((one) => one.name === name)
    if (subcommand !== undefined) return describeSubcommand(subcommand)
  }
  const command = COMMANDS.find((row) => matches(row, name, dashes))
  if (command !== undefined) return describeCommand(command)
  const options = OPTIONS.filter((row) => matches(row, name, dashes))
  return options.length === 0 ? undefined : options.map(describeOption).join('\n')
}

/** Every word that there is a text on, and its first line. */
export async function helpWords(): Promise<{ readonly value: string; readonly text: string }[]> {
  const subcommands = await subcommandHelp()
  return [
    ...[...TOPICS].map(([value, text]) => ({ value, text: titleOf(text) })),
    ...subcommands.map(({ name, summary }) => ({ value: name, text: summary })),
    ...[...COMMANDS, ...OPTIONS].map(({ long, help }) => ({ value: long, text: help })),
  ]
}

function matches({ long, short = '' }: CommandRow | Option, name: string, dashes: number): boolean {
  return (dashes !== 1 && long === name) || (dashes !== 2 && name.length === 1 && short.includes(name))
}

function describeCommand(row: CommandRow): string {
  const usage = `ipvsadm ${namesOf(row)[0]}${row.usage === '' ? '' : ` ${row.usage}`}`
  const options = OPTIONS.filter(({ id }) => row.options[id] !== undefined)
  const lines = options.map((option) => {
    const required = row.options[option.id] === 'required' ? ' (required)' : ''
    return `  ${signature(option).padEnd(36)} ${option.help}${required}\n`
  })
  const list = lines.length === 0 ? '' : `\nOptions:\n${lines.join('')}`
  return `${usage}\n\n${indent(COMMAND_TEXTS.get(row.long) ?? row.help)}${list}`
}

function describeOption(option: Option): string {
  const users = COMMANDS.filter(({ options }) => options[option.id] !== undefined)
  const commands = users.map((row) => namesOf(row)[0]).join(' ')
  const text = indent(OPTION_TEXTS.get(option.long) ?? option.help)
  return `${signature(option)}\n\n${text}${commands === '' ? '' : `\n  Used with: ${commands}\n`}`
}

function describeSubcommand({ usage, summary, words, options }: SubcommandHelp): string {
  const lines = [
    ...words.map(({ name, text }) => [name, text] as const),
    ...options.map(
      ({ names, takesValue, text }) => [names.join(', ') + (takesValue ? ' VALUE' : ''), text] as const,
    ),
  ]
  const list = lines.map(([name, text]) => `  ${name.padEnd(24)} ${text}\n`).join('')
  return `ipvsadm ${usage}\n\n  ${summary}\n${list === '' ? '' : `\n${list}`}`
}

/** `-w, --weight weight` */
function signature(option: Option): string {
  const { valueName, argument } = option
  const value = valueName === undefined ? '' : ` ${argument === 'optional' ? `[${valueName}]` : valueName}`
  return `${namesOf(option).join(', ')}${value}`
}

/** With their dashes, short ones first. */
function namesOf({ long, short = '' }: CommandRow | Option): string[] {
  return [...[...short].map((letter) => `-${letter}`), `--${long}`]
}

const titleOf = (text: string): string => text.slice(0, text.indexOf('\n'))

const indent = (text: string): string => `${text.trimEnd().replace(/^(?=.)/gm, '  ')}\n`

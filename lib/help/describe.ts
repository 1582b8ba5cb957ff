// The texts that `ipvsadm help` prints: on an option, a command, a subcommand or a topic.
import { COMMANDS, type CommandRow } from '../grammar/command-rows.ts'
import { OPTIONS, type Option } from '../grammar/option-rows.ts'
import type { Spec } from '../grammar/popt.ts'
import type { SubcommandOption, WordRow } from '../grammar/subcommand-options.ts'
import { SUBCOMMAND_ROWS, type SubcommandRow, subcommandRow } from '../grammar/subcommand-rows.ts'
import { COMMAND_TEXTS, OPTION_TEXTS, SUBCOMMAND_TEXTS, TOPICS } from './texts.ts'

/** The output of `ipvsadm help` without a word. */
export function overview(): string {
  const list = (entries: readonly (readonly [string, string])[]) =>
    entries.map(([name, text]) => `  ${name.padEnd(14)} ${text}\n`).join('')
  const subcommands = SUBCOMMAND_ROWS.map(({ name, help }) => [name, help] as const)
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
export function describeWord(word: string): string | undefined {
  const dashes = /^-*/.exec(word)![0].length
  const name = word.slice(dashes)
  if (dashes === 0) {
    const topic = TOPICS.get(name)
    if (topic !== undefined) return topic
    const subcommand = subcommandRow(name)
    if (subcommand !== undefined) return describeSubcommand(subcommand)
  }
  const command = COMMANDS.find((row) => matches(row, name, dashes))
  if (command !== undefined) return describeCommand(command)
  const options = OPTIONS.filter((row) => matches(row, name, dashes))
  return options.length === 0 ? undefined : options.map(describeOption).join('\n')
}

/** All words with a text, and its first line. */
export function helpWords(): { readonly value: string; readonly text: string }[] {
  return [
    ...[...TOPICS].map(([value, text]) => ({ value, text: titleOf(text) })),
    ...SUBCOMMAND_ROWS.map(({ name, help }) => ({ value: name, text: help })),
    ...[...COMMANDS, ...OPTIONS].map(({ long, help }) => ({ value: long, text: help })),
  ]
}

function matches({ long, short = '' }: Spec, name: string, dashes: number): boolean {
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

function describeSubcommand({ name, help, words, options }: SubcommandRow): string {
  const lines = [
    ...words.map((row) => [placeholder(row), row.help] as const),
    ...options.map((row) => [signature(row), withDefault(row)] as const),
  ]
  const width = Math.max(...lines.map(([names]) => names.length))
  const list = lines.map(([names, text]) => `  ${names.padEnd(width)}  ${text}\n`).join('')
  const usage = ['ipvsadm', name, ...words.map(placeholder)].join(' ')
  return `${usage}\n\n${indent(SUBCOMMAND_TEXTS.get(name) ?? help)}${list === '' ? '' : `\n${list}`}`
}

const withDefault = ({ help, default: value }: SubcommandOption): string =>
  value === undefined ? help : `${help} (${value})`

const placeholder = ({ name, optional }: WordRow): string => (optional === true ? `[${name}]` : `<${name}>`)

/** `-w, --weight weight` */
function signature(option: Option | SubcommandOption): string {
  const { valueName, argument } = option
  const value = valueName === undefined ? '' : ` ${argument === 'optional' ? `[${valueName}]` : valueName}`
  return `${namesOf(option).join(', ')}${value}`
}

/** The names with their dashes, short ones first. */
function namesOf({ long, short = '' }: Spec): string[] {
  return [...[...short].map((letter) => `-${letter}`), `--${long}`]
}

const titleOf = (text: string): string => text.slice(0, text.indexOf('\n'))

const indent = (text: string): string => `${text.trimEnd().replace(/^(?=.)/gm, '  ')}\n`

// Every option with every command, and every command with every command: made from the two tables.
import { COMMANDS, type CommandRow } from '../../../lib/grammar/command-rows.ts'
import { OPTIONS, type Option } from '../../../lib/grammar/option-rows.ts'
import type { Scenario, Step } from './step.ts'

/** A value for each kind of option, by its name in the help. */
const VALUES: Readonly<Record<string, string>> = {
  'service-address': '192.0.2.1:80',
  fwmark: '1',
  scheduler: 'rr',
  timeout: '50',
  netmask: '255.255.0.0',
  'server-address': '10.0.0.9',
  weight: '3',
  uthreshold: '9',
  lthreshold: '4',
  interface: 'lo',
  sid: '7',
  engine: 'sip',
  flags: 'flag-1',
  address: '224.0.0.5',
  port: '999',
  ttl: '3',
  length: '500',
  type: 'gre',
}

/** The table that each command finds. */
const TABLE = [
  '-A -t 192.0.2.1:80',
  '-A -u 192.0.2.1:80',
  '-A --sctp-service 192.0.2.1:80',
  '-A -f 1',
  '-a -t 192.0.2.1:80 -r 10.0.0.1 -m',
  '-a -f 1 -r 10.0.0.1',
]

/** The options that each command requires. */
const WHOLE: Readonly<Record<string, readonly string[]>> = {
  'add-service': ['-t', '192.0.2.2:80'],
  'edit-service': ['-t', '192.0.2.1:80'],
  'delete-service': ['-t', '192.0.2.1:80'],
  'add-server': ['-t', '192.0.2.1:80', '-r', '10.0.0.2'],
  'edit-server': ['-t', '192.0.2.1:80', '-r', '10.0.0.1'],
  'delete-server': ['-t', '192.0.2.1:80', '-r', '10.0.0.1'],
  set: ['5', '6', '7'],
  'start-daemon': ['master'],
  'stop-daemon': ['master'],
}

const CLASSIC = OPTIONS.filter(({ section }) => section !== 'extensions')

const ipvsadm = (words: readonly string[], input?: string): Step => ({
  program: 'ipvsadm',
  words,
  ...(input !== undefined && { input }),
})

const PREPARE = ipvsadm(['-R'], [...TABLE, '--stop-daemon master', ''].join('\n'))

const nameOf = ({ short, long }: CommandRow | Option) => (short === undefined ? `--${long}` : `-${short[0]}`)

function whole(command: CommandRow): string[] {
  const name = command.argument === 'required' ? `--${command.long}` : nameOf(command)
  return [name, ...(WHOLE[command.id] ?? [])]
}

/** @throws when a kind of value has no sample here */
function optionWords(option: Option): string[] {
  if (option.argument === 'none') return [nameOf(option)]
  const value = VALUES[option.valueName ?? '']
  if (value === undefined) throw new Error(`no sample value for --${option.long}`)
  return [nameOf(option), value]
}

/** One scenario a command: the command with each option, the table being made anew when it may have changed. */
export function optionPairs(): Scenario[] {
  return COMMANDS.filter(({ id }) => id !== 'help' && id !== 'version').map((command) => ({
    title: command.id,
    steps: CLASSIC.flatMap((option) => {
      const step = ipvsadm([...whole(command), ...optionWords(option)], '')
      const changes = command.id !== 'list' && command.id !== 'save' && option.id in command.options
      return changes ? [PREPARE, step] : [step]
    }),
  }))
}

/** One scenario a command: with each other command as a second, and each option as the first word. */
export function commandPairs(): Scenario[] {
  return [
    ...COMMANDS.map((command) => ({
      title: `${command.id} and another command`,
      steps: COMMANDS.map((other) => ipvsadm([...whole(command), ...whole(other).slice(0, 1)], '')),
    })),
    { title: 'an option first', steps: CLASSIC.map((option) => ipvsadm([...optionWords(option), '-L'])) },
  ]
}

/** All options at once, then without the one that is named, and so on: the order in which they are refused. */
export function precedence(): Scenario[] {
  const options = CLASSIC.filter(
    (option, i) => CLASSIC.findIndex(({ id }) => id === option.id) === i && option.id !== 'ipv6',
  )
  return COMMANDS.filter(({ id }) => ['flush', 'list', 'add-server'].includes(id)).map((command) => {
    const illegal = options.filter(({ id }) => command.options[id] === undefined && id !== 'sort')
    return {
      title: `${command.id}: the order in which options are refused`,
      steps: illegal.map((_, i) => ipvsadm([...whole(command), ...illegal.slice(i).flatMap(optionWords)])),
    }
  })
}

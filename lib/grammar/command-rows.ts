// THE command table: the names of each command and the options that it requires, allows or makes exclusive.
import type { OptionId } from './option-rows.ts'
import type { Argument, Spec } from './popt.ts'

/** Of the `exclusive` options of a command at most one is allowed. */
type Legality = 'required' | 'allowed' | 'exclusive'

export type CommandId =
  | 'add-service'
  | 'edit-service'
  | 'delete-service'
  | 'flush'
  | 'restore'
  | 'save'
  | 'add-server'
  | 'edit-server'
  | 'delete-server'
  | 'list'
  | 'zero'
  | 'set'
  | 'start-daemon'
  | 'stop-daemon'
  | 'help'
  | 'version'

export interface CommandRow extends Spec {
  /** Its name in messages. */
  readonly id: CommandId
  readonly argument: Argument
  /** The values of the command, if any. */
  readonly choices?: readonly string[]
  /** The usage line after the name. */
  readonly usage: string
  readonly help: string
  readonly options: Readonly<Partial<Record<OptionId, Legality>>>
  /** Exclusive options that are allowed together. */
  readonly together?: readonly OptionId[]
}

type Options = Partial<Record<OptionId, Legality>>

const SERVICE_OPTIONS: Options = {
  'service-address': 'required',
  scheduler: 'allowed',
  persistent: 'allowed',
  netmask: 'allowed',
  ops: 'allowed',
  pe: 'allowed',
  'sched-flags': 'allowed',
  raw: 'allowed',
}

const SERVER_OPTIONS: Options = {
  'service-address': 'required',
  'real-server': 'required',
  'forwarding-method': 'allowed',
  weight: 'allowed',
  'u-threshold': 'allowed',
  'l-threshold': 'allowed',
  'tun-type': 'allowed',
  'tun-port': 'allowed',
  'tun-nocsum': 'allowed',
  'tun-csum': 'allowed',
  'tun-remcsum': 'allowed',
  raw: 'allowed',
}

// biome-ignore format: a table
const ROWS: readonly (CommandRow & { readonly options: Options })[] = [
  { id: 'add-service', long: 'add-service', short: 'A', argument: 'none',
    usage: 'virtual-service [-s scheduler] [-p [timeout]] [-M netmask] [--pe engine] [-o] [-b flags]',
    help: 'add a virtual service', options: SERVICE_OPTIONS },
  { id: 'edit-service', long: 'edit-service', short: 'E', argument: 'none',
    usage: 'virtual-service [-s scheduler] [-p [timeout]] [-M netmask] [--pe engine] [-o] [-b flags]',
    help: 'change a virtual service; settings not given get their defaults', options: { ...SERVICE_OPTIONS, keep: 'allowed' } },
  { id: 'delete-service', long: 'delete-service', short: 'D', argument: 'none',
    usage: 'virtual-service',
    help: 'delete a virtual service and its real servers', options: { 'service-address': 'required' } },
  { id: 'flush', long: 'clear', short: 'C', argument: 'none', usage: '',
    help: 'delete the whole table', options: {} },
  { id: 'restore', long: 'restore', short: 'R', argument: 'none', usage: '',
    help: 'read commands from stdin', options: {} },
  { id: 'save', long: 'save', short: 'S', argument: 'none', usage: '[-n]',
    help: 'write the table to stdout as commands', options: {
      numeric: 'allowed', format: 'allowed', 'resolve-timeout': 'allowed' } },
  { id: 'add-server', long: 'add-server', short: 'a', argument: 'none',
    usage: 'virtual-service -r server-address [-g|-i|-m] [-w weight] [-x upper] [-y lower] [tunnel]',
    help: 'add a real server', options: SERVER_OPTIONS },
  { id: 'edit-server', long: 'edit-server', short: 'e', argument: 'none',
    usage: 'virtual-service -r server-address [-g|-i|-m] [-w weight] [-x upper] [-y lower] [tunnel]',
    help: 'change a real server; settings not given get their defaults', options: { ...SERVER_OPTIONS, keep: 'allowed' } },
  { id: 'delete-server', long: 'delete-server', short: 'd', argument: 'none',
    usage: 'virtual-service -r server-address',
    help: 'delete a real server', options: { 'service-address': 'required', 'real-server': 'required' } },
  { id: 'list', long: 'list', short: 'Ll', argument: 'none', usage: '[virtual-service] [listing options]',
    help: 'list the table', options: {
      numeric: 'allowed', connection: 'exclusive', 'service-address': 'exclusive', timeout: 'exclusive',
      daemon: 'exclusive', stats: 'allowed', rate: 'allowed', thresholds: 'allowed', 'persistent-conn': 'allowed',
      nosort: 'allowed', syncid: 'allowed', exact: 'allowed', 'tun-info': 'allowed',
      format: 'allowed', color: 'allowed', family: 'allowed', protocol: 'allowed', address: 'allowed',
      server: 'allowed', activity: 'allowed', draining: 'allowed', 'resolve-timeout': 'allowed' },
    // The reference refuses these two.
    together: ['connection', 'service-address'] },
  { id: 'zero', long: 'zero', short: 'Z', argument: 'none', usage: '[virtual-service]',
    help: 'clear the counters', options: { 'service-address': 'allowed' } },
  { id: 'set', long: 'set', argument: 'none', usage: 'tcp tcpfin udp',
    help: 'set the timeouts, in seconds; 0 leaves one unchanged', options: {} },
  { id: 'start-daemon', long: 'start-daemon', argument: 'required', choices: ['master', 'backup'],
    usage: 'master|backup [daemon options]',
    help: 'start a sync daemon', options: {
      'mcast-interface': 'allowed', syncid: 'allowed', 'sync-maxlen': 'allowed', 'mcast-group': 'allowed',
      'mcast-port': 'allowed', 'mcast-ttl': 'allowed' } },
  { id: 'stop-daemon', long: 'stop-daemon', argument: 'required', choices: ['master', 'backup'],
    usage: 'master|backup',
    help: 'stop a sync daemon', options: { syncid: 'allowed' } },
  { id: 'help', long: 'help', short: 'h', argument: 'none', usage: '',
    help: 'print this help', options: {} },
  { id: 'version', long: 'version', short: 'v', argument: 'none', usage: '',
    help: 'print the version', options: {} },
]

// Every command may work in another network namespace. Copies of all rows would take a tenth of the program's start.
for (const { options } of ROWS) options.netns = 'allowed'

export const COMMANDS: readonly CommandRow[] = ROWS

/** Whether a command may have one of two options, but not both. */
export function exclude(
  { options, together = [] }: Pick<CommandRow, 'options' | 'together'>,
  one: OptionId,
  other: OptionId,
): boolean {
  const exclusive = options[one] === 'exclusive' && options[other] === 'exclusive'
  return exclusive && !(together.includes(one) && together.includes(other))
}

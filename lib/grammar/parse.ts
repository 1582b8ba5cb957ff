// Words → Command. Pure: names come from the caller, nothing is printed, nothing is asked of the kernel.

import { DESTINATION_DEFAULTS, SERVICE_DEFAULTS } from '../model/defaults.ts'
import type { DestinationConfiguration, DestinationId } from '../model/destination.ts'
import { UsageError } from '../model/errors.ts'
import { SVC_F } from '../model/flags.ts'
import { MAX_TIMEOUT } from '../model/limits.ts'
import { hostNetmask } from '../model/netmask.ts'
import { isFwmark, type ServiceConfiguration, type ServiceId } from '../model/service.ts'
import { TRY_HELP } from '../output/messages.ts'
import type { Command, KeepServer } from './command.ts'
import { COMMANDS, type CommandId, type CommandRow, exclude, type Legality } from './command-rows.ts'
import { OPTIONS, type Option, type OptionId } from './option-rows.ts'
import { jsonOnly, listing, resolving } from './parse-list.ts'
import { indexSpecs, Popt, PoptError, type PoptOptions } from './popt.ts'
import { RawOptions, refuse } from './raw-options.ts'
import { type Names, parseNumber, parseSchedulerFlags } from './values.ts'

const INDEX = indexSpecs<CommandRow | Option>([...COMMANDS, ...OPTIONS])
const OPTION_ORDER = [...new Set(OPTIONS.map(({ id }) => id))]

const isCommand = (spec: CommandRow | Option): spec is CommandRow => 'usage' in spec

/**
 * The command that the words (without the program's name) say. No words at all list the table.
 * Throws a UsageError, or an UnresolvedHost when `names` does not know a host yet.
 */
export function parse(words: readonly string[], names: Names, options?: PoptOptions): Command {
  const said = new RawOptions()
  if (words.length === 0) return listing([], said)
  const read = new Popt(words, INDEX, options)
  const spec = firstCommand(read)
  if (spec.id === 'help' || spec.id === 'version') return { kind: spec.id }
  const state = daemonState(spec.id, read.value)
  const given = readOptions(read, said, names)
  const { rest } = read
  const timeouts = spec.id === 'set' ? readTimeouts(rest) : undefined
  if (rest.length > 0) refuse(`unexpected argument ${rest[0]}`)
  const scheduler = said.scheduler || SERVICE_DEFAULTS.scheduler
  // Whoever keeps the scheduler does not say here which it is.
  const schedulerFlags = given.includes('keep')
    ? 0
    : parseSchedulerFlags(said.schedulerFlags ?? '', scheduler)
  if (typeof schedulerFlags !== 'number') refuse(schedulerFlags.problem)
  checkLegality(spec, given, `'${spec.id}' command`)
  switch (spec.id) {
    case 'add-service':
    case 'edit-service':
      if (given.includes('keep')) {
        return { kind: 'keep-service', service: serviceId(said), named: { said, options: given } }
      }
      return { kind: spec.id, ...serviceOf(said, given, scheduler, schedulerFlags) }
    case 'delete-service':
      return { kind: spec.id, service: serviceId(said) }
    case 'add-server':
    case 'edit-server':
      if (given.includes('keep')) return keepServer(said, given)
      return { kind: spec.id, ...serverOf(said, given) }
    case 'delete-server': {
      const service = serviceId(said)
      return { kind: spec.id, service, server: serverId(said, service) }
    }
    case 'zero':
      return given.includes('service-address') ? { kind: 'zero', service: serviceId(said) } : { kind: 'zero' }
    case 'list':
      return listing(given, said, given.includes('service-address') ? serviceId(said) : undefined)
    case 'save':
      return {
        kind: 'save',
        numeric: given.includes('numeric'),
        ...resolving(said),
        ...jsonOnly(said.format, "'save' command"),
      }
    case 'set':
      return { kind: 'set', timeouts: timeouts! }
    case 'start-daemon':
      return { kind: 'start-daemon', daemon: { state: state!, ...daemonOf(said) } }
    case 'stop-daemon':
      return { kind: 'stop-daemon', state: state! }
    case 'flush':
    case 'restore':
      return { kind: spec.id }
  }
}

/** The first option, which must be a command; whatever is wrong with it, the message is the same. */
function firstCommand(read: Popt<CommandRow | Option>): CommandRow {
  try {
    if (read.next() && isCommand(read.spec)) return read.spec
  } catch (error) {
    if (!(error instanceof PoptError)) throw error
  }
  throw new UsageError(TRY_HELP, 'syntax')
}

/** Takes the other options in, in the order of the words; the first that is refused is the one that is reported. */
function readOptions(read: Popt<CommandRow | Option>, said: RawOptions, names: Names): OptionId[] {
  const given: OptionId[] = []
  try {
    while (read.next()) {
      const { spec } = read
      if (isCommand(spec)) refuse(`invalid option \`${read.word}'`)
      if (spec.idle !== true) {
        if (given.includes(spec.id)) refuse(`multiple '${spec.id}' options specified`)
        given.push(spec.id)
      }
      spec.read?.(said, read.value as string, names)
    }
  } catch (error) {
    throw error instanceof PoptError ? new UsageError(error.message, 'syntax') : error
  }
  return given
}

function daemonState(command: CommandId, value: string | undefined) {
  if (command !== 'start-daemon' && command !== 'stop-daemon') return undefined
  if (value === 'master' || value === 'backup') return value
  return refuse(`illegal ${command === 'start-daemon' ? 'start-daemon parameter' : 'start_daemon'} specified`)
}

/** Takes the three timeouts from the words that are no options. */
function readTimeouts(rest: string[]) {
  const words = rest.splice(0, 3)
  if (words.length < 3) refuse('--set option requires 3 timeout values')
  const [tcp, tcpFin, udp] = words.map(
    (word) => parseNumber(word, 0, MAX_TIMEOUT) ?? refuse(`invalid timeout value \`${word}' specified`),
  )
  return { tcp: tcp!, tcpFin: tcpFin!, udp: udp! }
}

/** Whether all is well beyond doubt: the usual case, without a look at every option that there is. */
function isLegal(options: CommandRow['options'], given: readonly OptionId[]): boolean {
  for (const id of given) if (options[id] === undefined || options[id] === 'exclusive') return false
  for (const id in options)
    if (options[id as OptionId] === 'required' && !given.includes(id as OptionId)) return false
  return true
}

/** Holds what was given against what is legal, in the option table's order. `whose` ends the messages. */
function checkLegality(
  legal: Pick<CommandRow, 'options' | 'together'>,
  given: readonly OptionId[],
  whose: string,
  ids: readonly OptionId[] = OPTION_ORDER,
): void {
  if (ids === OPTION_ORDER && isLegal(legal.options, given)) return
  const before: OptionId[] = []
  for (const id of ids) {
    const legality = legal.options[id]
    if (!given.includes(id)) {
      if (legality === 'required') refuse(`You need to supply the '${id}' option for the ${whose}`)
      continue
    }
    if (legality === undefined) refuse(`Illegal '${id}' option with the ${whose}`)
    const other = before.find((other) => exclude(legal, other, id))
    if (other !== undefined) refuse(`The option '${id}' conflicts with the '${other}' option in the ${whose}`)
    before.push(id)
  }
}

function serviceId({ family, fwmark, protocol, endpoint }: RawOptions): ServiceId {
  if (fwmark !== undefined) return { family, fwmark }
  const { address, port } = endpoint!
  return { family, protocol: protocol!, address, port: port ?? 0 }
}

export function serviceOf(
  said: RawOptions,
  given: readonly OptionId[],
  scheduler: string,
  schedulerFlags: number,
): { service: ServiceId; config: ServiceConfiguration } {
  const service = serviceId(said)
  const persistent = given.includes('persistent')
  if (!isFwmark(service)) {
    if (service.port === 0 && !persistent) refuse('Zero port specified for non-persistent service')
    if (given.includes('ops') && service.protocol !== 'udp') {
      refuse('One-Packet Scheduling is only for UDP virtual services')
    }
  }
  return {
    service,
    config: {
      scheduler,
      flags:
        (persistent ? SVC_F.PERSISTENT : 0) | (given.includes('ops') ? SVC_F.ONEPACKET : 0) | schedulerFlags,
      timeout: said.persistence ?? SERVICE_DEFAULTS.timeout,
      netmask: said.netmask ?? hostNetmask(service.family),
      engine: said.engine ?? SERVICE_DEFAULTS.engine,
    },
  }
}

/** Without a port, the server has the service's. */
function serverId({ server }: RawOptions, service: ServiceId): DestinationId {
  const { family, address, port } = server!
  return { family, address, port: port ?? servicePort(service) }
}

const servicePort = (service: ServiceId): number => (isFwmark(service) ? 0 : service.port)

const TUNNEL_OPTIONS: readonly OptionId[] = ['tun-type', 'tun-port', 'tun-nocsum', 'tun-csum', 'tun-remcsum']

/** What each tunnel type requires and allows. */
const TUNNELS: Readonly<
  Record<DestinationConfiguration['tunnelType'], Readonly<Partial<Record<OptionId, Legality>>>>
> = {
  ipip: { 'tun-type': 'allowed' },
  gue: {
    'tun-type': 'allowed',
    'tun-port': 'required',
    'tun-nocsum': 'exclusive',
    'tun-csum': 'exclusive',
    'tun-remcsum': 'exclusive',
  },
  gre: { 'tun-type': 'allowed', 'tun-nocsum': 'exclusive', 'tun-csum': 'exclusive' },
}

export function serverOf(
  said: RawOptions,
  given: readonly OptionId[],
): { service: ServiceId; server: DestinationId; config: DestinationConfiguration } {
  const service = serviceId(said)
  const { family, address, port } = said.server!
  const forwarding = said.forwarding ?? DESTINATION_DEFAULTS.forwarding
  const tunnelType = said.tunnelType ?? DESTINATION_DEFAULTS.tunnelType
  if (family !== service.family && forwarding !== 'tunnel') {
    refuse('Different address family is allowed only for tunneling servers')
  }
  if (forwarding === 'tunnel') {
    checkLegality({ options: TUNNELS[tunnelType] }, given, `'${tunnelType}' tunnel type`, TUNNEL_OPTIONS)
  } else if (TUNNEL_OPTIONS.some((id) => given.includes(id))) {
    refuse('Tunnel options conflict with forward method')
  }
  // Direct routing and tunnels do not touch the port, so the server's is the service's.
  const own = forwarding === 'masquerade' || isFwmark(service)
  return {
    service,
    server: { family, address, port: own ? (port ?? servicePort(service)) : service.port },
    config: {
      forwarding,
      weight: said.weight ?? DESTINATION_DEFAULTS.weight,
      upperThreshold: said.upperThreshold ?? DESTINATION_DEFAULTS.upperThreshold,
      lowerThreshold: said.lowerThreshold ?? DESTINATION_DEFAULTS.lowerThreshold,
      tunnelType,
      tunnelPort: said.tunnelPort ?? DESTINATION_DEFAULTS.tunnelPort,
      tunnelFlags: said.tunnelFlags ?? DESTINATION_DEFAULTS.tunnelFlags,
    },
  }
}

/** Which server is meant, and how it is reached, is known when it has been read. */
function keepServer(said: RawOptions, options: readonly OptionId[]): KeepServer {
  const service = serviceId(said)
  const server = serverId(said, service)
  const coerced = { ...server, port: servicePort(service) }
  return { kind: 'keep-server', service, server, coerced, named: { said, options } }
}

function daemonOf({ interface: name = '', syncId = 0, maxLength, group, mcastPort: port, ttl }: RawOptions) {
  return {
    interface: name,
    syncId,
    ...(maxLength !== undefined && { maxLength }),
    ...(group !== undefined && { group }),
    ...(port !== undefined && { port }),
    ...(ttl !== undefined && { ttl }),
  }
}

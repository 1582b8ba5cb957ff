// Words → Command. Pure: names come from the caller, nothing is printed, nothing is asked of the kernel.

import { DESTINATION_DEFAULTS, SERVICE_DEFAULTS } from '../model/defaults.ts'
import type { DestinationConfiguration, DestinationId, TunnelType } from '../model/destination.ts'
import { UsageError } from '../model/errors.ts'
import { SVC_F, TUNNEL_FLAG } from '../model/flags.ts'
import { serverLegality, serviceLegality } from '../model/legality.ts'
import { MAX_TIMEOUT } from '../model/limits.ts'
import { hostNetmask } from '../model/netmask.ts'
import { schedulerFlags } from '../model/scheduler-flags.ts'
import { isFwmark, type ServiceConfiguration, type ServiceId } from '../model/service.ts'
import { TUNNEL_SETTINGS } from '../model/tunnel.ts'
import { TRY_HELP } from '../output/messages.ts'
import type { Command, KeepServer, KeepService } from './command.ts'
import { COMMANDS, type CommandId, type CommandRow, exclude } from './command-rows.ts'
import { OPTIONS, type Option, type OptionId } from './option-rows.ts'
import { jsonOnly, listing, resolving } from './parse-list.ts'
import { indexSpecs, Popt, PoptError, type PoptOptions } from './popt.ts'
import type { RawOptions } from './raw-options.ts'
import { checkRule, flagRefusal, refuse } from './refusals.ts'
import { type Names, parseNumber, schedulerFlagList } from './values.ts'

const INDEX = indexSpecs<CommandRow | Option>([...COMMANDS, ...OPTIONS])
const OPTION_ORDER = [...new Set(OPTIONS.map(({ id }) => id))]

const isCommand = (spec: CommandRow | Option): spec is CommandRow => 'usage' in spec

export interface ParseOptions extends PoptOptions {
  /** Refuses names longer than the kernel's, which the original cuts. */
  readonly wholeNames?: boolean
}

/**
 * The command that the words (without the program's name) say. No words at all list the table.
 * Throws a UsageError, or an UnresolvedHost when `names` does not know a host yet.
 */
export function parse(words: readonly string[], names: Names, options?: ParseOptions): Command {
  const said: RawOptions = { family: 'inet' }
  if (options?.wholeNames) said.wholeNames = true
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
  const keep = given.includes('keep')
  // The scheduler that is kept is not known here.
  const flags = keep || said.schedulerFlags === undefined ? 0 : readFlags(said.schedulerFlags, scheduler)
  checkLegality(spec, given, `'${spec.id}' command`)
  switch (spec.id) {
    case 'add-service':
    case 'edit-service':
      return keep ? keepService(said, given) : { kind: spec.id, ...serviceOf(said, given, scheduler, flags) }
    case 'delete-service':
      return { kind: spec.id, service: serviceId(said) }
    case 'add-server':
    case 'edit-server':
      return keep ? keepServer(said, given) : { kind: spec.id, ...serverOf(said, given) }
    case 'delete-server':
      return { kind: spec.id, service: serviceId(said), server: serverId(said) }
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

/** The first option, which must be a command; every fault of it has the same message. */
function firstCommand(read: Popt<CommandRow | Option>): CommandRow {
  try {
    if (read.next() && isCommand(read.spec)) return read.spec
  } catch (error) {
    if (!(error instanceof PoptError)) throw error
  }
  throw new UsageError(TRY_HELP, 'syntax')
}

/** Reads the other options, in the order of the words; the first that is refused is reported. */
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

/** The bits of a list of scheduler flags. */
function readFlags(list: string, scheduler: string): number {
  const bits = schedulerFlags(schedulerFlagNames(list), scheduler)
  return typeof bits === 'number' ? bits : refuse(flagRefusal(bits))
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

/** A quick check that succeeds in the usual case, without a look at every option of the table. */
function isLegal(options: CommandRow['options'], given: readonly OptionId[]): boolean {
  for (const id of given) if (options[id] === undefined || options[id] === 'exclusive') return false
  for (const id in options)
    if (options[id as OptionId] === 'required' && !given.includes(id as OptionId)) return false
  return true
}

/** Checks the given options against the legal ones, in the option table's order. `whose` ends the messages. */
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

function serviceOf(said: RawOptions, given: readonly OptionId[], scheduler: string, schedulerFlags: number) {
  const service = serviceId(said)
  const config: ServiceConfiguration = {
    scheduler,
    flags:
      (given.includes('persistent') ? SVC_F.PERSISTENT : 0) |
      (given.includes('ops') ? SVC_F.ONEPACKET : 0) |
      schedulerFlags,
    timeout: said.persistence ?? SERVICE_DEFAULTS.timeout,
    netmask: said.netmask ?? hostNetmask(service.family),
    engine: said.engine ?? SERVICE_DEFAULTS.engine,
  }
  checkRule(serviceLegality(service, config, said.raw))
  return { service, config }
}

function keepService(said: RawOptions, given: readonly OptionId[]): KeepService {
  const { scheduler, persistence: timeout, netmask, engine, schedulerFlags } = said
  const names = schedulerFlags === undefined ? undefined : schedulerFlagNames(schedulerFlags)
  return {
    kind: 'keep-service',
    service: serviceId(said),
    patch: {
      ...(scheduler && { scheduler }),
      ...(names && { schedulerFlags: names }),
      ...(timeout !== undefined && { timeout }),
      ...(given.includes('ops') && { onePacket: true }),
      // An IPv6 service's words always come with a netmask.
      ...(given.includes('netmask') && { netmask: netmask! }),
      ...(engine !== undefined && { engine }),
    },
    raw: said.raw === true,
  }
}

/** Refuses a list that names nothing. */
function schedulerFlagNames(list: string): readonly string[] {
  return schedulerFlagList(list) ?? refuse(flagRefusal({ kind: 'invalid', name: list }))
}

function serverId({ server }: RawOptions): DestinationId {
  const { family, address, port } = server!
  return { family, address, port: port! }
}

/** The port of the servers of direct routing and of tunnels, which do not touch it. */
const servicePort = (service: ServiceId): number => (isFwmark(service) ? 0 : service.port)

const TUNNEL_OPTIONS: readonly OptionId[] = ['tun-type', 'tun-port', 'tun-nocsum', 'tun-csum', 'tun-remcsum']

/** The options that a tunnel type takes. */
function tunnelOptions(type: TunnelType): CommandRow['options'] {
  const { port, flags } = TUNNEL_SETTINGS[type]
  return {
    'tun-type': 'allowed',
    ...(port && { 'tun-port': 'required' }),
    ...(flags !== undefined && { 'tun-nocsum': 'exclusive', 'tun-csum': 'exclusive' }),
    ...(flags !== undefined && (flags & TUNNEL_FLAG.REMCSUM) !== 0 && { 'tun-remcsum': 'exclusive' }),
  }
}

function serverOf(said: RawOptions, given: readonly OptionId[]) {
  const service = serviceId(said)
  const { family, address, port } = serverId(said)
  const { raw = false, forwarding = DESTINATION_DEFAULTS.forwarding } = said
  const own = raw || forwarding === 'masquerade' || isFwmark(service)
  const server = { family, address, port: own ? port : servicePort(service) }
  const config: DestinationConfiguration = {
    forwarding,
    weight: said.weight ?? DESTINATION_DEFAULTS.weight,
    upperThreshold: said.upperThreshold ?? DESTINATION_DEFAULTS.upperThreshold,
    lowerThreshold: said.lowerThreshold ?? DESTINATION_DEFAULTS.lowerThreshold,
    tunnelType: said.tunnelType ?? DESTINATION_DEFAULTS.tunnelType,
    tunnelPort: said.tunnelPort ?? DESTINATION_DEFAULTS.tunnelPort,
    tunnelFlags: said.tunnelFlags ?? DESTINATION_DEFAULTS.tunnelFlags,
  }
  const tunnelGiven = TUNNEL_OPTIONS.some((id) => given.includes(id))
  if (forwarding !== 'tunnel' && family === service.family && tunnelGiven) {
    refuse('Tunnel options conflict with forward method')
  }
  checkRule(serverLegality(service, server, config, raw))
  if (tunnelGiven) checkTunnelOptions(config.tunnelType, given, raw)
  return { service, server, config }
}

function checkTunnelOptions(type: TunnelType, given: readonly OptionId[], raw: boolean): void {
  const options = tunnelOptions(type)
  const together = raw ? TUNNEL_OPTIONS : []
  checkLegality({ options, together }, given, `'${type}' tunnel type`, TUNNEL_OPTIONS)
}

/** The server and its forwarding method are known when the table has been read. */
function keepServer(said: RawOptions, given: readonly OptionId[]): KeepServer {
  const service = serviceId(said)
  const server = serverId(said)
  const coerced = { ...server, port: servicePort(service) }
  const { forwarding, weight, upperThreshold, lowerThreshold, tunnelType, tunnelPort, tunnelFlags, raw } =
    said
  const checksums = given.filter((id) => CHECKSUM_OPTIONS.includes(id))
  if (checksums.length > 1 && raw !== true) {
    refuse(`The option '${checksums[1]}' conflicts with the '${checksums[0]}' option`)
  }
  return {
    kind: 'keep-server',
    service,
    server,
    coerced,
    patch: {
      ...(forwarding && { forwarding }),
      ...(weight !== undefined && { weight }),
      ...(upperThreshold !== undefined && { upperThreshold }),
      ...(lowerThreshold !== undefined && { lowerThreshold }),
      ...(tunnelType && { tunnelType }),
      ...(tunnelPort !== undefined && { tunnelPort }),
      ...(tunnelFlags !== undefined && { tunnelFlags }),
    },
    raw: raw === true,
  }
}

const CHECKSUM_OPTIONS: readonly OptionId[] = ['tun-nocsum', 'tun-csum', 'tun-remcsum']

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

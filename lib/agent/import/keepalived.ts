// keepalived.conf → rules and configuration of the agent. VRRP is left to keepalived.
import { type Address, familyOf, parseAddress } from '../../model/address.ts'
import { DESTINATION_DEFAULTS } from '../../model/defaults.ts'
import type { DestinationConfiguration, TunnelType } from '../../model/destination.ts'
import { SVC_F, TUNNEL_FLAG } from '../../model/flags.ts'
import { hostNetmask, type Netmask } from '../../model/netmask.ts'
import { schedulerFlags } from '../../model/scheduler-flags.ts'
import { isFwmark, type Protocol, type ServiceConfiguration, type ServiceId } from '../../model/service.ts'
import type { RawFallback, RawPolicy } from '../config/validate.ts'
import { addressRange, readCount, readPort } from './import-values.ts'
import {
  compose,
  fallbackOf,
  type Imported,
  type ImportedServer,
  type ImportedService,
  Notes,
} from './imported.ts'
import { type Block, lineOf, readBlocks, switchOf, wordAfter } from './keepalived-blocks.ts'
import { keepalivedCheck } from './keepalived-check.ts'
import { noteLeftOut } from './keepalived-left-out.ts'

/** Never throws because of the text. @param rulesPath where the rule lines will be */
export function importKeepalived(text: string, rulesPath: string): Imported {
  const notes = new Notes()
  const blocks = readBlocks(text, notes)
  noteLeftOut(blocks, notes)
  const services = blocks
    .filter(({ words }) => words[0] === 'virtual_server')
    .flatMap((block) => readVirtual(block, blocks, notes))
  if (services.length === 0) notes.add(1, 'no virtual_server was found')
  return compose(services, rulesPath, notes)
}

const PROTOCOLS: ReadonlyMap<string, Protocol> = new Map([
  ['TCP', 'tcp'],
  ['UDP', 'udp'],
  ['SCTP', 'sctp'],
])

/** The services of a virtual_server: one, or those of its group. */
function readVirtual(block: Block, all: readonly Block[], notes: Notes): ImportedService[] {
  const named = wordAfter([block], 'protocol')
  const word = named ?? 'UDP'
  const protocol = PROTOCOLS.get(word.toUpperCase())
  if (protocol === undefined) {
    notes.add(block.line, `the service is left out: its protocol cannot be ${word}`)
    return []
  }
  const ids = readIds(block, all, protocol, notes)
  if (named === undefined && !ids.every(isFwmark)) {
    notes.add(block.line, 'no protocol is named: UDP, as keepalived 2 takes it')
  }
  const servers = block.lines.filter(({ words }) => words[0] === 'real_server')
  return ids.map((id) => ({
    line: block.line,
    id,
    config: readConfiguration(block, id, notes),
    policy: readPolicy(block, id, servers, notes),
    servers: servers.flatMap((server) => readReal(server, block, id, notes) ?? []),
  }))
}

/** `virtual_server ADDRESS PORT`, `virtual_server fwmark MARK`, `virtual_server group NAME` */
function readIds(block: Block, all: readonly Block[], protocol: Protocol, notes: Notes): ServiceId[] {
  const [, first = '', second] = block.words
  if (first !== 'group') return readMember([first, second ?? ''], block, block.line, protocol, notes)
  const group = all.find(({ words }) => words[0] === 'virtual_server_group' && words[1] === second)
  if (group === undefined) {
    notes.add(block.line, `the service is left out: there is no virtual_server_group ${second ?? ''}`)
    return []
  }
  return group.lines.flatMap(({ words, line }) => readMember(words, block, line, protocol, notes))
}

function readMember(
  words: readonly string[],
  block: Block,
  line: number,
  protocol: Protocol,
  notes: Notes,
): ServiceId[] {
  const [first = '', second = '', third] = words
  if (first === 'fwmark') {
    const fwmark = readCount(second, 2 ** 32 - 1)
    if (fwmark !== undefined && fwmark > 0) return [{ family: markFamily(block, third), fwmark }]
  } else {
    const addresses = readAddresses(first)
    const port = readPort(second || '0')
    if (addresses !== undefined && port !== undefined) {
      return addresses.map((address) => ({ family: familyOf(address), protocol, address, port }))
    }
  }
  notes.add(line, `the service is left out: ${words.join(' ')} must be an address and a port, or a mark`)
  return []
}

/** The family of a service by mark is that of its servers. */
function markFamily(block: Block, own: string | undefined): 'inet' | 'inet6' {
  const said = own ?? wordAfter([block], 'ip_family')
  if (said === 'inet' || said === 'inet6') return said
  return lineOf(block, 'real_server')?.words[1]?.includes(':') === true ? 'inet6' : 'inet'
}

/** `192.0.2.1`, `192.0.2.1-10`, `192.0.2.1-192.0.2.10` */
function readAddresses(text: string): Address[] | undefined {
  const [from = '', to] = text.split('-')
  const first = parseAddress(from)
  if (first === undefined || to === undefined) return first && [first]
  const last = parseAddress(/^\d+$/.test(to) ? from.replace(/\d+$/, to) : to)
  return last && addressRange(first, last)
}

/** Seconds. */
const LONGEST_PERSISTENCE = 2_678_400

/** The persistence in seconds; 0 if there is none, as with a number that keepalived refuses. */
function readPersistence(block: Block, notes: Notes): number {
  const line = lineOf(block, 'persistence_timeout')
  if (line === undefined) return 0
  const seconds = readCount(line.words[1] ?? '360', LONGEST_PERSISTENCE) ?? 0
  if (seconds === 0) {
    notes.add(
      line.line,
      `left out: a persistence of ${line.words[1]} seconds, which is none for keepalived either`,
    )
  }
  return seconds
}

const SWITCHES = ['flag-1', 'flag-2', 'flag-3', 'sh-port', 'sh-fallback', 'mh-port', 'mh-fallback']

function readConfiguration(block: Block, { family }: ServiceId, notes: Notes): ServiceConfiguration {
  const word = wordAfter([block], 'lvs_sched', 'lb_algo') ?? 'wlc'
  const scheduler = /^[\w-]{1,15}$/.test(word) ? word : 'wlc'
  const persistence = readPersistence(block, notes)
  const named = SWITCHES.filter((name) => switchOf([block], name))
  const bits = schedulerFlags(named, scheduler)
  if (typeof bits !== 'number') notes.add(block.line, `left out: ${bits.name} is no flag of ${scheduler}`)
  const mask = wordAfter([block], 'persistence_granularity')
  const isMask =
    mask !== undefined &&
    (family === 'inet' ? parseAddress(mask)?.includes('.') : /^([1-9]\d?|1[01]\d|12[0-8])$/.test(mask))
  if (mask !== undefined && isMask !== true) notes.add(block.line, `left out: ${mask} is no netmask`)
  return {
    scheduler,
    flags:
      (persistence === 0 ? 0 : SVC_F.PERSISTENT) |
      (switchOf([block], 'ops') ? SVC_F.ONEPACKET : 0) |
      (typeof bits === 'number' ? bits : 0),
    timeout: persistence,
    netmask: isMask === true ? (mask as Netmask) : hostNetmask(family),
    engine: engineOf(wordAfter([block], 'persistence_engine')),
  }
}

const engineOf = (name: string | undefined) => (name !== undefined && /^\w{1,15}$/.test(name) ? name : '')

/** The forwarding of `lvs_method NAT`, `lb_kind DR`, `lvs_method TUN type gue port 5555 csum`. */
function readMethod(line: Block | undefined, notes: Notes): Partial<DestinationConfiguration> {
  const [, method = 'NAT', ...options] = line?.words ?? []
  if (method === 'DR') return { forwarding: 'route' }
  if (method === 'NAT') return { forwarding: 'masquerade' }
  if (method !== 'TUN') {
    notes.add(line?.line ?? 1, `the method ${method} becomes NAT, keepalived's default`)
    return { forwarding: 'masquerade' }
  }
  const after = (word: string) => (options.includes(word) ? options[options.indexOf(word) + 1] : undefined)
  const type = TUNNEL_TYPES.find((name) => name === after('type')) ?? 'ipip'
  const flags = options.includes('remcsum')
    ? TUNNEL_FLAG.REMCSUM
    : options.includes('csum')
      ? TUNNEL_FLAG.CSUM
      : TUNNEL_FLAG.NOCSUM
  return {
    forwarding: 'tunnel',
    tunnelType: type,
    tunnelPort: type === 'gue' ? (readPort(after('port') ?? '') ?? 0) : 0,
    tunnelFlags: type === 'ipip' ? 0 : flags,
  }
}

const TUNNEL_TYPES: readonly TunnelType[] = ['ipip', 'gue', 'gre']
const METHOD = ['lvs_method', 'lb_kind'] as const

function readReal(server: Block, block: Block, service: ServiceId, notes: Notes): ImportedServer | undefined {
  const [, first = '', second = '0'] = server.words
  const address = parseAddress(first)
  const port = readPort(second)
  if (address === undefined || port === undefined) {
    notes.add(
      server.line,
      `the server is left out: ${first} ${second} must be an address and a port; names are not looked up`,
    )
    return undefined
  }
  const config = {
    ...DESTINATION_DEFAULTS,
    ...readMethod(lineOf(server, ...METHOD) ?? lineOf(block, ...METHOD), notes),
    weight: readCount(wordAfter([server], 'weight')) ?? 1,
    upperThreshold: readCount(wordAfter([server], 'uthreshold')) ?? 0,
    lowerThreshold: readCount(wordAfter([server], 'lthreshold')) ?? 0,
  }
  const id = { family: familyOf(address), address, port }
  return { line: server.line, id, config, check: keepalivedCheck(server, block, service, notes) }
}

function readPolicy(block: Block, id: ServiceId, servers: readonly Block[], notes: Notes): RawPolicy {
  const quiet = servers.filter((server) => switchOf([server, block], 'inhibit_on_failure'))
  if (quiet.length > 0 && quiet.length < servers.length) {
    notes.add(block.line, 'all servers are quiesced when they are down: inhibit_on_failure is of some only')
  }
  const fallback = readSorry(block, id, notes)
  return {
    down: quiet.length > 0 ? 'quiesce' : 'remove',
    ...(fallback !== undefined && { fallback: [fallback] }),
  }
}

function readSorry(block: Block, id: ServiceId, notes: Notes): RawFallback | undefined {
  const sorry = lineOf(block, 'sorry_server')
  if (sorry === undefined) return undefined
  const [, first = '', second] = sorry.words
  const address = parseAddress(first)
  const port = second === undefined ? undefined : readPort(second)
  if (address === undefined || (second !== undefined && port === undefined)) {
    notes.add(sorry.line, `the fallback is left out: ${first} ${second ?? ''} must be an address and a port`)
    return undefined
  }
  const method = readMethod(lineOf(block, 'sorry_server_lvs_method') ?? lineOf(block, ...METHOD), notes)
  const { forwarding = 'masquerade', tunnelType = 'ipip', tunnelPort = 0 } = method
  if (forwarding === 'local' || forwarding === 'bypass') return undefined
  return fallbackOf({ address, port, forwarding, tunnelType, tunnelPort }, id, sorry.line, notes)
}

// ldirectord.cf → rules and configuration of the agent.
import { type Address, familyOf, parseAddress } from '../../model/address.ts'
import { DESTINATION_DEFAULTS } from '../../model/defaults.ts'
import { SVC_F } from '../../model/flags.ts'
import { hostNetmask, type Netmask } from '../../model/netmask.ts'
import { isFwmark, type ServiceConfiguration, type ServiceId } from '../../model/service.ts'
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
import { ldirectordCheck } from './ldirectord-check.ts'
import { readSections, type Section, type Setting, settingOf } from './ldirectord-sections.ts'

const FORWARDING: ReadonlyMap<string, 'route' | 'masquerade' | 'tunnel'> = new Map([
  ['gate', 'route'],
  ['masq', 'masquerade'],
  ['ipip', 'tunnel'],
])

/** Never throws because of the text. @param rulesPath where the rule lines will be */
export function importLdirectord(text: string, rulesPath: string): Imported {
  const notes = new Notes()
  const sections = readSections(text, notes)
  const services = sections.flatMap((section) => readVirtual(section, notes) ?? [])
  if (services.length === 0) notes.add(1, 'no virtual service was found')
  return compose(services, rulesPath, notes)
}

function readVirtual(section: Section, notes: Notes): ImportedService | undefined {
  const { virtual } = section
  const id = readId(section, notes)
  if (id === undefined) return undefined
  const scheduler = settingOf(section, 'scheduler')?.value ?? 'wrr'
  const persistent = settingOf(section, 'persistent')
  const timeout = readCount(persistent?.value)
  if (persistent !== undefined && timeout === undefined) notes.add(persistent.line, 'not a number of seconds')
  let flags = timeout === undefined ? 0 : SVC_F.PERSISTENT
  if (settingOf(section, 'ops')?.value === 'yes') flags |= SVC_F.ONEPACKET
  const config: ServiceConfiguration = {
    scheduler: /^[\w-]{1,15}$/.test(scheduler) ? scheduler : 'wrr',
    flags,
    timeout: timeout ?? 0,
    netmask: readNetmask(settingOf(section, 'netmask'), id, notes),
    engine: '',
  }
  const off = settingOf(section, 'checktype')?.value === 'off'
  const servers = section.reals.flatMap((real) => readReal(real, id, section, off, notes))
  return { line: virtual.line, id, config, policy: readPolicy(section, id, notes), servers }
}

function readNetmask(setting: Setting | undefined, { family }: ServiceId, notes: Notes): Netmask {
  if (setting === undefined) return hostNetmask(family)
  const { value, line } = setting
  if (
    family === 'inet' ? parseAddress(value)?.includes('.') : /^([1-9]|[1-9]\d|1[01]\d|12[0-8])$/.test(value)
  ) {
    return value as Netmask
  }
  notes.add(line, `left out: ${value} is no netmask`)
  return hostNetmask(family)
}

function readId(section: Section, notes: Notes): ServiceId | undefined {
  const { value, line, key } = section.virtual
  const fwmark = readCount(value, 2 ** 32 - 1)
  if (fwmark !== undefined && fwmark > 0) {
    return { family: key === 'virtual6' ? 'inet6' : 'inet', fwmark }
  }
  const endpoint = readEndpoint(value)
  if (endpoint === undefined) {
    notes.add(line, `the service is left out: ${value} must be an address and a port in numbers, or a mark`)
    return undefined
  }
  const { address, port = 0 } = endpoint
  const protocol = settingOf(section, 'protocol')?.value ?? (port === 53 ? 'udp' : 'tcp')
  if (protocol !== 'tcp' && protocol !== 'udp') {
    notes.add(line, `the service is left out: its protocol cannot be ${protocol}`)
    return undefined
  }
  return { family: familyOf(address), protocol, address, port }
}

function readEndpoint(text: string): { address: Address; port: number | undefined } | undefined {
  const match = /^(?:\[([^\]]*)\]|([^:]*))(?::(.+))?$/.exec(text)
  const address = parseAddress(match?.[1] ?? match?.[2] ?? '')
  const port = match?.[3] === undefined ? undefined : readPort(match[3])
  if (address === undefined || (match?.[3] !== undefined && port === undefined)) return undefined
  return { address, port }
}

/** `ADDRESS[->ADDRESS][:PORT] gate|masq|ipip [WEIGHT] ["REQUEST", "RECEIVE"] [l:N] [u:N]` */
function readReal(
  { value, line }: Setting,
  service: ServiceId,
  section: Section,
  off: boolean,
  notes: Notes,
): ImportedServer[] {
  const words = value.match(/"[^"]*"|[^\s,"]+/g) ?? []
  const [where = '', method = ''] = words
  const forwarding = FORWARDING.get(method)
  const addresses = readAddresses(where)
  if (addresses === undefined || forwarding === undefined) {
    notes.add(
      line,
      `the server is left out: ${where} ${method} must be ADDRESS[:PORT] gate, masq or ipip; names are not looked up`,
    )
    return []
  }
  const rest = words.slice(2)
  const strings = rest.filter((word) => word.startsWith('"')).map((word) => word.slice(1, -1))
  const threshold = (letter: string) =>
    readCount(rest.map((word) => new RegExp(`^"?<?${letter}:(\\d+)`).exec(word)?.[1]).find((found) => found))
  const weight = readCount(rest.find((word) => /^\d+$/.test(word))) ?? 1
  const [request, receive] = strings.filter((text) => !/^<?[lu]:\d+/.test(text))
  // Only masquerading changes the port; ldirectord takes the service's otherwise.
  const own = addresses.port ?? 0
  const port = forwarding === 'masquerade' || isFwmark(service) ? own : service.port
  if (port !== own && own !== 0) notes.add(line, `the port is ${port}: only masq can change it`)
  return addresses.list.map((address) => {
    const id = { family: familyOf(address), address, port }
    const config = {
      ...DESTINATION_DEFAULTS,
      forwarding,
      weight: off ? 0 : weight,
      upperThreshold: threshold('u') ?? 0,
      lowerThreshold: threshold('l') ?? 0,
    }
    return {
      line,
      id,
      config,
      check: ldirectordCheck(section, service, id, { request, receive, line }, notes),
    }
  })
}

function readAddresses(text: string): { list: Address[]; port: number | undefined } | undefined {
  const [first = '', last] = text.split('->')
  const end = readEndpoint(last ?? first)
  const start = last === undefined ? end : readEndpoint(first)
  if (start === undefined || end === undefined) return undefined
  if (last === undefined) return { list: [end.address], port: end.port }
  const list = addressRange(start.address, end.address)
  return list && { list, port: end.port }
}

function readPolicy(section: Section, id: ServiceId, notes: Notes): RawPolicy {
  const quiescent = settingOf(section, 'quiescent')?.value !== 'no'
  const fallback = settingOf(section, 'fallback') ?? settingOf(section, 'fallback6')
  const server = fallback && readFallback(fallback, id, notes)
  return {
    down: quiescent ? 'quiesce' : 'remove',
    ...(server !== undefined && { fallback: [server] }),
  }
}

function readFallback({ value, line }: Setting, id: ServiceId, notes: Notes): RawFallback | undefined {
  const [where = '', method = 'gate'] = value.split(/\s+/)
  const endpoint = readEndpoint(where)
  const forwarding = FORWARDING.get(method)
  if (endpoint === undefined || forwarding === undefined) {
    notes.add(line, `the fallback is left out: ${value} must be ADDRESS[:PORT] gate, masq or ipip`)
    return undefined
  }
  return fallbackOf({ ...endpoint, forwarding }, id, line, notes)
}

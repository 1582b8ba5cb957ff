// The check of a server in ldirectord.cf.
import { type Address, parseAddress } from '../../model/address.ts'
import type { DestinationId } from '../../model/destination.ts'
import { isFwmark, type ServiceId } from '../../model/service.ts'
import { reverseDomain } from '../../system/names/dns-messages.ts'
import { FORMATS } from '../config/formats.ts'
import type { RawCheck } from '../config/validate.ts'
import { readCount, readPerlPattern, readPort, readRequest, timing } from './import-values.ts'
import type { Notes } from './imported.ts'
import { type Section, type Setting, settingOf } from './ldirectord-sections.ts'

/** The request and the answer of a single server. */
interface Own {
  readonly request: string | undefined
  readonly receive: string | undefined
  readonly line: number
}

export function ldirectordCheck(
  section: Section,
  service: ServiceId,
  server: DestinationId,
  own: Own,
  notes: Notes,
): RawCheck {
  const type = settingOf(section, 'checktype')
  const common = commonCheck(section, notes)
  const isUdp = !isFwmark(service) && service.protocol === 'udp'
  switch (type?.value) {
    case 'on':
    case 'off':
      return { kind: 'none' }
    case 'external':
    case 'external-perl':
      return externalCheck(section, service, server, common)
    case 'ping':
      notes.add(type.line, `checktype ping becomes ${isUdp ? 'udp' : 'tcp'}: the agent sends no ICMP`)
      return { kind: isUdp ? 'udp' : 'tcp', ...common }
    case 'connect':
      if (isUdp) notes.add(type.line, 'checktype connect of UDP becomes udp: the agent sends no ICMP')
      return { kind: isUdp ? 'udp' : 'tcp', ...common }
    default:
      if (/^\d+$/.test(type?.value ?? '')) {
        notes.add(type?.line ?? 0, 'every check is a negotiation: the agent does not alternate')
      }
      return negotiation(section, service, own, common, isUdp, notes)
  }
}

const DEFAULT_CONNECT = 5
const DEFAULT_NEGOTIATE = 30
const DEFAULT_INTERVAL = 10

function commonCheck(section: Section, notes: Notes): RawCheck {
  const seconds = (key: string) => readCount(settingOf(section, key)?.value, 3600)
  const type = settingOf(section, 'checktype')?.value ?? 'negotiate'
  const negotiates = type === 'negotiate' || /^\d+$/.test(type)
  const [check, negotiate] = [seconds('checktimeout'), seconds('negotiatetimeout')]
  const timeout = negotiates
    ? (negotiate ?? check ?? DEFAULT_NEGOTIATE)
    : (check ?? negotiate ?? DEFAULT_CONNECT)
  const interval = seconds('checkinterval') ?? DEFAULT_INTERVAL
  const { times, longer } = timing(interval, timeout)
  if (longer) {
    const setting = settingOf(section, 'checkinterval') ?? section.virtual
    notes.add(
      setting.line,
      `the interval is ${times.interval}: a timeout of ${timeout} s must be less (set both in agent.yaml)`,
    )
  }
  const checkport = settingOf(section, 'checkport')
  const port = checkport && readPort(checkport.value)
  if (checkport !== undefined && !port) notes.add(checkport.line, `left out: ${checkport.value} is no port`)
  const fall = Math.max(1, readCount(settingOf(section, 'failurecount')?.value, 1000) ?? 1)
  return { ...times, rise: 1, fall, ...(port && { port }) }
}

function externalCheck(
  section: Section,
  service: ServiceId,
  server: DestinationId,
  { port, ...common }: RawCheck,
): RawCheck {
  const program = settingOf(section, 'checkcommand')?.value ?? '/bin/true'
  const virtual = isFwmark(service)
    ? [String(service.fwmark), '']
    : [String(service.address), String(service.port)]
  const command = [
    ...program.split(/\s+/).filter((word) => word !== ''),
    ...virtual,
    server.address,
    String(port ?? server.port),
  ]
  return { kind: 'exec', ...common, command }
}

/** The service that ldirectord takes for granted on a port. */
const SERVICES: Readonly<Record<number, string>> = {
  21: 'ftp',
  25: 'smtp',
  53: 'dns',
  80: 'http',
  110: 'pop',
  119: 'nntp',
  143: 'imap',
  389: 'ldap',
  443: 'https',
  587: 'submission',
  636: 'ldaps',
  993: 'imaps',
  995: 'pops',
  1521: 'oracle',
  1812: 'radius',
  3128: 'http_proxy',
  3306: 'mysql',
  5432: 'pgsql',
  5060: 'sip',
}

function negotiation(
  section: Section,
  service: ServiceId,
  own: Own,
  common: RawCheck,
  isUdp: boolean,
  notes: Notes,
): RawCheck {
  const setting = settingOf(section, 'service')
  const name = setting?.value ?? (isFwmark(service) ? 'none' : (SERVICES[service.port] ?? 'none'))
  switch (name) {
    case 'none':
      return { kind: 'none' }
    case 'http':
    case 'https':
      return httpCheck(name, section, own, common, notes)
    case 'dns':
      return dnsCheck(section, own, common, notes)
    default: {
      const kind = isUdp ? 'udp' : 'tcp'
      const line = setting?.line ?? section.virtual.line
      notes.add(line, `the negotiation of ${name} becomes ${kind}: the agent does not speak it`)
      return { kind, ...common }
    }
  }
}

const textOf = (own: string | undefined, line: number, setting: Setting | undefined) =>
  own === undefined ? { value: setting?.value, line: setting?.line ?? line } : { value: own, line }

function httpCheck(
  kind: 'http' | 'https',
  section: Section,
  own: Own,
  common: RawCheck,
  notes: Notes,
): RawCheck {
  const request = textOf(own.request, own.line, settingOf(section, 'request'))
  const receive = textOf(own.receive, own.line, settingOf(section, 'receive'))
  const { path, ...place } = readRequest(request.value ?? '')
  const host = settingOf(section, 'virtualhost')?.value ?? place.host
  const method = settingOf(section, 'httpmethod')?.value.toUpperCase() === 'HEAD' ? 'HEAD' : 'GET'
  const isHost = host !== undefined && FORMATS.host?.test(host) === true
  if (host !== undefined && !isHost) notes.add(request.line, `left out: ${host} is no name of a host`)
  if (place.host !== undefined) {
    notes.add(request.line, `the check goes to the server itself, and names the host ${place.host}`)
  }
  const body = receive.value ? readPerlPattern(receive.value) : undefined
  if (receive.value && body === undefined) {
    notes.add(receive.line, `left out: JavaScript does not read the pattern ${receive.value}`)
  }
  return {
    kind,
    ...common,
    ...(place.address !== undefined && { address: place.address }),
    ...(place.port !== undefined && { port: place.port }),
    ...(method === 'HEAD' && { method }),
    path,
    ...(isHost && { host }),
    statuses: ['200-299'],
    ...(body !== undefined && method === 'GET' && { body }),
    // ldirectord does not look at certificates.
    ...(kind === 'https' && { verify: false }),
  }
}

function dnsCheck(section: Section, own: Own, common: RawCheck, notes: Notes): RawCheck {
  const request = textOf(own.request, own.line, settingOf(section, 'request'))
  const receive = textOf(own.receive, own.line, settingOf(section, 'receive'))
  const address = parseAddress(request.value ?? '')
  const name = address === undefined ? request.value : reverseDomain(address satisfies Address)
  if (name === undefined || FORMATS.name?.test(name) !== true) {
    notes.add(request.line, 'the check of DNS asks for the root: request must be a name or an address')
    return { kind: 'dns', ...common, name: '.', type: 'SOA' }
  }
  const expect = receive.value ? readPerlPattern(receive.value) : undefined
  return {
    kind: 'dns',
    ...common,
    name,
    type: address === undefined ? 'A' : 'PTR',
    ...(expect !== undefined && { expect }),
  }
}

// Services and servers of another program's configuration → rule lines, agent.yaml, and notes of what is left out.
import { stringify } from 'yaml'
import { RULES } from '../../grammar/refusals.ts'
import type { Address } from '../../model/address.ts'
import type { DestinationConfiguration, DestinationId } from '../../model/destination.ts'
import { destinationKey } from '../../model/destination.ts'
import { serverLegality, serviceLegality } from '../../model/legality.ts'
import { isFwmark, type ServiceConfiguration, type ServiceId, serviceKey } from '../../model/service.ts'
import { formatEndpoint, NUMBERS } from '../../output/endpoints.ts'
import { formatAddServer, formatAddService } from '../../rules/rule-lines.ts'
import { detail } from '../checks/check-result.ts'
import { inherit, planOf } from '../config/kinds.ts'
import { faultsOf, type RawCheck, type RawFallback, type RawPolicy } from '../config/validate.ts'

export interface ImportNote {
  /** Of the text that was read, from 1. */
  readonly line: number
  readonly message: string
}

export interface Imported {
  /** Rule lines. */
  readonly rules: string
  /** The text of agent.yaml. */
  readonly config: string
  /** Settings that could not be carried over, or were replaced, by lines. */
  readonly notes: readonly ImportNote[]
}

export interface ImportedServer {
  readonly line: number
  readonly id: DestinationId
  readonly config: DestinationConfiguration
  readonly check: RawCheck
}

export interface ImportedService {
  readonly line: number
  readonly id: ServiceId
  readonly config: ServiceConfiguration
  readonly policy: RawPolicy
  readonly servers: readonly ImportedServer[]
}

/** Collects notes; the same note of the same line once. */
export class Notes {
  readonly #notes = new Map<string, ImportNote>()

  add(line: number, text: string): void {
    const message = detail(text)
    this.#notes.set(`${line} ${message}`, { line, message })
  }

  get list(): readonly ImportNote[] {
    return [...this.#notes.values()].sort((a, b) => a.line - b.line)
  }
}

/** @param rulesPath where the rule lines will be */
export function compose(services: readonly ImportedService[], rulesPath: string, notes: Notes): Imported {
  const legal = legalServices(services, notes)
  const rules = legal.flatMap((service) => [
    formatAddService(service, NUMBERS),
    ...service.servers.map((server) => formatAddServer(service.id, server, NUMBERS)),
  ])
  const entries = legal.map((service) => {
    const check = usual(service.servers.map((server) => checked(server, notes)))
    return {
      service: serviceText(service.id),
      ...(check !== undefined && { check }),
      ...service.policy,
    }
  })
  const servers = legal.flatMap((service, i) =>
    service.servers
      .filter((server) => !sameData(checked(server, notes), entries[i]?.check))
      .map((server) => ({
        server: endpoint(server.id),
        service: serviceText(service.id),
        check: checked(server, notes),
      })),
  )
  const config = {
    rules: rulesPath,
    ...(entries.length > 0 && { services: entries }),
    ...(servers.length > 0 && { servers }),
  }
  const text = stringify(config, { lineWidth: 0, aliasDuplicateObjects: false })
  return { rules: rules.join(''), config: text, notes: notes.list }
}

/** A server for the time in which no other is up. Only masquerading changes the port. */
export function fallbackOf(
  { address, port, forwarding, tunnelType, tunnelPort }: Fallback,
  service: ServiceId,
  line: number,
  notes: Notes,
): RawFallback {
  const host = address.includes(':') ? `[${address}]` : address
  const hasPort = forwarding === 'masquerade' && port !== undefined && port !== 0
  if (!hasPort && port && !isFwmark(service) && port !== service.port) {
    notes.add(line, `the fallback's port is ${service.port}: only masquerading can change it`)
  }
  return {
    server: hasPort ? `${host}:${port}` : host,
    ...(forwarding !== 'route' && { forwarding }),
    ...(forwarding === 'tunnel' && tunnelType !== undefined && { tunnelType }),
    ...(forwarding === 'tunnel' && tunnelType === 'gue' && tunnelPort !== undefined && { tunnelPort }),
  }
}

interface Fallback {
  readonly address: Address
  readonly port: number | undefined
  readonly forwarding: NonNullable<RawFallback['forwarding']>
  readonly tunnelType?: NonNullable<RawFallback['tunnelType']>
  readonly tunnelPort?: number
}

/** A server's check, or none if it is not one that agent.yaml can have. */
function checked({ line, id, check }: ImportedServer, notes: Notes): RawCheck {
  const { kind = 'none', port } = check
  if (id.port === 0 && port === undefined && kind !== 'none' && kind !== 'exec') {
    notes.add(line, 'the check needs a port, for the server has none: set it in agent.yaml')
  }
  const faults = checkFaults(check)
  for (const fault of faults) notes.add(line, `the check is left out: ${fault}`)
  return faults.length === 0 ? check : { kind: 'none' }
}

/** The reasons for which agent.yaml would be refused with this check. */
function checkFaults(check: RawCheck): string[] {
  const valid = faultsOf({ rules: '/', check })
  if ('faults' in valid) {
    return valid.faults.map(({ path, message }) => `${path.slice(1).join(' ')}: ${message}`)
  }
  const made = planOf(inherit({}, check), check)
  if ('plan' in made) return []
  return made.faults.map(({ key, message }) => `${key === undefined ? '' : `${key}: `}${message}`)
}

/** Without what the kernel would refuse, and without repetitions. */
function legalServices(services: readonly ImportedService[], notes: Notes): ImportedService[] {
  const places = new Map<string, number>()
  const isNew = (key: string, line: number) => {
    const first = places.get(key)
    if (first === undefined) places.set(key, line)
    else notes.add(line, `left out: repeats line ${first}`)
    return first === undefined
  }
  return services
    .filter(({ id, config, line }) => {
      const rule = serviceLegality(id, config)
      if (rule !== undefined) notes.add(line, `the service is left out: ${RULES[rule]}`)
      return rule === undefined && isNew(serviceKey(id), line)
    })
    .map((service) => ({
      ...service,
      servers: service.servers.filter(({ id, config, line }) => {
        const rule = serverLegality(service.id, id, config)
        if (rule !== undefined) notes.add(line, `the server is left out: ${RULES[rule]}`)
        return rule === undefined && isNew(`${serviceKey(service.id)} ${destinationKey(id)}`, line)
      }),
    }))
}

/** The check that most servers have. */
function usual(checks: readonly RawCheck[]): RawCheck | undefined {
  const counts = new Map<string, { readonly check: RawCheck; count: number }>()
  for (const check of checks) {
    const key = JSON.stringify(check)
    const entry = counts.get(key)
    if (entry === undefined) counts.set(key, { check, count: 1 })
    else entry.count++
  }
  return [...counts.values()].sort((a, b) => b.count - a.count)[0]?.check
}

const sameData = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)
const endpoint = ({ address, port }: DestinationId) => formatEndpoint(address, port, undefined, NUMBERS)

function serviceText(id: ServiceId): string {
  if (!isFwmark(id)) return `${id.protocol} ${endpoint(id)}`
  return `fwmark ${id.fwmark}${id.family === 'inet6' ? ' inet6' : ''}`
}

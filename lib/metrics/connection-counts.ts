// Connections counted by service and state, from the kernel's list, in bounded time and memory. The list has no
// services: they are found by the virtual endpoint, and those of a firewall mark by the real server.
import { type ConnectionLine, connectionLines, FIELD } from '../ipvs/connection-list.ts'
import { type Address, familyOf } from '../model/address.ts'
import { decodeLatin1 } from '../model/bytes.ts'
import type { Destination } from '../model/destination.ts'
import { isFwmark, type ServiceId, serviceKey } from '../model/service.ts'

/** Entries that are read at most: some two seconds of work. */
export const MOST_ENTRIES = 1_000_000
/** Distinct pairs of endpoints and state that are kept at most; the entries of others are `unassigned`. */
const MOST_PAIRS = 200_000
/** Entries between two pauses of `counting`. */
const STEP = 10_000

export interface ConnectionCounts {
  /** All entries that were read, persistence templates among them. */
  readonly entries: number
  /** Whether there may be more of them than were read. */
  readonly partial: boolean
  /** By `serviceKey` and state, without templates. */
  readonly states: ReadonlyMap<string, ReadonlyMap<string, number>>
  /** Persistence templates by `serviceKey`. */
  readonly templates: ReadonlyMap<string, number>
  /** Entries of no service of the table, such as one that has been deleted. */
  readonly unassigned: number
}

interface ServiceCounts {
  readonly service: string | undefined
  readonly state: string
  readonly template: boolean
  count: number
}

/** Counts, and yields from time to time so that the caller can do something else meanwhile. */
export function* counting(
  chunks: Iterable<Uint8Array>,
  owners: ConnectionOwners,
  most = MOST_ENTRIES,
): Generator<void, ConnectionCounts, undefined> {
  const groups = new Map<string, ServiceCounts>()
  let entries = 0
  let lost = 0
  let partial = false
  for (const line of connectionLines(chunks)) {
    if (entries === most) {
      partial = true
      break
    }
    entries++
    // Everything that decides the group lies side by side.
    const template = line.hex(FIELD.clientPort) === 0
    const head = line.bytes[line.start(FIELD.protocol)]!
    const rest = decodeLatin1(line.bytes.subarray(line.start(FIELD.virtual), line.end(FIELD.state)))
    const key = `${head}${template ? 't' : 'c'}${rest}`
    const group = groups.get(key)
    if (group !== undefined) group.count++
    else if (groups.size === MOST_PAIRS) lost++
    else groups.set(key, { service: owners.of(line), state: line.string(FIELD.state), template, count: 1 })
    if (entries % STEP === 0) yield
  }
  return summed(groups.values(), { entries, partial, unassigned: lost })
}

/** Counts without a pause. */
export function countConnections(chunks: Iterable<Uint8Array>, owners: ConnectionOwners, most?: number) {
  const steps = counting(chunks, owners, most)
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

function summed(
  groups: Iterable<ServiceCounts>,
  { entries, partial, unassigned }: Pick<ConnectionCounts, 'entries' | 'partial' | 'unassigned'>,
): ConnectionCounts {
  const states = new Map<string, Map<string, number>>()
  const templates = new Map<string, number>()
  let others = unassigned
  for (const { service, state, template, count } of groups) {
    if (service === undefined) others += count
    else if (template) templates.set(service, (templates.get(service) ?? 0) + count)
    else {
      const own = states.get(service) ?? new Map<string, number>()
      states.set(service, own.set(state, (own.get(state) ?? 0) + count))
    }
  }
  return { entries, partial, states, templates, unassigned: others }
}

/** The services that connections may belong to. */
export class ConnectionOwners {
  readonly #services = new Set<string>()
  /** Keys of services by firewall mark, by their servers. */
  readonly #marks = new Map<string, string>()

  addService(key: string): void {
    this.#services.add(key)
  }

  addServers(service: ServiceId, servers: readonly Destination[]): void {
    if (!isFwmark(service)) return
    const key = serviceKey(service)
    for (const { id } of servers) {
      const server = serverOf(service.family, id.address, id.port)
      if (!this.#marks.has(server)) this.#marks.set(server, key)
    }
  }

  /** The `serviceKey` of a line's service. */
  of(line: ConnectionLine): string | undefined {
    const protocol = line.string(FIELD.protocol).toLowerCase()
    if (protocol === 'ip') {
      const family = line.isIPv6(FIELD.client) ? 'inet6' : 'inet'
      const key = serviceKey({ family, fwmark: line.fwmark(FIELD.virtual) })
      return this.#services.has(key) ? key : undefined
    }
    const address = line.address(FIELD.virtual)
    for (const port of [line.port(FIELD.virtualPort), 0]) {
      const key = `${protocol} ${address} ${port}`
      if (this.#services.has(key)) return key
    }
    const server = line.address(FIELD.destination)
    const family = familyOf(address)
    return (
      this.#marks.get(serverOf(family, server, line.port(FIELD.destinationPort))) ??
      this.#marks.get(serverOf(family, server, 0))
    )
  }
}

const serverOf = (family: string, address: Address, port: number) => `${family} ${address} ${port}`

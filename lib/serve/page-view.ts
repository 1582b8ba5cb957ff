// The rows that the page shows: an observation in, plain data out.
import type { ServerHealth } from '../metrics/health.ts'
import { serverName, serviceLabels } from '../metrics/names.ts'
import type { AbsentServer, Observation } from '../metrics/observation.ts'
import type { Destination } from '../model/destination.ts'
import { serviceFlagNames } from '../model/flag-names.ts'
import { serverKey } from '../model/server-key.ts'
import { serviceKey } from '../model/service.ts'
import type { Stats } from '../model/stats.ts'
import type { VirtualService } from '../model/virtual-service.ts'
import type { Count, PageServerRow, PageServerState, PageServiceRow, PageTotals } from './page-rows.ts'

const count = (value: bigint): Count => (value <= Number.MAX_SAFE_INTEGER ? Number(value) : `${value}`)

const counters = (stats: Stats) => ({
  connections: count(stats.connections),
  inPackets: count(stats.inPackets),
  outPackets: count(stats.outPackets),
  inBytes: count(stats.inBytes),
  outBytes: count(stats.outBytes),
  connectionRate: count(stats.connectionRate),
  inByteRate: count(stats.inByteRate),
  outByteRate: count(stats.outByteRate),
})

const NO_COUNTERS = {
  connections: 0,
  inPackets: 0,
  outPackets: 0,
  inBytes: 0,
  outBytes: 0,
  connectionRate: 0,
  inByteRate: 0,
  outByteRate: 0,
}

/** All rows, the services before their servers, and the sums of all. */
export interface PageView {
  readonly services: readonly PageServiceRow[]
  readonly servers: readonly PageServerRow[]
  readonly totals: PageTotals
}

export function viewOf({ table, health, totals, absent = [] }: Observation): PageView {
  const missing = new Map<string, AbsentServer[]>()
  for (const one of absent) {
    const key = serviceKey(one.service)
    missing.set(key, [...(missing.get(key) ?? []), one])
  }
  const services: PageServiceRow[] = []
  const servers: PageServerRow[] = []
  const sums = { services: 0, servers: 0, down: 0, active: 0, inactive: 0 }
  for (const entry of table) {
    const states = entry.destinations.map((server) =>
      stateOf(server, health?.get(serverKey(entry.service.id, server.id))),
    )
    const gone = (missing.get(serviceKey(entry.service.id)) ?? []).map((one) => absentRow(one, health))
    const row = serviceRow(entry, [...states, ...gone.map(({ state }) => state)])
    services.push(row)
    entry.destinations.forEach((server, i) => {
      servers.push(serverRow(entry, server, states[i]!, health))
    })
    servers.push(...gone)
    sums.services += 1
    sums.servers += row.servers
    sums.down += row.down
    sums.active += row.active
    sums.inactive += row.inactive
  }
  return {
    services,
    servers,
    totals: { ...sums, connections: totals === undefined ? null : count(totals.connections) },
  }
}

/** A health checker's verdict counts most; without one, the weight and the thresholds say what a server does. */
function stateOf({ config, observed }: Destination, health: ServerHealth | undefined): PageServerState {
  if (health?.status === 'down') return 'down'
  if (config.weight === 0) return 'drained'
  const connections = observed.activeConnections + observed.inactiveConnections
  if (config.upperThreshold > 0 && connections >= config.upperThreshold) return 'full'
  return health?.status ?? 'in use'
}

function serviceRow(
  { service, destinations }: VirtualService,
  states: readonly PageServerState[],
): PageServiceRow {
  const { id, config, observed } = service
  const sum = (value: (server: Destination) => number) =>
    destinations.reduce((total, server) => total + value(server), 0)
  return {
    key: serviceKey(id),
    ...serviceLabels(id),
    scheduler: config.scheduler,
    flags: serviceFlagNames(config.flags, config.scheduler).join(' '),
    servers: states.length,
    down: states.filter((state) => state === 'down' || state === 'drained').length,
    weight: sum((server) => server.config.weight),
    active: sum((server) => server.observed.activeConnections),
    inactive: sum((server) => server.observed.inactiveConnections),
    ...counters(observed.stats),
  }
}

/** A server that is checked, but not in the table: it is down, or about to be added. */
function absentRow({ service, server }: AbsentServer, health: Observation['health']): PageServerRow {
  const key = serverKey(service, server)
  return {
    key,
    of: serviceKey(service),
    name: serverName(server),
    state: health?.get(key)?.status === 'down' ? 'down' : 'unknown',
    forwarding: 'not in the table',
    weight: 0,
    upper: 0,
    lower: 0,
    active: 0,
    inactive: 0,
    persistent: 0,
    ...NO_COUNTERS,
    ...checkFields(health?.get(key)),
  }
}

function serverRow(
  { service }: VirtualService,
  { id, config, observed }: Destination,
  state: PageServerState,
  health: Observation['health'],
): PageServerRow {
  const key = serverKey(service.id, id)
  return {
    key,
    of: serviceKey(service.id),
    name: serverName(id),
    state,
    forwarding: config.forwarding,
    weight: config.weight,
    upper: config.upperThreshold,
    lower: config.lowerThreshold,
    active: observed.activeConnections,
    inactive: observed.inactiveConnections,
    persistent: observed.persistentConnections,
    ...counters(observed.stats),
    ...checkFields(health?.get(key)),
  }
}

const checkFields = (health: ServerHealth | undefined) => ({
  since: health?.since.getTime() ?? null,
  checked: health?.check?.at.getTime() ?? null,
  detail: health?.check?.detail ?? null,
})

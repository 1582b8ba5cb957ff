// The director at one moment, and its reading.
import type { IpvsClient } from '../ipvs/client.ts'
import type { Destination, DestinationId } from '../model/destination.ts'
import type { Info, SyncDaemon, Timeouts } from '../model/director.ts'
import { serverKey } from '../model/server-key.ts'
import type { Service, ServiceId } from '../model/service.ts'
import type { VirtualService } from '../model/virtual-service.ts'
import type { System } from '../system/system.ts'
import type { ConnectionCounts } from './connection-counts.ts'
import type { HealthByServer, ServerHealth } from './health.ts'
import { readTotals, type Totals } from './totals.ts'

export interface AbsentServer {
  readonly service: ServiceId
  readonly server: DestinationId
}

/** All but the table. */
export interface DirectorObservation {
  readonly info: Info
  readonly daemons: readonly SyncDaemon[]
  readonly timeouts: Timeouts
  /** Absent if the kernel's file cannot be read, as are the connections. */
  readonly totals?: Totals | undefined
  readonly connections?: ConnectionCounts | undefined
}

export interface Observation extends DirectorObservation {
  readonly table: readonly VirtualService[]
  /** Of a health checker, if there is one. */
  readonly health?: HealthByServer | undefined
  /** Servers that it checks, but that are not in the table: those that are down may be removed. */
  readonly absent?: readonly AbsentServer[] | undefined
}

/** All servers that are checked, those of the table first. */
export function* checkedServers({
  table,
  health,
  absent = [],
}: Observation): Generator<AbsentServer & { readonly health: ServerHealth }, void, undefined> {
  for (const { service, destinations } of table) {
    for (const { id } of destinations) {
      const state = health?.get(serverKey(service.id, id))
      if (state !== undefined) yield { service: service.id, server: id, health: state }
    }
  }
  for (const { service, server } of absent) {
    const state = health?.get(serverKey(service, server))
    if (state !== undefined) yield { service, server, health: state }
  }
}

/** The order of a table that is read; by default the kernel's. */
export interface TableOrder {
  readonly services: (services: readonly Service[]) => readonly Service[]
  readonly servers: (servers: readonly Destination[]) => readonly Destination[]
}

const KERNEL_ORDER: TableOrder = { services: (services) => services, servers: (servers) => servers }

/** Takes all services of a table, and then the servers of each, in the same order. */
export interface TableSink {
  service(service: Service): void
  servers(servers: readonly Destination[]): void
}

/** Passes the table to a sink, without keeping it. Connections are not read. */
export async function visitTable(
  client: IpvsClient,
  system: Pick<System, 'readFile'>,
  sink: TableSink,
  order = KERNEL_ORDER,
): Promise<DirectorObservation> {
  const ids = await visitServices(client, sink, order)
  let at = 0
  await client.visitDestinations({
    next: () => ids[at++],
    take: (servers) => sink.servers(order.servers(servers)),
  })
  return {
    info: await client.currentInfo(),
    daemons: await client.daemons(),
    timeouts: await client.timeouts(),
    totals: readTotals(system),
  }
}

/** Apart, so that the services are forgotten before their servers are read. */
async function visitServices(client: IpvsClient, sink: TableSink, order: TableOrder): Promise<ServiceId[]> {
  const services = order.services(await client.services())
  for (const service of services) sink.service(service)
  return services.map(({ id }) => id)
}

/** All but the connections. */
export async function observe(client: IpvsClient, system: Pick<System, 'readFile'>): Promise<Observation> {
  const services: Service[] = []
  const table: VirtualService[] = []
  const sink: TableSink = {
    service: (service) => void services.push(service),
    servers: (destinations) => void table.push({ service: services[table.length]!, destinations }),
  }
  return { ...(await visitTable(client, system, sink)), table }
}

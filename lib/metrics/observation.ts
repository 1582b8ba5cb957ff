// The director at one moment, and its reading.
import type { IpvsClient } from '../ipvs/client.ts'
import type { Destination, DestinationId } from '../model/destination.ts'
import type { Info, SyncDaemon, Timeouts } from '../model/director.ts'
import type { Service, ServiceId } from '../model/service.ts'
import type { VirtualService } from '../model/virtual-service.ts'
import type { System } from '../system/system.ts'
import type { ConnectionCounts } from './connection-counts.ts'
import { type HealthByServer, type ServerHealth, serverKey } from './health.ts'
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

/** Passes each service with its servers to `take`, without keeping them. Connections are not read. */
export async function visitTable(
  client: IpvsClient,
  system: Pick<System, 'readFile'>,
  take: (entry: VirtualService) => void,
  order = KERNEL_ORDER,
): Promise<DirectorObservation> {
  const services = order.services(await client.services())
  let at = 0
  await client.visitDestinations({
    next: () => services[at]?.id,
    take: (servers) => take({ service: services[at++]!, destinations: order.servers(servers) }),
  })
  return {
    info: client.info,
    daemons: await client.daemons(),
    timeouts: await client.timeouts(),
    totals: readTotals(system),
  }
}

/** All but the connections. */
export async function observe(client: IpvsClient, system: Pick<System, 'readFile'>): Promise<Observation> {
  const table: VirtualService[] = []
  return { ...(await visitTable(client, system, (entry) => table.push(entry))), table }
}

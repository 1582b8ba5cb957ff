// Everything that the metrics are made of, as it was at one moment; and reading it.
import type { IpvsClient } from '../ipvs/client.ts'
import type { DestinationId } from '../model/destination.ts'
import type { Info, SyncDaemon, Timeouts } from '../model/director.ts'
import type { ServiceId } from '../model/service.ts'
import type { VirtualService } from '../model/virtual-service.ts'
import type { System } from '../system/system.ts'
import type { ConnectionCounts } from './connection-counts.ts'
import { type HealthByServer, type ServerHealth, serverKey } from './health.ts'
import { readTotals, type Totals } from './totals.ts'

export interface AbsentServer {
  readonly service: ServiceId
  readonly server: DestinationId
}

export interface Observation {
  readonly info: Info
  readonly table: readonly VirtualService[]
  readonly daemons: readonly SyncDaemon[]
  readonly timeouts: Timeouts
  /** Absent if the kernel's file cannot be read, as are the connections. */
  readonly totals?: Totals | undefined
  readonly connections?: ConnectionCounts | undefined
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

/** All but the connections. */
export async function observe(client: IpvsClient, system: Pick<System, 'readFile'>): Promise<Observation> {
  return {
    info: client.info,
    table: await client.table(),
    daemons: await client.daemons(),
    timeouts: await client.timeouts(),
    totals: readTotals(system),
  }
}

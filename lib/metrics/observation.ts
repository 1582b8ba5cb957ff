// Everything that the metrics are made of, as it was at one moment; and reading it.
import type { IpvsClient } from '../ipvs/client.ts'
import type { Info, SyncDaemon, Timeouts } from '../model/director.ts'
import type { VirtualService } from '../model/virtual-service.ts'
import type { System } from '../system/system.ts'
import type { ConnectionCounts } from './connection-counts.ts'
import type { HealthByServer } from './health.ts'
import { readTotals, type Totals } from './totals.ts'

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

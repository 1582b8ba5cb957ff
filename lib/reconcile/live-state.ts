// The director's state as a plan starts from it and as an undo goes back to it.
import type { IpvsClient } from '../ipvs/client.ts'
import { destinationKey } from '../model/destination.ts'
import type { SyncDaemon, Timeouts } from '../model/director.ts'
import type { Ruleset, WantedDaemon, WantedServer, WantedService } from '../model/ruleset.ts'
import { serviceKey } from '../model/service.ts'
import type { VirtualService } from '../model/virtual-service.ts'

export interface LiveState {
  readonly table: readonly VirtualService[]
  /** Undefined, as the daemons: nobody wants to change them, so they were not read. */
  readonly timeouts: Timeouts | undefined
  readonly daemons: readonly SyncDaemon[] | undefined
}

/** What of the director besides its table is to be read. */
export interface Extent {
  readonly timeouts: boolean
  readonly daemons: boolean
}

export function extentOf({ timeouts, daemons }: Ruleset): Extent {
  return { timeouts: timeouts !== undefined, daemons: daemons.size > 0 }
}

/** Reads it from the kernel, counters left out. */
export async function readLiveState(client: IpvsClient, extent: Extent): Promise<LiveState> {
  return {
    table: await client.table({ stats: false }),
    timeouts: extent.timeouts ? await client.timeouts() : undefined,
    daemons: extent.daemons ? await client.daemons() : undefined,
  }
}

/** The ruleset that asks for this very state. */
export function rulesetOf({ table, timeouts, daemons }: LiveState): Ruleset {
  const line = 0
  const services = new Map<string, WantedService>()
  for (const { service, destinations } of table) {
    const servers = new Map<string, WantedServer>()
    for (const { id, config } of destinations) servers.set(destinationKey(id), { id, config, line })
    services.set(serviceKey(service.id), { id: service.id, config: service.config, line, servers })
  }
  const wanted = (state: SyncDaemon['state']): [SyncDaemon['state'], WantedDaemon] => [
    state,
    { daemon: daemons?.find((daemon) => daemon.state === state), line },
  ]
  return {
    services,
    timeouts: timeouts && { values: timeouts, line },
    daemons: new Map(daemons && [wanted('master'), wanted('backup')]),
    zeros: [],
  }
}

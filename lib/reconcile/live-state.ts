// The director's live state: the start of a plan and the target of an undo.
import type { IpvsClient } from '../ipvs/client.ts'
import type { Settings } from '../ipvs/read-settings.ts'
import { type Destination, destinationKey } from '../model/destination.ts'
import type { SyncDaemon, Timeouts } from '../model/director.ts'
import { ESRCH, KernelError } from '../model/errors.ts'
import type { KeySet, Ruleset, WantedDaemon, WantedServer, WantedService } from '../model/ruleset.ts'
import { type Service, type ServiceId, serviceKey } from '../model/service.ts'
import type { VirtualService } from '../model/virtual-service.ts'

/** A service and its servers, without what is observed. */
export interface LiveService {
  readonly service: Settings<Service>
  readonly destinations: readonly Settings<Destination>[]
}

export interface LiveState {
  /** All services; or those that are not as wanted (`readDifferences`). */
  readonly table: readonly LiveService[]
  /** The keys of the others, which are as wanted and are not kept. */
  readonly asWanted?: Pick<KeySet, 'has'>
  /** Undefined, like the daemons, if not read, because no change concerns them. */
  readonly timeouts: Timeouts | undefined
  readonly daemons: readonly SyncDaemon[] | undefined
}

/** The state with all services. */
export interface WholeState extends LiveState {
  readonly table: readonly VirtualService[]
}

/** The part of the state to read. */
export interface Extent {
  readonly timeouts: boolean
  readonly daemons: boolean
  /** Default: all services. */
  readonly includes?: (service: ServiceId) => boolean
}

export function extentOf({ timeouts, daemons }: Ruleset): Extent {
  return { timeouts: timeouts !== undefined, daemons: daemons.size > 0 }
}

/** Reads the whole state from the kernel, without counters. */
export async function readLiveState(client: IpvsClient, extent: Extent): Promise<WholeState> {
  const { includes = () => true } = extent
  const options = { stats: false }
  const table: VirtualService[] = []
  for (const service of await client.services(options)) {
    if (!includes(service.id)) continue
    table.push({ service, destinations: await client.destinations(service.id, options) })
  }
  return { table, ...(await readDirector(client, extent)) }
}

/** Reads some services, without those that do not exist. */
export async function readServices(client: IpvsClient, ids: Iterable<ServiceId>): Promise<VirtualService[]> {
  const options = { stats: false }
  const table: VirtualService[] = []
  for (const id of ids) {
    const service = await client.service(id, options).catch(absent)
    if (service !== undefined) table.push({ service, destinations: await client.destinations(id, options) })
  }
  return table
}

function absent(error: unknown): undefined {
  if (!(error instanceof KernelError) || error.errno !== ESRCH) throw error
}

export async function readDirector(client: IpvsClient, { timeouts, daemons }: Extent) {
  return {
    timeouts: timeouts ? await client.timeouts() : undefined,
    daemons: daemons ? await client.daemons() : undefined,
  }
}

/** The ruleset that describes this state. */
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

// Reads the live state and compares it while reading: services that are as wanted are not kept, so that a large table takes no
// memory.
import type { IpvsClient } from '../ipvs/client.ts'
import type { EntryVisitor } from '../ipvs/read-list.ts'
import type { Settings } from '../ipvs/read-settings.ts'
import type { Destination } from '../model/destination.ts'
import { configOf, type KeySet, type Ruleset } from '../model/ruleset.ts'
import { type Service, type ServiceId, serviceKey } from '../model/service.ts'
import { serversAreAsWanted, serviceIsAsWanted } from './compare.ts'
import { type Extent, type LiveService, type LiveState, readDirector } from './live-state.ts'

/** The servers of a service, or that they are as wanted, if they need not be read; otherwise undefined. */
export type KnownServers = (key: string) => readonly Settings<Destination>[] | 'as wanted' | undefined

/** The state without counters, and without the services that are as wanted. */
export async function readDifferences(
  client: IpvsClient,
  extent: Extent,
  wanted: Ruleset,
  known: KnownServers = () => undefined,
): Promise<LiveState> {
  const { includes = () => true } = extent
  const live = new LiveServices(wanted, includes)
  await client.visitServices(live)
  const table: LiveService[] = []
  const asWanted: KeySet = wanted.services.keySet?.() ?? new Set<string>()
  for (const key of live.keys) {
    const other = live.others.get(key)
    const servers = known(key)
    if (servers === 'as wanted' && other === undefined) {
      asWanted.add(key)
      continue
    }
    const rule = wanted.services.get(key)
    // A service that is as the rule has it: settings that differ have no effect.
    const service = other ?? { id: rule!.id, config: rule!.config }
    const destinations = Array.isArray(servers) ? servers : await client.serverSettings(service.id)
    if (other === undefined && serversAreAsWanted(destinations, rule!.servers)) asWanted.add(key)
    else table.push({ service, destinations })
  }
  return { table, asWanted, ...(await readDirector(client, extent)) }
}

class LiveServices implements EntryVisitor<Settings<Service>> {
  /** In the kernel's order. */
  keys: string[] = []
  /** The services that are not wanted, or not so. */
  readonly others = new Map<string, Settings<Service>>()
  readonly #wanted: Ruleset
  readonly #includes: (service: ServiceId) => boolean

  constructor(wanted: Ruleset, includes: (service: ServiceId) => boolean) {
    this.#wanted = wanted
    this.#includes = includes
  }

  visit(service: Settings<Service>): void {
    if (!this.#includes(service.id)) return
    const key = serviceKey(service.id)
    this.keys.push(key)
    const config = configOf(this.#wanted.services, key)
    if (config === undefined || !serviceIsAsWanted(service.config, config)) this.others.set(key, service)
  }

  restart(): void {
    this.keys = []
    this.others.clear()
  }

  isConsistent(): boolean {
    return new Set(this.keys).size === this.keys.length
  }
}

// Reads the live state and compares it while reading: services that are as wanted are not kept, so that a large table takes no
// memory.
import type { IpvsClient } from '../ipvs/client.ts'
import type { EntryVisitor } from '../ipvs/read-list.ts'
import type { ListComparison, ServerLists, Settings } from '../ipvs/read-settings.ts'
import type { Destination } from '../model/destination.ts'
import { configOf, type KeySet, type Ruleset, type WantedService } from '../model/ruleset.ts'
import { type Service, type ServiceId, serviceKey } from '../model/service.ts'
import { type ServerComparison, serverComparison } from '../rules/entry-comparison.ts'
import { NONE, WantedServers, WantedTable } from '../rules/wanted-table.ts'
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
  const lists = new ComparedServers(wanted, live, known)
  await client.visitServers(lists)
  return { table: lists.table, asWanted: lists.asWanted, ...(await readDirector(client, extent)) }
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

/** Compares the servers of one service after the other, in the kernel's order. */
class ComparedServers implements ServerLists, ListComparison {
  /** The services that are not as wanted. */
  readonly table: LiveService[] = []
  /** The keys of the others. */
  readonly asWanted: KeySet
  readonly #wanted: Ruleset
  readonly #live: LiveServices
  readonly #known: KnownServers
  #at = 0
  #other: Settings<Service> | undefined
  /** Undefined if the service is not wanted. */
  #rule: WantedService | undefined
  readonly #rows: ServerComparison | undefined

  constructor(wanted: Ruleset, live: LiveServices, known: KnownServers) {
    this.#wanted = wanted
    this.#live = live
    this.#known = known
    this.asWanted = wanted.services.keySet?.() ?? new Set<string>()
    const { services } = wanted
    this.#rows = services instanceof WantedTable ? serverComparison(services) : undefined
  }

  get comparison(): ListComparison | undefined {
    return this.#rows === undefined ? undefined : this
  }

  begin(): void {
    const servers = this.#rule?.servers
    this.#rows!.begin(servers instanceof WantedServers ? servers.service : NONE)
  }

  takeDatagram(datagram: Uint8Array, sequence: number, port: number): boolean {
    return this.#rows!.take(datagram, sequence, port)
  }

  /** A server that is as the rule has it is the rule's, like a service. */
  taken(): Settings<Destination>[] {
    const table = this.#wanted.services as WantedTable
    return Array.from(this.#rows!.taken, (server) => ({
      id: table.serverId(server),
      config: table.servers.config(server),
    }))
  }

  end(): void {
    const isAsWanted = this.#other === undefined && this.#rows!.taken.length === this.#rule!.servers.size
    if (isAsWanted) this.asWanted.add(this.#live.keys[this.#at++]!)
    else this.take(this.taken())
  }

  next(): ServiceId | undefined {
    const { keys, others } = this.#live
    while (this.#at < keys.length) {
      const key = keys[this.#at]!
      const servers = this.#known(key)
      this.#other = others.get(key)
      if (servers === 'as wanted' && this.#other === undefined) {
        this.asWanted.add(key)
        this.#at++
        continue
      }
      this.#rule = this.#wanted.services.get(key)
      if (!Array.isArray(servers)) return this.#service.id
      this.take(servers)
    }
    return undefined
  }

  take(destinations: readonly Settings<Destination>[]): void {
    const key = this.#live.keys[this.#at++]!
    if (this.#other === undefined && serversAreAsWanted(destinations, this.#rule!.servers))
      this.asWanted.add(key)
    else this.table.push({ service: this.#service, destinations })
  }

  /** A service that is as the rule has it is the rule's: settings that differ have no effect. */
  get #service(): Settings<Service> {
    return this.#other ?? { id: this.#rule!.id, config: this.#rule!.config }
  }
}

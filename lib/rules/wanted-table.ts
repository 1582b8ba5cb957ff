// The services and servers of a rule file, compactly: keys and columns of numbers. Entries become objects when they are asked
// for, and are not kept.
import { DESTINATION, SERVICE } from '../ipvs/schema.ts'
import { type DestinationConfiguration, destinationOfKey } from '../model/destination.ts'
import { normalServer, normalService } from '../model/normal-form.ts'
import type { Entries, KeySet, WantedServer, WantedService } from '../model/ruleset.ts'
import { type ServiceConfiguration, serviceOfKey } from '../model/service.ts'
import { Configurations, EntryColumns, NumberList } from './wanted-columns.ts'

/** No entry. */
export const NONE = -1
/** The number of a service's servers from which on their index is kept. */
const REBUILT = 16

const fieldsOf = <G extends object>(group: G) => Object.keys(group) as (keyof G)[]

/** Services and servers by number. The servers of a service are a chain in the order of the file. */
export class WantedTable implements Entries<WantedService> {
  readonly #numbers = new Map<string, number>()
  readonly #services = new EntryColumns<ServiceConfiguration>(
    new Configurations(fieldsOf(SERVICE.schema.config), normalService),
  )
  readonly #servers = new EntryColumns<DestinationConfiguration>(
    new Configurations(fieldsOf(DESTINATION.schema.config), normalServer),
  )
  // Of each service: its first and last server, and their number.
  readonly #first = new NumberList()
  readonly #last = new NumberList()
  readonly #counts = new NumberList()
  /** The numbers of deleted servers of services. */
  readonly #deleted = new Map<number, number>()
  // Of each server: its key (empty if it is deleted), and the next one of its service.
  readonly #serverKeys: string[] = []
  readonly #next = new NumberList()
  // Indexes of servers: of services with many, and that of the service that was used last.
  readonly #indexes = new Map<number, Map<string, number>>()
  #recent = NONE
  #recentIndex = new Map<string, number>()

  get size(): number {
    return this.#numbers.size
  }

  has(key: string): boolean {
    return this.#numbers.has(key)
  }

  get(key: string): WantedService | undefined {
    const service = this.#numbers.get(key)
    return service === undefined ? undefined : this.#entry(key, service)
  }

  config(key: string): ServiceConfiguration | undefined {
    const service = this.#numbers.get(key)
    return service === undefined ? undefined : this.#services.config(service)
  }

  keys(): IterableIterator<string> {
    return this.#numbers.keys()
  }

  keySet(): KeySet {
    return new KeyBits(this.#numbers, this.#first.length)
  }

  *values(): Generator<WantedService, void, undefined> {
    for (const [, service] of this) yield service
  }

  *[Symbol.iterator](): Generator<[string, WantedService], void, undefined> {
    for (const [key, service] of this.#numbers) yield [key, this.#entry(key, service)]
  }

  #entry(key: string, service: number): WantedService {
    const servers = new WantedServers(this, service)
    return {
      id: serviceOfKey(key),
      config: this.#services.config(service),
      line: this.#services.line(service),
      servers,
    }
  }

  /** The number of a service. */
  find(key: string): number {
    return this.#numbers.get(key) ?? NONE
  }

  /** The columns of services and servers, by their numbers. */
  get services(): EntryColumns<ServiceConfiguration> {
    return this.#services
  }

  get servers(): EntryColumns<DestinationConfiguration> {
    return this.#servers
  }

  add(key: string, config: ServiceConfiguration, line: number): void {
    this.#numbers.set(key, this.#services.add(config, line))
    this.#first.push(NONE)
    this.#last.push(NONE)
    this.#counts.push(0)
  }

  /** The numbers of a deleted entry are not used again. */
  delete(key: string): void {
    this.#numbers.delete(key)
  }

  clear(): void {
    this.#numbers.clear()
  }

  /** The first server of a service, or none. */
  firstServer(service: number): number {
    return this.#present(this.#first.at(service))
  }

  /** The next server of the same service, or none. */
  nextServer(server: number): number {
    return this.#present(this.#next.at(server))
  }

  #present(server: number): number {
    let at = server
    while (at !== NONE && this.#serverKeys[at] === '') at = this.#next.at(at)
    return at
  }

  serverKey(server: number): string {
    return this.#serverKeys[server]!
  }

  serverCount(service: number): number {
    return this.#counts.at(service) - (this.#deleted.get(service) ?? 0)
  }

  findServer(service: number, key: string): number {
    return this.#index(service).get(key) ?? NONE
  }

  addServer(service: number, key: string, config: DestinationConfiguration, line: number): void {
    const server = this.#servers.add(config, line)
    this.#serverKeys.push(key)
    this.#next.push(NONE)
    const last = this.#last.at(service)
    if (last === NONE) this.#first.set(service, server)
    else this.#next.set(last, server)
    this.#last.set(service, server)
    this.#counts.set(service, this.#counts.at(service) + 1)
    const index = this.#index(service)
    index.set(key, server)
    if (index.size === REBUILT) this.#indexes.set(service, index)
  }

  deleteServer(service: number, server: number): void {
    this.#index(service).delete(this.#serverKeys[server]!)
    this.#serverKeys[server] = ''
    this.#deleted.set(service, (this.#deleted.get(service) ?? 0) + 1)
  }

  /** The servers of a service by their keys. */
  #index(service: number): Map<string, number> {
    if (service === this.#recent) return this.#recentIndex
    let index = this.#indexes.get(service)
    if (index === undefined) {
      index = new Map()
      for (let at = this.firstServer(service); at !== NONE; at = this.nextServer(at)) {
        index.set(this.#serverKeys[at]!, at)
      }
    }
    this.#recent = service
    this.#recentIndex = index
    return index
  }
}

/** A set of keys with numbers, a bit for each. */
class KeyBits implements KeySet {
  readonly #numbers: ReadonlyMap<string, number>
  readonly #bits: Uint8Array

  constructor(numbers: ReadonlyMap<string, number>, highest: number) {
    this.#numbers = numbers
    this.#bits = new Uint8Array((highest >> 3) + 1)
  }

  has(key: string): boolean {
    const number = this.#numbers.get(key)
    return number !== undefined && (this.#bits[number >> 3]! & (1 << (number & 7))) !== 0
  }

  add(key: string): void {
    const number = this.#numbers.get(key)!
    this.#bits[number >> 3]! |= 1 << (number & 7)
  }
}

/** The servers of one service. */
class WantedServers implements Entries<WantedServer> {
  readonly #table: WantedTable
  readonly #service: number

  constructor(table: WantedTable, service: number) {
    this.#table = table
    this.#service = service
  }

  get size(): number {
    return this.#table.serverCount(this.#service)
  }

  has(key: string): boolean {
    return this.#table.findServer(this.#service, key) !== NONE
  }

  get(key: string): WantedServer | undefined {
    const server = this.#table.findServer(this.#service, key)
    return server === NONE ? undefined : this.#entry(server)
  }

  config(key: string): DestinationConfiguration | undefined {
    const server = this.#table.findServer(this.#service, key)
    return server === NONE ? undefined : this.#table.servers.config(server)
  }

  *keys(): Generator<string, void, undefined> {
    const table = this.#table
    for (let at = table.firstServer(this.#service); at !== NONE; at = table.nextServer(at)) {
      yield table.serverKey(at)
    }
  }

  *values(): Generator<WantedServer, void, undefined> {
    const table = this.#table
    for (let at = table.firstServer(this.#service); at !== NONE; at = table.nextServer(at)) {
      yield this.#entry(at)
    }
  }

  *[Symbol.iterator](): Generator<[string, WantedServer], void, undefined> {
    const table = this.#table
    for (let at = table.firstServer(this.#service); at !== NONE; at = table.nextServer(at)) {
      yield [table.serverKey(at), this.#entry(at)]
    }
  }

  #entry(server: number): WantedServer {
    const { servers } = this.#table
    const id = destinationOfKey(this.#table.serverKey(server))
    return { id, config: servers.config(server), line: servers.line(server) }
  }
}

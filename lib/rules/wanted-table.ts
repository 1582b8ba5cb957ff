// The services and servers of a rule file, compactly: rows of numbers. Entries become objects when they are asked for, and are
// not kept.
import { DESTINATION, SERVICE } from '../ipvs/schema.ts'
import { AF, IPPROTO } from '../ipvs/uapi.ts'
import { type Address, type Family, familyOf, ipv4Address } from '../model/address.ts'
import {
  type DestinationConfiguration,
  type DestinationId,
  destinationKey,
  destinationOfKey,
} from '../model/destination.ts'
import { normalServer, normalService } from '../model/normal-form.ts'
import type { Entries, KeySet, WantedServer, WantedService } from '../model/ruleset.ts'
import { dottedQuad } from '../model/scan.ts'
import {
  isFwmark,
  type Protocol,
  type ServiceConfiguration,
  type ServiceId,
  serviceKey,
  serviceOfKey,
} from '../model/service.ts'
import { Configurations } from './configurations.ts'
import { EntryRows, NONE, ROW, SERVER_ROW, SERVICE_ROW } from './entry-rows.ts'
import { KeyBits } from './key-bits.ts'

export { NONE }

const fieldsOf = <G extends object>(group: G) => Object.keys(group) as (keyof G)[]

/** The owner of services by firewall mark. */
const FWMARK = 0
const OWNERS: Readonly<Record<Protocol, number>> = {
  tcp: IPPROTO.TCP,
  udp: IPPROTO.UDP,
  sctp: IPPROTO.SCTP,
}
const PROTOCOLS = Object.keys(OWNERS) as Protocol[]
const FAMILIES: Readonly<Record<Family, number>> = { inet: AF.INET, inet6: AF.INET6 }

/** An IPv4 address as its number. */
function numeric(address: Address): number | string {
  const number = dottedQuad(address)
  return number < 0 ? address : number
}

const addressOf = (address: number | string) =>
  (typeof address === 'string' ? address : ipv4Address(address)) as Address

/** Services and servers by number. The servers of a service are a chain in the order of the file. */
export class WantedTable implements Entries<WantedService> {
  readonly services = new EntryRows<ServiceConfiguration>(
    SERVICE_ROW,
    new Configurations(fieldsOf(SERVICE.schema.config), normalService),
  )
  readonly servers = new EntryRows<DestinationConfiguration>(
    SERVER_ROW,
    new Configurations(fieldsOf(DESTINATION.schema.config), normalServer),
  )
  /** The services' numbers by their keys; made when it is first used, and again after a change. */
  #numbers: Map<string, number> | undefined
  #deleted = 0
  /** The numbers of deleted servers of services. */
  readonly #deletedServers = new Map<number, number>()

  get size(): number {
    return this.services.length - this.#deleted
  }

  has(key: string): boolean {
    return this.find(key) !== NONE
  }

  get(key: string): WantedService | undefined {
    const service = this.find(key)
    return service === NONE ? undefined : this.#entry(service)
  }

  config(key: string): ServiceConfiguration | undefined {
    const service = this.find(key)
    return service === NONE ? undefined : this.services.config(service)
  }

  keys(): IterableIterator<string> {
    return this.#keys.keys()
  }

  get #keys(): ReadonlyMap<string, number> {
    if (this.#numbers !== undefined) return this.#numbers
    const numbers = new Map<string, number>()
    for (let at = 0; at < this.services.length; at++) {
      if (!this.services.isDeleted(at)) numbers.set(serviceKey(this.serviceId(at)), at)
    }
    this.#numbers = numbers
    return numbers
  }

  keySet(): KeySet {
    return new KeyBits(this.services.length, (key) => this.find(key))
  }

  /** Has the keys made again, after services have come or gone. */
  changed(): void {
    this.#numbers = undefined
  }

  *values(): Generator<WantedService, void, undefined> {
    for (const [, service] of this) yield service
  }

  *[Symbol.iterator](): Generator<[string, WantedService], void, undefined> {
    for (const [key, service] of this.#keys) yield [key, this.#entry(service)]
  }

  #entry(service: number): WantedService {
    return {
      id: this.serviceId(service),
      config: this.services.config(service),
      line: this.services.line(service),
      servers: new WantedServers(this, service),
    }
  }

  /** A service by its identity, without the keys of all. */
  entry(id: ServiceId): WantedService | undefined {
    const service = this.findService(id)
    return service === NONE ? undefined : this.#entry(service)
  }

  /** The number of a service. */
  find(key: string): number {
    return this.#keys.get(key) ?? NONE
  }

  findService(id: ServiceId): number {
    return isFwmark(id)
      ? this.services.find(FWMARK, id.fwmark, FAMILIES[id.family])
      : this.services.find(OWNERS[id.protocol], numeric(id.address), id.port)
  }

  serviceId(service: number): ServiceId {
    const owner = this.services.owner(service)
    const address = this.services.address(service)
    const port = this.services.port(service)
    if (owner === FWMARK) return { family: port === AF.INET ? 'inet' : 'inet6', fwmark: address as number }
    const protocol = PROTOCOLS.find((name) => OWNERS[name] === owner)!
    const family = typeof address === 'string' ? 'inet6' : 'inet'
    return { family, protocol, address: addressOf(address), port }
  }

  add(key: string, config: ServiceConfiguration, line: number): number {
    return this.addService(serviceOfKey(key), config, line)
  }

  addService(id: ServiceId, config: ServiceConfiguration, line: number): number {
    this.changed()
    return isFwmark(id)
      ? this.services.add(FWMARK, id.fwmark, FAMILIES[id.family], config, line)
      : this.services.add(OWNERS[id.protocol], numeric(id.address), id.port, config, line)
  }

  /** The numbers of a deleted entry are not used again. */
  delete(key: string): void {
    const service = this.find(key)
    if (service !== NONE) this.deleteService(service)
  }

  deleteService(service: number): void {
    this.services.delete(service)
    this.changed()
    this.#deleted++
  }

  clear(): void {
    this.changed()
    for (let at = 0; at < this.services.length; at++) this.services.delete(at)
    this.#deleted = this.services.length
  }

  /** The first server of a service, or none. */
  firstServer(service: number): number {
    return this.#present(this.services.at(service, ROW.next))
  }

  /** The next server of the same service, or none. */
  nextServer(server: number): number {
    return this.#present(this.servers.at(server, ROW.next))
  }

  #present(server: number): number {
    let at = server
    while (at !== NONE && this.servers.isDeleted(at)) at = this.servers.at(at, ROW.next)
    return at
  }

  serverId(server: number): DestinationId {
    const address = addressOf(this.servers.address(server))
    return { family: familyOf(address), address, port: this.servers.port(server) }
  }

  serverKey(server: number): string {
    return destinationKey(this.serverId(server))
  }

  serverCount(service: number): number {
    return this.services.at(service, ROW.count) - (this.#deletedServers.get(service) ?? 0)
  }

  findServer(service: number, key: string): number {
    return this.findServerOf(service, destinationOfKey(key))
  }

  findServerOf(service: number, { address, port }: DestinationId): number {
    return this.servers.find(service, numeric(address), port)
  }

  addServer(service: number, key: string, config: DestinationConfiguration, line: number): void {
    this.addServerTo(service, destinationOfKey(key), config, line)
  }

  addServerTo(
    service: number,
    { address, port }: DestinationId,
    config: DestinationConfiguration,
    line: number,
  ): void {
    const server = this.servers.add(service, numeric(address), port, config, line)
    const { services, servers } = this
    const last = services.at(service, ROW.last)
    if (last === NONE) services.set(service, ROW.next, server)
    else servers.set(last, ROW.next, server)
    services.set(service, ROW.last, server)
    services.set(service, ROW.count, services.at(service, ROW.count) + 1)
  }

  deleteServer(service: number, server: number): void {
    this.servers.delete(server)
    this.#deletedServers.set(service, (this.#deletedServers.get(service) ?? 0) + 1)
  }
}

/** The servers of one service. */
export class WantedServers implements Entries<WantedServer> {
  readonly table: WantedTable
  /** The service's number. */
  readonly service: number

  constructor(table: WantedTable, service: number) {
    this.table = table
    this.service = service
  }

  get size(): number {
    return this.table.serverCount(this.service)
  }

  has(key: string): boolean {
    return this.table.findServer(this.service, key) !== NONE
  }

  get(key: string): WantedServer | undefined {
    const server = this.table.findServer(this.service, key)
    return server === NONE ? undefined : this.#entry(server)
  }

  config(key: string): DestinationConfiguration | undefined {
    const server = this.table.findServer(this.service, key)
    return server === NONE ? undefined : this.table.servers.config(server)
  }

  *keys(): Generator<string, void, undefined> {
    const { table } = this
    for (let at = table.firstServer(this.service); at !== NONE; at = table.nextServer(at)) {
      yield table.serverKey(at)
    }
  }

  *values(): Generator<WantedServer, void, undefined> {
    const { table } = this
    for (let at = table.firstServer(this.service); at !== NONE; at = table.nextServer(at)) {
      yield this.#entry(at)
    }
  }

  *[Symbol.iterator](): Generator<[string, WantedServer], void, undefined> {
    for (const server of this.values()) yield [destinationKey(server.id), server]
  }

  #entry(server: number): WantedServer {
    const { servers } = this.table
    return { id: this.table.serverId(server), config: servers.config(server), line: servers.line(server) }
  }
}

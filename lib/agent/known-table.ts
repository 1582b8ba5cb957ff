// The table as the agent knows it: by keys, with what its steps have changed since it was read. Pure.
import { type Destination, type DestinationConfiguration, destinationKey } from '../model/destination.ts'
import { type ServiceConfiguration, type ServiceId, serviceKey } from '../model/service.ts'
import type { VirtualService } from '../model/virtual-service.ts'
import { sameServer, sameService } from '../reconcile/compare.ts'
import type { PlanStep } from '../reconcile/step-list.ts'

export interface KnownServer {
  readonly id: Destination['id']
  readonly config: DestinationConfiguration
  /** Active, inactive and persistent ones, when the table was read. */
  readonly connections: number
}

export interface KnownService {
  readonly id: ServiceId
  readonly config: ServiceConfiguration
  /** By `destinationKey`. */
  readonly servers: ReadonlyMap<string, KnownServer>
}

/** By `serviceKey`. */
export type KnownTable = ReadonlyMap<string, KnownService>

/**
 * A reading as such a table.
 * @param before entries that are as they were here are taken from it: most are, and they need not be kept twice
 */
export function knownTable(table: readonly VirtualService[], before: KnownTable = new Map()): KnownTable {
  return new Map(
    table.map((one) => {
      const key = serviceKey(one.service.id)
      return [key, knownService(one, before.get(key))]
    }),
  )
}

function knownService({ service, destinations }: VirtualService, before?: KnownService): KnownService {
  const { id, config } = service
  const servers = knownServers(destinations, before?.servers ?? NO_SERVERS)
  const isAsBefore = before?.servers === servers && sameService(before.config, config)
  return isAsBefore ? before : { id, config, servers }
}

const NO_SERVERS: KnownService['servers'] = new Map()

function knownServers(
  destinations: readonly Destination[],
  before: KnownService['servers'],
): KnownService['servers'] {
  const servers = new Map<string, KnownServer>()
  let same = 0
  // The kernel's order stays, so that the keys need not be made anew.
  const order = before.entries()
  for (const one of destinations) {
    const next = order.next().value
    const isNext = next !== undefined && isSameId(next[1].id, one.id)
    const key = isNext ? next[0] : destinationKey(one.id)
    const old = isNext ? next[1] : before.get(key)
    const connections = connectionsOf(one)
    const isAsBefore =
      old !== undefined && old.connections === connections && sameServer(old.config, one.config)
    if (isAsBefore) same++
    servers.set(key, isAsBefore ? old : { id: old?.id ?? one.id, config: one.config, connections })
  }
  return same === before.size && servers.size === before.size ? before : servers
}

const isSameId = (a: Destination['id'], b: Destination['id']) => a.address === b.address && a.port === b.port

function connectionsOf({ observed }: Destination): number {
  return observed.activeConnections + observed.inactiveConnections + observed.persistentConnections
}

/** The table after these steps. Services that they do not concern are the same. */
export function afterSteps(table: KnownTable, steps: Iterable<PlanStep>): KnownTable {
  const after = new Map(table)
  /** The servers of services that the steps have changed. */
  const changed = new Map<string, Map<string, KnownServer>>()
  const serversOf = (service: ServiceId) => {
    const key = serviceKey(service)
    const old = after.get(key)
    const servers = changed.get(key) ?? new Map(old?.servers)
    changed.set(key, servers)
    if (old !== undefined && old.servers !== servers) after.set(key, { ...old, servers })
    return servers
  }
  for (const { change } of steps) {
    switch (change.kind) {
      case 'add-service':
      case 'edit-service': {
        const { service: id, config } = change
        after.set(serviceKey(id), { id, config, servers: serversOf(id) })
        break
      }
      case 'delete-service':
        after.delete(serviceKey(change.service))
        changed.delete(serviceKey(change.service))
        break
      case 'add-server':
      case 'edit-server': {
        const servers = serversOf(change.service)
        const key = destinationKey(change.server)
        const old = servers.get(key)
        servers.set(key, {
          id: old?.id ?? change.server,
          config: change.config,
          connections: old?.connections ?? 0,
        })
        break
      }
      case 'delete-server':
        serversOf(change.service).delete(destinationKey(change.server))
        break
      case 'flush':
        after.clear()
        changed.clear()
    }
  }
  return after
}

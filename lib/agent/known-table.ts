// The table as the agent knows it: by keys, with what its steps have changed since it was read. Pure.
import { type Destination, type DestinationConfiguration, destinationKey } from '../model/destination.ts'
import { type ServiceConfiguration, type ServiceId, serviceKey } from '../model/service.ts'
import type { VirtualService } from '../model/virtual-service.ts'
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

export function knownTable(table: readonly VirtualService[]): KnownTable {
  return new Map(
    table.map(({ service: { id, config }, destinations }) => [
      serviceKey(id),
      { id, config, servers: new Map(destinations.map((one) => [destinationKey(one.id), knownServer(one)])) },
    ]),
  )
}

function knownServer({ id, config, observed }: Destination): KnownServer {
  const { activeConnections, inactiveConnections, persistentConnections } = observed
  return { id, config, connections: activeConnections + inactiveConnections + persistentConnections }
}

/** The table after these steps. */
export function afterSteps(table: KnownTable, steps: Iterable<PlanStep>): KnownTable {
  const after = new Map<
    string,
    { id: ServiceId; config: ServiceConfiguration; servers: Map<string, KnownServer> }
  >()
  for (const [key, { id, config, servers }] of table)
    after.set(key, { id, config, servers: new Map(servers) })
  for (const { change } of steps) {
    switch (change.kind) {
      case 'add-service':
      case 'edit-service': {
        const { service: id, config } = change
        const servers = after.get(serviceKey(id))?.servers ?? new Map<string, KnownServer>()
        after.set(serviceKey(id), { id, config, servers })
        break
      }
      case 'delete-service':
        after.delete(serviceKey(change.service))
        break
      case 'add-server':
      case 'edit-server': {
        const servers = after.get(serviceKey(change.service))?.servers
        const key = destinationKey(change.server)
        const connections = servers?.get(key)?.connections ?? 0
        servers?.set(key, { id: change.server, config: change.config, connections })
        break
      }
      case 'delete-server':
        after.get(serviceKey(change.service))?.servers.delete(destinationKey(change.server))
        break
      case 'flush':
        after.clear()
    }
  }
  return after
}

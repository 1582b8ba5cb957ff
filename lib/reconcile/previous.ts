// What an edit replaces: the state, and a change → the same change with the values from before.
import type { Change } from '../model/change.ts'
import { type DestinationConfiguration, type DestinationId, destinationKey } from '../model/destination.ts'
import { type ServiceId, serviceKey } from '../model/service.ts'
import type { VirtualService } from '../model/virtual-service.ts'
import type { LiveState } from './live-state.ts'

/** A state by its keys; a service's servers when they are first asked for. */
export class LiveStateIndex {
  readonly #services = new Map<string, VirtualService>()
  readonly #servers = new Map<VirtualService, Map<string, DestinationConfiguration>>()

  constructor(readonly state: LiveState) {
    for (const server of state.table) this.#services.set(serviceKey(server.service.id), server)
  }

  service(id: ServiceId): VirtualService | undefined {
    return this.#services.get(serviceKey(id))
  }

  server(id: ServiceId, server: DestinationId): DestinationConfiguration | undefined {
    const service = this.service(id)
    if (service === undefined) return undefined
    let servers = this.#servers.get(service)
    if (servers === undefined) {
      servers = new Map(service.destinations.map(({ id, config }) => [destinationKey(id), config]))
      this.#servers.set(service, servers)
    }
    return servers.get(destinationKey(server))
  }
}

/** Undefined for a change that replaces nothing. */
export function replaced(state: LiveState): (change: Change) => Change | undefined {
  const index = new LiveStateIndex(state)
  return (change) => before(change, index)
}

export function before(change: Change, index: LiveStateIndex): Change | undefined {
  switch (change.kind) {
    case 'edit-service': {
      const config = index.service(change.service)?.service.config
      return config && { ...change, config }
    }
    case 'edit-server': {
      const config = index.server(change.service, change.server)
      return config && { ...change, config }
    }
    case 'set': {
      const { timeouts } = index.state
      return timeouts && { kind: 'set', timeouts }
    }
    default:
      return undefined
  }
}

// For an edit, the same change with the previous values. Pure.
import type { Change } from '../model/change.ts'
import { type DestinationConfiguration, type DestinationId, destinationKey } from '../model/destination.ts'
import { type ServiceId, serviceKey } from '../model/service.ts'
import type { LiveService, LiveState } from './live-state.ts'

/** A state by its keys. The servers of a service are indexed on first use. */
export class LiveStateIndex {
  readonly #services = new Map<string, LiveService>()
  readonly #servers = new Map<LiveService, Map<string, DestinationConfiguration>>()

  constructor(readonly state: LiveState) {
    for (const entry of state.table) this.#services.set(serviceKey(entry.service.id), entry)
  }

  service(id: ServiceId): LiveService | undefined {
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

/** The returned function gives undefined for a change that replaces nothing. */
export function previousValues(state: LiveState): (change: Change) => Change | undefined {
  const index = new LiveStateIndex(state)
  return (change) => previous(change, index)
}

export function previous(change: Change, index: LiveStateIndex): Change | undefined {
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

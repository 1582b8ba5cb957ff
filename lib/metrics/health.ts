// The health of a real server as a health checker sees it; the agent has it, metrics and the page show it.
import { type DestinationId, destinationKey } from '../model/destination.ts'
import { type ServiceId, serviceKey } from '../model/service.ts'

export interface ServerHealth {
  /** `unknown`: no verdict yet. */
  readonly status: 'up' | 'down' | 'unknown'
  /** Since when it has had that status. */
  readonly since: Date
  /** The last check; absent before the first has ended. */
  readonly check?: {
    readonly at: Date
    readonly up: boolean
    readonly seconds: number
    /** One short line of plain text. */
    readonly detail: string
  }
}

/** By the key of the service and the server. */
export type HealthByServer = ReadonlyMap<string, ServerHealth>

/** The servers that a health checker checks, also those that are not in the table. */
export interface CheckedServers {
  readonly health: HealthByServer
  readonly servers: readonly { readonly service: ServiceId; readonly server: DestinationId }[]
}

/** The key of a real server of a service. */
export function serverKey(service: ServiceId, server: DestinationId): string {
  return `${serviceKey(service)} ${destinationKey(server)}`
}

/** The `serviceKey` and the `destinationKey` in a `serverKey`; each key of a service has three words. */
export function keysOf(serverKey: string): { readonly service: string; readonly server: string } {
  let blank = -1
  for (let word = 0; word < 3; word++) blank = serverKey.indexOf(' ', blank + 1)
  return { service: serverKey.slice(0, blank), server: serverKey.slice(blank + 1) }
}

// The health of a real server as a health checker sees it; the agent has it, metrics and the page show it.
import type { DestinationId } from '../model/destination.ts'
import type { ServiceId } from '../model/service.ts'

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

/** By `serverKey`. */
export type HealthByServer = ReadonlyMap<string, ServerHealth>

/** The servers that a health checker checks, also those that are not in the table. */
export interface CheckedServers {
  readonly health: HealthByServer
  readonly servers: readonly { readonly service: ServiceId; readonly server: DestinationId }[]
}

// The wanted state that a rule file describes: the table that it would leave if it were run on an empty one.
import type { DestinationConfiguration, DestinationId } from './destination.ts'
import type { SyncDaemon, SyncState, Timeouts } from './director.ts'
import type { ServiceConfiguration, ServiceId } from './service.ts'

export interface WantedServer {
  readonly id: DestinationId
  readonly config: DestinationConfiguration
  /** The line that gave it its configuration, from 1; 0 if no file did. */
  readonly line: number
}

export interface WantedService {
  readonly id: ServiceId
  readonly config: ServiceConfiguration
  readonly line: number
  /** By `destinationKey`. */
  readonly servers: ReadonlyMap<string, WantedServer>
}

/** A sync daemon that shall run, or shall not. */
export interface WantedDaemon {
  readonly daemon: SyncDaemon | undefined
  readonly line: number
}

export interface Ruleset {
  /** By `serviceKey`. */
  readonly services: ReadonlyMap<string, WantedService>
  /** Undefined: they stay as they are; so does each that is 0. */
  readonly timeouts: { readonly values: Timeouts; readonly line: number } | undefined
  /** The daemons that the file speaks of. */
  readonly daemons: ReadonlyMap<SyncState, WantedDaemon>
  /** Counters to be cleared; without a service, all. */
  readonly zeros: readonly { readonly service: ServiceId | undefined; readonly line: number }[]
}

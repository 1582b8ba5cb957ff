// The wanted state that a rule file describes: the table that it would make of an empty one.
import type { DestinationConfiguration, DestinationId } from './destination.ts'
import type { SyncDaemon, SyncState, Timeouts } from './director.ts'
import type { ServiceConfiguration, ServiceId } from './service.ts'

export interface KeySet {
  has(key: string): boolean
  add(key: string): unknown
}

/** Entries by their keys, in the order of the file. A Map is one. */
export interface Entries<E extends { readonly config: object }> extends Iterable<[string, E]> {
  readonly size: number
  has(key: string): boolean
  get(key: string): E | undefined
  keys(): Iterable<string>
  values(): Iterable<E>
  /** An empty set for its keys, where that takes less than another. */
  keySet?(): KeySet
  /** The configuration of an entry, where the rest of it would have to be made first. */
  config?(key: string): E['config'] | undefined
}

export interface WantedServer {
  readonly id: DestinationId
  readonly config: DestinationConfiguration
  /** The line with its configuration, from 1; 0 without a file. */
  readonly line: number
}

export interface WantedService {
  readonly id: ServiceId
  readonly config: ServiceConfiguration
  readonly line: number
  /** By `destinationKey`. */
  readonly servers: Entries<WantedServer>
}

/** A sync daemon that must run or must not. */
export interface WantedDaemon {
  readonly daemon: SyncDaemon | undefined
  readonly line: number
}

export interface Ruleset {
  /** By `serviceKey`. */
  readonly services: Entries<WantedService>
  /** Undefined: unchanged, like each timeout that is 0. */
  readonly timeouts: { readonly values: Timeouts; readonly line: number } | undefined
  /** The daemons that the file names. */
  readonly daemons: ReadonlyMap<SyncState, WantedDaemon>
  /** Counters to clear; without a service, all. */
  readonly zeros: readonly { readonly service: ServiceId | undefined; readonly line: number }[]
}

export function configOf<C extends object>(
  entries: Entries<{ readonly config: C }>,
  key: string,
): C | undefined {
  return entries.config === undefined ? entries.get(key)?.config : entries.config(key)
}

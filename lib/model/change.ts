// A change of the kernel's table, as data.
import type { DestinationConfiguration, DestinationId } from './destination.ts'
import type { SyncDaemon, SyncState, Timeouts } from './director.ts'
import type { ServiceConfiguration, ServiceId } from './service.ts'

export type Change =
  | {
      readonly kind: 'add-service' | 'edit-service'
      readonly service: ServiceId
      readonly config: ServiceConfiguration
    }
  | { readonly kind: 'delete-service'; readonly service: ServiceId }
  | { readonly kind: 'flush' }
  | {
      readonly kind: 'add-server' | 'edit-server'
      readonly service: ServiceId
      readonly server: DestinationId
      readonly config: DestinationConfiguration
    }
  | { readonly kind: 'delete-server'; readonly service: ServiceId; readonly server: DestinationId }
  /** Without a service: all counters. */
  | { readonly kind: 'zero'; readonly service?: ServiceId }
  | { readonly kind: 'set'; readonly timeouts: Timeouts }
  | { readonly kind: 'start-daemon'; readonly daemon: SyncDaemon }
  | { readonly kind: 'stop-daemon'; readonly state: SyncState }

/** The kinds of `Change`, written out: errors have them without the change itself. */
export type ChangeKind =
  | 'add-service'
  | 'edit-service'
  | 'delete-service'
  | 'flush'
  | 'add-server'
  | 'edit-server'
  | 'delete-server'
  | 'zero'
  | 'set'
  | 'start-daemon'
  | 'stop-daemon'

/** The entry that a change is about. */
export interface ChangeSubject {
  readonly kind: ChangeKind
  readonly service?: ServiceId
  readonly server?: DestinationId
}

// Changes in the library's form ↔ the kernel's.
import type { Change } from '../model/change.ts'
import type { DestinationId } from '../model/destination.ts'
import type { SyncDaemon, SyncState, Timeouts } from '../model/director.ts'
import type { ServiceId } from '../model/service.ts'
import { type ServerName, type ServiceName, serverId, serviceId } from './ids.ts'
import {
  type ServerOptions,
  type ServerSettings,
  type ServiceOptions,
  type ServiceSettings,
  serverConfiguration,
  serverSettings,
  serviceConfiguration,
  serviceSettings,
} from './library-settings.ts'

type ChangeWith<Service, Server, ServiceConfig, ServerConfig> =
  | {
      readonly kind: 'add-service' | 'edit-service'
      readonly service: Service
      readonly config: ServiceConfig
    }
  /** With its servers. */
  | { readonly kind: 'delete-service'; readonly service: Service }
  /** Deletes the whole table. */
  | { readonly kind: 'flush' }
  | {
      readonly kind: 'add-server' | 'edit-server'
      readonly service: Service
      readonly server: Server
      readonly config: ServerConfig
    }
  | { readonly kind: 'delete-server'; readonly service: Service; readonly server: Server }
  /** Clears counters; without a service, all. */
  | { readonly kind: 'zero'; readonly service?: Service }
  | { readonly kind: 'set'; readonly timeouts: Timeouts }
  | { readonly kind: 'start-daemon'; readonly daemon: SyncDaemon }
  | { readonly kind: 'stop-daemon'; readonly state: SyncState }

/** A change, with all settings of the added or edited entry. */
export type LibraryChange = ChangeWith<ServiceId, DestinationId, ServiceSettings, ServerSettings>

/** A change to make. An edit sets every setting; settings not given get their defaults. */
export type ChangeRequest = ChangeWith<ServiceName, ServerName, ServiceOptions, ServerOptions>

/** Throws a RangeError for a value that cannot be sent. */
export function kernelChange(change: ChangeRequest): Change {
  switch (change.kind) {
    case 'add-service':
    case 'edit-service': {
      const service = serviceId(change.service)
      return { kind: change.kind, service, config: serviceConfiguration(service.family, change.config) }
    }
    case 'add-server':
    case 'edit-server':
      return { ...located(change), kind: change.kind, config: serverConfiguration(change.config) }
    case 'delete-service':
      return { kind: change.kind, service: serviceId(change.service) }
    case 'delete-server':
      return { ...located(change), kind: change.kind }
    case 'zero':
      return change.service === undefined
        ? { kind: change.kind }
        : { kind: change.kind, service: serviceId(change.service) }
    default:
      return change
  }
}

function located({ service, server }: { readonly service: ServiceName; readonly server: ServerName }) {
  return { service: serviceId(service), server: serverId(server) }
}

export function readableChange(change: Change): LibraryChange {
  switch (change.kind) {
    case 'add-service':
    case 'edit-service':
      return { ...change, config: serviceSettings(change.config) }
    case 'add-server':
    case 'edit-server':
      return { ...change, config: serverSettings(change.config) }
    default:
      return change
  }
}

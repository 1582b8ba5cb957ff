// The table in the library's form: services with their servers, each with identity, settings and observations.
import type { Destination, DestinationId, DestinationObservation } from '../model/destination.ts'
import type { Service, ServiceId, ServiceObservation } from '../model/service.ts'
import type { VirtualService } from '../model/virtual-service.ts'
import {
  type ServerSettings,
  type ServiceSettings,
  serverSettings,
  serviceSettings,
} from './library-settings.ts'

export interface LibraryService {
  readonly id: ServiceId
  readonly config: ServiceSettings
  readonly observed: ServiceObservation
}

export interface LibraryServer {
  readonly id: DestinationId
  readonly config: ServerSettings
  readonly observed: DestinationObservation
}

export interface LibraryVirtualService extends LibraryService {
  /** In the kernel's order. */
  readonly servers: readonly LibraryServer[]
}

export function readableService({ id, config, observed }: Service): LibraryService {
  return { id, config: serviceSettings(config), observed }
}

export function readableServer({ id, config, observed }: Destination): LibraryServer {
  return { id, config: serverSettings(config), observed }
}

export function readableTable(table: readonly VirtualService[]): LibraryVirtualService[] {
  return table.map(({ service, destinations }) => ({
    ...readableService(service),
    servers: destinations.map(readableServer),
  }))
}

// The table in the library's form: services with their servers, each with identity, settings and observations.
import type { Destination, DestinationId, DestinationObservation } from '../model/destination.ts'
import type { Service as KernelService, ServiceId, ServiceObservation } from '../model/service.ts'
import type { VirtualService as KernelVirtualService } from '../model/virtual-service.ts'
import { type ServerSettings, type ServiceSettings, serverSettings, serviceSettings } from './settings.ts'

export interface Service {
  readonly id: ServiceId
  readonly config: ServiceSettings
  readonly observed: ServiceObservation
}

export interface Server {
  readonly id: DestinationId
  readonly config: ServerSettings
  readonly observed: DestinationObservation
}

export interface VirtualService extends Service {
  /** In the kernel's order. */
  readonly servers: readonly Server[]
}

export function readableService({ id, config, observed }: KernelService): Service {
  return { id, config: serviceSettings(config), observed }
}

export function readableServer({ id, config, observed }: Destination): Server {
  return { id, config: serverSettings(config), observed }
}

export function readableTable(table: readonly KernelVirtualService[]): VirtualService[] {
  return table.map(({ service, destinations }) => ({
    ...readableService(service),
    servers: destinations.map(readableServer),
  }))
}

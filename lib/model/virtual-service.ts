// The whole table: services, each with its real servers.
import type { Destination } from './destination.ts'
import type { Service } from './service.ts'

/** A virtual service and the real servers behind it, in the kernel's order. */
export interface VirtualService {
  readonly service: Service
  readonly destinations: readonly Destination[]
}

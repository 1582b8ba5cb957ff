// The lines of a table that is written service by service.
import type { Destination } from '../model/destination.ts'
import type { Service, ServiceId } from '../model/service.ts'
import type { VirtualService } from '../model/virtual-service.ts'
import type { TablePlan } from '../output/row-plan.ts'

export interface ServiceFormat {
  /** Text before the first service. */
  readonly head: string
  readonly sort: boolean
  /** The lines of usual records as data. Undefined: there is no such plan. */
  plan(): Promise<TablePlan | undefined>
  service(service: Service): string
  /** The beginning of the lines of a service's real servers. */
  prefix(service: ServiceId): string
  /** A real server's line, whole. */
  server(service: ServiceId, destination: Destination): string
  /** All lines of a service. */
  all(service: VirtualService): string
}

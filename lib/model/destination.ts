// Real servers, the kernel's destinations: identity, configuration and observation apart.
import type { ValuesOf } from '../ipvs/codec.ts'
import type { DESTINATION } from '../ipvs/schema.ts'

export type DestinationId = ValuesOf<typeof DESTINATION.schema.id>

export type DestinationConfiguration = ValuesOf<typeof DESTINATION.schema.config>

export type DestinationObservation = ValuesOf<typeof DESTINATION.schema.observed>

export type ForwardingMethod = DestinationConfiguration['forwarding']

export type TunnelType = DestinationConfiguration['tunnelType']

export interface Destination {
  readonly id: DestinationId
  readonly config: DestinationConfiguration
  readonly observed: DestinationObservation
}

/** Two ids of one service are of the same destination exactly if their keys are equal. */
export function destinationKey(id: DestinationId): string {
  return `${id.address} ${id.port}`
}

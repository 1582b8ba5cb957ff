// Virtual services: identity, configuration and observation apart. The schema's rows say what each field is.
import type { ValuesOf } from '../ipvs/codec.ts'
import type { SERVICE } from '../ipvs/schema.ts'

type Id = ValuesOf<typeof SERVICE.schema.id>

export type Protocol = NonNullable<Id['protocol']>

/** A service by address, port and protocol. */
export type AddressServiceId = Required<Pick<Id, 'family' | 'protocol' | 'address' | 'port'>>

/** A service by firewall mark: the packets of one address family that netfilter marked so. */
export type FwmarkServiceId = Required<Pick<Id, 'family' | 'fwmark'>>

export type ServiceId = AddressServiceId | FwmarkServiceId

export type ServiceConfiguration = ValuesOf<typeof SERVICE.schema.config>

export type ServiceObservation = ValuesOf<typeof SERVICE.schema.observed>

export interface Service {
  readonly id: ServiceId
  readonly config: ServiceConfiguration
  readonly observed: ServiceObservation
}

export function isFwmark(id: ServiceId): id is FwmarkServiceId {
  return 'fwmark' in id
}

/** Two ids are of the same service exactly if their keys are equal. */
export function serviceKey(id: ServiceId): string {
  return isFwmark(id) ? `fwmark ${id.fwmark} ${id.family}` : `${id.protocol} ${id.address} ${id.port}`
}

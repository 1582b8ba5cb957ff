// Virtual services: identity, configuration and observation apart.
import type { Address, Family } from './address.ts'
import type { Netmask } from './netmask.ts'
import type { Stats } from './stats.ts'

export type Protocol = 'tcp' | 'udp' | 'sctp'

/** A service by address, port and protocol. */
export interface AddressServiceId {
  readonly family: Family
  readonly protocol: Protocol
  readonly address: Address
  /** 0 to 65535; 0 is a wild card (persistent services only) */
  readonly port: number
}

/** A service by firewall mark: the packets of one address family that netfilter marked so. */
export interface FwmarkServiceId {
  readonly family: Family
  /** 1 to 2^32-1 */
  readonly fwmark: number
}

export type ServiceId = AddressServiceId | FwmarkServiceId

export interface ServiceConfiguration {
  readonly scheduler: string
  /** Bits of `SVC_F`; the bit that the kernel keeps for itself (HASHED) is not among them. */
  readonly flags: number
  /** Persistence, in seconds; has a meaning with `SVC_F.PERSISTENT` only. */
  readonly timeout: number
  /** Granularity of persistence; has a meaning with `SVC_F.PERSISTENT` only. */
  readonly netmask: Netmask
  /** The persistence engine's name, or `''`. */
  readonly engine: string
}

export interface ServiceObservation {
  readonly stats: Stats
}

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

// Virtual services: identity, configuration and observation apart.
import { type Address, type Family, familyOf } from './address.ts'
import type { Netmask } from './netmask.ts'
import type { Stats } from './stats.ts'

export type Protocol = 'tcp' | 'udp' | 'sctp'

/** A service by address, port and protocol. */
export interface AddressServiceId {
  readonly family: Family
  readonly protocol: Protocol
  readonly address: Address
  /** 0 to 65535; 0: all ports (persistent services only) */
  readonly port: number
}

/** A service by firewall mark: packets of one address family with this netfilter mark. */
export interface FwmarkServiceId {
  readonly family: Family
  /** 1 to 2^32-1 */
  readonly fwmark: number
}

export type ServiceId = AddressServiceId | FwmarkServiceId

export interface ServiceConfiguration {
  readonly scheduler: string
  /** Bits of `SVC_F`, without the kernel's internal bit (HASHED). */
  readonly flags: number
  /** The persistence timeout, in seconds; used only with `SVC_F.PERSISTENT`. */
  readonly timeout: number
  /** The granularity of persistence; used only with `SVC_F.PERSISTENT`. */
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

/** Equal exactly for ids of the same service. */
export function serviceKey(id: ServiceId): string {
  return isFwmark(id) ? `fwmark ${id.fwmark} ${id.family}` : `${id.protocol} ${id.address} ${id.port}`
}

/** The inverse of `serviceKey`. */
export function serviceOfKey(key: string): ServiceId {
  const [first, second, third] = key.split(' ') as [Protocol | 'fwmark', string, string]
  if (first === 'fwmark') return { family: third as Family, fwmark: Number(second) }
  const address = second as Address
  return { family: familyOf(address), protocol: first, address, port: Number(third) }
}

// Real servers, the kernel's destinations: identity, configuration and observation apart.
import { type Address, type Family, familyOf } from './address.ts'
import type { Stats } from './stats.ts'

export interface DestinationId {
  readonly family: Family
  readonly address: Address
  /** 0 to 65535 */
  readonly port: number
}

/** `local` and `bypass` are set by the kernel; a request cannot name them. */
export type ForwardingMethod = 'masquerade' | 'local' | 'tunnel' | 'route' | 'bypass'

export type TunnelType = 'ipip' | 'gue' | 'gre'

export interface DestinationConfiguration {
  readonly forwarding: ForwardingMethod
  /** 0 to 2^31-1; with 0 the server gets no new connections */
  readonly weight: number
  /** The number of connections from which the server gets no new ones; 0: no limit. */
  readonly upperThreshold: number
  /** The number of connections below which it gets new ones again; 0: three quarters of the upper threshold. */
  readonly lowerThreshold: number
  /** Used only with `tunnel`, like the next two. */
  readonly tunnelType: TunnelType
  /** The port of a `gue` tunnel; 0 with other types. */
  readonly tunnelPort: number
  /** Bits of `TUNNEL_FLAG`. */
  readonly tunnelFlags: number
}

export interface DestinationObservation {
  readonly activeConnections: number
  readonly inactiveConnections: number
  readonly persistentConnections: number
  readonly stats: Stats
}

export interface Destination {
  readonly id: DestinationId
  readonly config: DestinationConfiguration
  readonly observed: DestinationObservation
}

/** Equal exactly for ids of the same destination of a service. */
export function destinationKey(id: DestinationId): string {
  return `${id.address} ${id.port}`
}

/** The inverse of `destinationKey`. */
export function destinationOfKey(key: string): DestinationId {
  const blank = key.indexOf(' ')
  const address = key.slice(0, blank) as Address
  return { family: familyOf(address), address, port: Number(key.slice(blank + 1)) }
}

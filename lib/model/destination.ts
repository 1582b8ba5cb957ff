// Real servers, the kernel's destinations: identity, configuration and observation apart.
import type { Address, Family } from './address.ts'
import type { Stats } from './stats.ts'

export interface DestinationId {
  readonly family: Family
  readonly address: Address
  /** 0 to 65535 */
  readonly port: number
}

/** `local` and `bypass` are the kernel's own choice; a request cannot name them. */
export type ForwardingMethod = 'masquerade' | 'local' | 'tunnel' | 'route' | 'bypass'

export type TunnelType = 'ipip' | 'gue' | 'gre'

export interface DestinationConfiguration {
  readonly forwarding: ForwardingMethod
  /** 0 to 2^31-1; 0 takes no new connections */
  readonly weight: number
  /** Connections from which the server gets no new ones; 0 is no limit. */
  readonly upperThreshold: number
  /** Connections below which it gets new ones again; 0 is three quarters of the upper one. */
  readonly lowerThreshold: number
  /** Has a meaning with `tunnel` only, as the two below. */
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

/** Two ids of one service are of the same destination exactly if their keys are equal. */
export function destinationKey(id: DestinationId): string {
  return `${id.address} ${id.port}`
}

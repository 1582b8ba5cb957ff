// Conditions on the entries of a listing, as data.
import type { Family } from './address.ts'
import type { Prefix } from './prefix.ts'
import type { Protocol } from './service.ts'

export const FILTER_PROTOCOLS = ['tcp', 'udp', 'sctp', 'fwm'] as const satisfies readonly (Protocol | 'fwm')[]
export const FILTER_FAMILIES = ['inet', 'inet6'] as const satisfies readonly Family[]

/** All given conditions must hold. */
export interface Filter {
  readonly family?: Family
  readonly protocol?: (typeof FILTER_PROTOCOLS)[number]
  /** The virtual address lies in this network; a fwmark service has none. */
  readonly address?: Prefix
  /** The real server's address lies in this network. */
  readonly server?: Prefix
  /** Whether the server has connections, in any state. */
  readonly activity?: 'active' | 'idle'
  /** The server's weight is 0. */
  readonly draining?: true
}

// The settings that each tunnel type has.
import type { TunnelType } from './destination.ts'
import { TUNNEL_FLAG } from './flags.ts'

export const TUNNEL_TYPES: readonly TunnelType[] = ['ipip', 'gue', 'gre']

/** @see DestinationConfiguration */
interface TunnelSettings {
  /** Whether it has a port, which must then be given. */
  readonly port: boolean
  /** The flags that it knows; undefined if it has no checksum. */
  readonly flags: number | undefined
}

export const TUNNEL_SETTINGS: Readonly<Record<TunnelType, TunnelSettings>> = {
  ipip: { port: false, flags: undefined },
  gue: { port: true, flags: TUNNEL_FLAG.CSUM | TUNNEL_FLAG.REMCSUM },
  gre: { port: false, flags: TUNNEL_FLAG.CSUM },
}

// The settings of each tunnel type.
import type { TunnelType } from './destination.ts'
import { TUNNEL_FLAG } from './flags.ts'

export const TUNNEL_TYPES: readonly TunnelType[] = ['ipip', 'gue', 'gre']

/** @see DestinationConfiguration */
interface TunnelSettings {
  /** Whether it has a port, which is then required. */
  readonly port: boolean
  /** Its flags; undefined if it has no checksum. */
  readonly flags: number | undefined
}

export const TUNNEL_SETTINGS: Readonly<Record<TunnelType, TunnelSettings>> = {
  ipip: { port: false, flags: undefined },
  gue: { port: true, flags: TUNNEL_FLAG.CSUM | TUNNEL_FLAG.REMCSUM },
  gre: { port: false, flags: TUNNEL_FLAG.CSUM },
}

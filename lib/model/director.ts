// The director as a whole: timeouts, sync daemons, the module's own data.
import type { Address } from './address.ts'

/** In seconds. When setting, 0 leaves a value as it is. */
export interface Timeouts {
  readonly tcp: number
  readonly tcpFin: number
  readonly udp: number
}

export type SyncState = 'master' | 'backup'

export interface SyncDaemon {
  readonly state: SyncState
  readonly interface: string
  /** 0 to 255 */
  readonly syncId: number
  /** Bytes of one sync message; absent: the kernel's choice, as with the three below. */
  readonly maxLength?: number
  readonly group?: Address
  /** 1 to 65535 */
  readonly port?: number
  /** 1 to 255 */
  readonly ttl?: number
}

export interface Info {
  /** Three bytes, as in 0x010201. */
  readonly version: number
  /** Buckets of the connection table. */
  readonly connectionTableSize: number
}

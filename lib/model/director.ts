// Settings of the whole director: timeouts, sync daemons, the module's data.
import type { Address } from './address.ts'

/** In seconds. In a change, 0 leaves a value unchanged. */
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
  /** Bytes of one sync message; absent: the kernel's default, as for the next three. */
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

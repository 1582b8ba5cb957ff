// Kernel settings that affect connections to a server of weight 0 or to a deleted one.

import type { IpvsClient } from '../ipvs/client.ts'
import { decodeLatin1 } from '../model/bytes.ts'
import { ESRCH, KernelError } from '../model/errors.ts'
import type { Service, ServiceId } from '../model/service.ts'
import type { System } from '../system/system.ts'

/** By the documentation of the kernel (networking/ipvs-sysctl). */
export interface DrainSettings {
  /** With 1, connections to a deleted server end, and reconnecting clients of a server of weight 0 are rescheduled. */
  readonly expireNodestConn: boolean
  /** With 0, a client that reuses its port stays with its server. */
  readonly connReuseMode: number
  /** With 1, a template of a server of weight 0 is ignored, and its client is rescheduled. */
  readonly expireQuiescentTemplate: boolean
  /** The lifetime of a UDP client's entry after its last packet, in seconds. */
  readonly udpTimeout: number
}

export interface DrainContext {
  readonly service: Service
  readonly settings: DrainSettings
}

export const EXPIRE_NODEST_CONN = 'net.ipv4.vs.expire_nodest_conn'
export const CONN_REUSE_MODE = 'net.ipv4.vs.conn_reuse_mode'
export const EXPIRE_QUIESCENT_TEMPLATE = 'net.ipv4.vs.expire_quiescent_template'

/** Rejects with a KernelError as `-e` would when there is no such service. */
export async function readContext(client: IpvsClient, id: ServiceId, system: System): Promise<DrainContext> {
  try {
    const service = await client.service(id, { stats: false })
    return { service, settings: await readSettings(client, system) }
  } catch (error) {
    throw error instanceof KernelError && error.errno === ESRCH ? new KernelError(ESRCH, 'SET_DEST') : error
  }
}

export async function readSettings(client: IpvsClient, system: System): Promise<DrainSettings> {
  const { udp } = await client.timeouts()
  return {
    expireNodestConn: readNumber(system, EXPIRE_NODEST_CONN, 0) !== 0,
    connReuseMode: readNumber(system, CONN_REUSE_MODE, 1),
    expireQuiescentTemplate: readNumber(system, EXPIRE_QUIESCENT_TEMPLATE, 0) !== 0,
    udpTimeout: udp,
  }
}

/** @param preset the kernel's default, for a setting that cannot be read */
function readNumber(system: System, name: string, preset: number): number {
  try {
    for (const chunk of system.readChunks(`/proc/sys/${name.replaceAll('.', '/')}`)) {
      const text = decodeLatin1(chunk).trim()
      return /^\d+$/.test(text) ? Number(text) : preset
    }
  } catch {
    // Older kernels have fewer settings.
  }
  return preset
}

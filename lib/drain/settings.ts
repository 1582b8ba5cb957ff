// The kernel's settings that decide what becomes of connections to a server of weight 0, or to one that is deleted.

import type { IpvsClient } from '../ipvs/client.ts'
import { decodeLatin1 } from '../model/bytes.ts'
import { ESRCH, KernelError } from '../model/errors.ts'
import type { Service, ServiceId } from '../model/service.ts'
import type { System } from '../system/system.ts'

/** By the documentation of the kernel (networking/ipvs-sysctl). */
export interface DrainSettings {
  /** With 1, connections to a deleted server end, and those to one of weight 0 whose client calls again are scheduled anew. */
  readonly expireNodestConn: boolean
  /** With 0, a client that uses its port again stays with its server. */
  readonly connReuseMode: number
  /** With 1, a template of a server of weight 0 counts for nothing, and its client is scheduled anew. */
  readonly expireQuiescentTemplate: boolean
  /** Seconds that the entry of a UDP client lasts after its last packet. */
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

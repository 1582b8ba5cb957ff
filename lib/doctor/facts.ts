// What the doctor looks at, read once: the table, and the kernel's files about it. Judges nothing.

import { IpvsClient } from '../ipvs/client.ts'
import { CONNECTION_LIST } from '../ipvs/connection-list.ts'
import { concatBytes, decodeText } from '../model/bytes.ts'
import type { SyncDaemon } from '../model/director.ts'
import { UnavailableError } from '../model/errors.ts'
import type { VirtualService } from '../model/virtual-service.ts'
import type { System } from '../system/system.ts'
import { parseLocalAddresses, parseRoutes, type Route } from './routes.ts'

export interface Facts {
  /** Why ip_vs cannot be used; the rest is empty then. */
  readonly unavailable: UnavailableError | undefined
  readonly privileged: boolean
  readonly table: readonly VirtualService[]
  readonly daemons: readonly SyncDaemon[]
  /** Buckets of the connection table. */
  readonly buckets: number
  readonly connections: number
  /** Networks whose packets this host takes for its own. */
  readonly local: readonly Route[]
  /** The main routing table. */
  readonly routes: readonly Route[]
  /** A file's text, or undefined: settings under /proc/sys, modules, configuration. */
  readonly file: (path: string) => string | undefined
}

/** Reads only; loads no module. */
export async function gatherFacts(system: System): Promise<Facts> {
  const file = (path: string) => readText(system, path)
  const ground = {
    privileged: system.privileged,
    local: parseLocalAddresses(file),
    routes: parseRoutes(file),
    file,
  }
  let client: IpvsClient
  try {
    client = await IpvsClient.open({ transport: await system.transport(), privileged: system.privileged })
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error
    return { ...ground, unavailable: error, table: [], daemons: [], buckets: 0, connections: 0 }
  }
  try {
    return {
      ...ground,
      unavailable: undefined,
      table: await client.table({ stats: false }),
      daemons: await client.daemons(),
      buckets: client.info.connectionTableSize,
      connections: countLines(system, CONNECTION_LIST) - 1,
    }
  } finally {
    client.close()
  }
}

function readText(system: System, path: string): string | undefined {
  try {
    const chunks = Array.from(system.readChunks(path), (chunk) => Uint8Array.from(chunk))
    return decodeText(concatBytes(chunks))
  } catch {
    return undefined
  }
}

/** Counted as it is read: the list may be long. */
function countLines(system: System, path: string): number {
  let count = 0
  try {
    for (const chunk of system.readChunks(path)) {
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) count++
    }
  } catch {
    // No list, no connections.
  }
  return Math.max(count, 1)
}

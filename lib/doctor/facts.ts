// The facts for the checks, gathered once: the table, the kernel's answers about it, files. Judges nothing.
import { IpvsClient } from '../ipvs/client.ts'
import { readNamespaces } from '../ipvs/read-namespaces.ts'
import { decodeText } from '../model/bytes.ts'
import type { SyncDaemon, Timeouts } from '../model/director.ts'
import { UnavailableError } from '../model/errors.ts'
import type { VirtualService } from '../model/virtual-service.ts'
import { devicesWith } from '../netlink/device-features.ts'
import type { System } from '../system/system.ts'
import { type ConnectionFacts, countConnections, NO_CONNECTIONS } from './facts/connections.ts'
import { gatherFirewall } from './facts/firewall.ts'
import { gatherNetwork, type Network } from './facts/network.ts'
import type { PacketFilter } from './facts/packet-filter.ts'
import { type Probes, probeServers } from './facts/probes.ts'
import { type MissingRight, missingRight } from './facts/rights.ts'

export interface Facts {
  /** The reason why ip_vs cannot be used; the other facts are empty then. */
  readonly unavailable: UnavailableError | undefined
  /** Set only with `unavailable`. */
  readonly missingRight: MissingRight | undefined
  /** The words for other network namespaces that have a table; read only where this one has none. */
  readonly elsewhere: readonly string[]
  /** With statistics. */
  readonly table: readonly VirtualService[]
  readonly daemons: readonly SyncDaemon[]
  readonly timeouts: Timeouts | undefined
  /** Buckets of the connection table. */
  readonly buckets: number
  readonly connections: ConnectionFacts
  /** Undefined where the kernel cannot be asked. */
  readonly network: Network | undefined
  /** Empty unless requested. */
  readonly probes: Probes
  /** Interfaces that merge received packets (large-receive-offload). */
  readonly merging: readonly string[]
  /** The packet filters that could be listed. */
  readonly firewall: readonly PacketFilter[]
  /** A file's text, or undefined: settings under /proc/sys, modules, configuration. */
  readonly file: (path: string) => string | undefined
}

/**
 * Reads only; loads no module.
 * @param probe the time for the answer of a real server, in milliseconds; undefined: no connection is tried
 */
export async function gatherFacts(system: System, probe?: number): Promise<Facts> {
  const file = (path: string) => readText(system, path)
  let client: IpvsClient
  try {
    client = await IpvsClient.open({ transport: await system.transport(), privileged: system.privileged })
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error
    return {
      ...NOTHING,
      unavailable: error,
      // Without a known missing right, the kernel's answer counts: a security module may refuse too.
      missingRight:
        missingRight(system.privileged, file) ??
        (error.reason.startsWith('Permission denied') ? 'capability' : undefined),
      file,
    }
  }
  try {
    const table = await client.table()
    const network = await gatherNetwork(system, table)
    return {
      unavailable: undefined,
      missingRight: undefined,
      table,
      elsewhere: table.length === 0 ? await gatherElsewhere(system) : [],
      daemons: await client.daemons(),
      timeouts: await client.timeouts(),
      buckets: client.info.connectionTableSize,
      connections: countConnections(system),
      network,
      probes: probe === undefined ? new Map() : await probeServers(system, table, network, probe),
      merging: await gatherMerging(system),
      firewall: await gatherFirewall(system, file('/proc/modules') ?? ''),
      file,
    }
  } finally {
    client.close()
  }
}

const NOTHING = {
  table: [],
  daemons: [],
  timeouts: undefined,
  buckets: 0,
  connections: NO_CONNECTIONS,
  network: undefined,
  probes: new Map(),
  merging: [],
  elsewhere: [],
  firewall: [],
} satisfies Partial<Facts>

async function gatherElsewhere(system: System): Promise<string[]> {
  const { tables } = await readNamespaces(system)
  return tables.filter(({ own }) => !own).map(({ word }) => word)
}

/** Kernels before 5.6 do not support the query. */
async function gatherMerging(system: System): Promise<string[]> {
  try {
    return await devicesWith('rx-lro', await system.transport())
  } catch {
    return []
  }
}

function readText(system: System, path: string): string | undefined {
  try {
    return decodeText(system.readFile(path))
  } catch {
    return undefined
  }
}

// The facts for the checks, gathered once: the table, the kernel's answers about it, files. Judges nothing.
import { IpvsClient } from '../ipvs/client.ts'
import type { SyncDaemon, Timeouts } from '../model/director.ts'
import { UnavailableError } from '../model/errors.ts'
import type { VirtualService } from '../model/virtual-service.ts'
import type { System } from '../system/system.ts'
import { type ConnectionCounts, countConnections, NO_CONNECTIONS } from './facts/connections.ts'
import { gatherFirewall } from './facts/firewall.ts'
import { gatherNetwork, type Network } from './facts/network.ts'
import type { PacketFilter } from './facts/packet-filter.ts'
import { type MissingRight, missingRight } from './facts/rights.ts'

export interface Facts {
  /** The reason why ip_vs cannot be used; the other facts are empty then. */
  readonly unavailable: UnavailableError | undefined
  /** Set only with `unavailable`. */
  readonly missingRight: MissingRight | undefined
  /** With statistics. */
  readonly table: readonly VirtualService[]
  readonly daemons: readonly SyncDaemon[]
  readonly timeouts: Timeouts | undefined
  /** Buckets of the connection table. */
  readonly buckets: number
  readonly connections: ConnectionCounts
  /** Undefined where the kernel cannot be asked. */
  readonly network: Network | undefined
  /** The packet filters that could be listed. */
  readonly firewall: readonly PacketFilter[]
  /** A file's text, or undefined: settings under /proc/sys, modules, configuration. */
  readonly file: (path: string) => string | undefined
}

/** Reads only; loads no module. */
export async function gatherFacts(system: System): Promise<Facts> {
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
    return {
      unavailable: undefined,
      missingRight: undefined,
      table,
      daemons: await client.daemons(),
      timeouts: await client.timeouts(),
      buckets: client.info.connectionTableSize,
      connections: countConnections(system),
      network: await gatherNetwork(system, table),
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
  firewall: [],
} satisfies Partial<Facts>

function readText(system: System, path: string): string | undefined {
  try {
    return new TextDecoder().decode(system.readFile(path))
  } catch {
    return undefined
  }
}

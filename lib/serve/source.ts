// The interface to what is shown: the agent has one of its own; here is the one that reads the kernel and no more.

import { tellAgent } from '../commands/tell-agent.ts'
import type { IpvsClient } from '../ipvs/client.ts'
import {
  CONNECTION_LIST,
  type Connection,
  connectionLines,
  parseConnection,
} from '../ipvs/connection-list.ts'
import { openClient } from '../ipvs/open-client.ts'
import { connectionsOf } from '../ipvs/service-connections.ts'
import { type ConnectionCounts, type ConnectionOwners, counting } from '../metrics/connection-counts.ts'
import type { MetricFamily } from '../metrics/exposition.ts'
import type { CheckedServers } from '../metrics/health.ts'
import {
  type DirectorObservation,
  type Observation,
  observe,
  type TableSink,
  visitTable,
} from '../metrics/observation.ts'
import type { Change } from '../model/change.ts'
import type { DestinationId } from '../model/destination.ts'
import { KernelError } from '../model/errors.ts'
import type { FleetStatus } from '../model/fleet-state.ts'
import type { ServiceId } from '../model/service.ts'
import { sortDestinations, sortServices } from '../output/sort.ts'
import type { System } from '../system/system.ts'

export interface ListedConnections {
  readonly connections: readonly Connection[]
  /** Whether the service may have more. */
  readonly partial: boolean
}

/** All calls may be made at the same time, and reject when the kernel does not answer. */
export interface MonitorSource {
  /** The table with its counters, and the health of its servers if they are checked; without connections. */
  observe(): Promise<Observation>
  /** Passes the table to a sink, sorted, without keeping it. */
  visit(sink: TableSink): Promise<DirectorObservation>
  /** The health of the servers, if they are checked. */
  checked?(): CheckedServers | undefined
  /** Connections of one service, so many at most. */
  connections(service: ServiceId, most: number): Promise<ListedConnections>
  /** Undefined: the list of connections cannot be read. */
  counts(owners: ConnectionOwners): Promise<ConnectionCounts | undefined>
  /** Metrics of its own. */
  families?(): Iterable<MetricFamily>
  /** The status of the fleet that the director belongs to; undefined: of none. */
  fleet?(): Promise<FleetStatus | undefined>
  /** Makes one change for an administrator. */
  apply(change: Change): Promise<void>
  close(): void
}

/** Lines between two pauses, in which others are served. */
const STEP = 10_000

const SORTED = { services: sortServices, servers: sortDestinations }

/** Takes the weight that an administrator has set. */
type TellWeight = (service: ServiceId, server: DestinationId, weight: number) => Promise<void>

/**
 * Opens the socket when it is first needed, and again after a failure.
 * @param tell by default a message to the agent of this machine, if one runs
 */
export function kernelSource(
  system: System,
  tell: TellWeight = (...setting) => tellAgent(system, ...setting),
): MonitorSource {
  let opened: Promise<IpvsClient> | undefined
  const close = () => {
    const old = opened
    opened = undefined
    old?.then(
      (client) => client.close(),
      () => {},
    )
  }
  const withClient = async <T>(work: (client: IpvsClient) => Promise<T>): Promise<T> => {
    opened ??= openClient(system)
    const own = opened
    try {
      return await work(await own)
    } catch (error) {
      // After any other error the state of the socket is unknown.
      if (!(error instanceof KernelError) && opened === own) close()
      throw error
    }
  }
  return {
    observe: () => withClient((client) => observe(client, system)),
    visit: (sink) => withClient((client) => visitTable(client, system, sink, SORTED)),
    connections: (service, most) => withClient((client) => readConnections(client, system, service, most)),
    counts: (owners) => readCounts(system, owners),
    apply: async (change) => {
      await withClient((client) => client.apply(change))
      if (change.kind === 'edit-server') await tell(change.service, change.server, change.config.weight)
    },
    close,
  }
}

async function readConnections(
  client: IpvsClient,
  system: System,
  service: ServiceId,
  most: number,
): Promise<ListedConnections> {
  const belongs = await connectionsOf(service, client)
  const connections: Connection[] = []
  let read = 0
  for (const line of connectionLines(system.readChunks(CONNECTION_LIST))) {
    if (belongs(line)) {
      if (connections.length === most) return { connections, partial: true }
      connections.push(parseConnection(line))
    }
    // The line is the same object for the next one: nothing of it is used after the pause.
    if (++read % STEP === 0) await pause()
  }
  return { connections, partial: false }
}

async function readCounts(system: System, owners: ConnectionOwners) {
  try {
    const steps = counting(system.readChunks(CONNECTION_LIST), owners)
    for (;;) {
      const step = steps.next()
      if (step.done === true) return step.value
      await pause()
    }
  } catch {
    return undefined
  }
}

const pause = () => new Promise<void>((resolve) => void setImmediate(resolve))

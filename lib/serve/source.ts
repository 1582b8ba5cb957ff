// The interface to what is shown: the agent has one of its own; here is the one that reads the kernel and no more.

import { tellAgent } from '../commands/tell-agent.ts'
import type { IpvsClient } from '../ipvs/client.ts'
import {
  CONNECTION_LIST,
  type Connection,
  type ConnectionLine,
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
import { type ServiceId, serviceKey } from '../model/service.ts'
import { sortDestinations, sortServices } from '../output/sort.ts'
import type { System } from '../system/system.ts'

export interface ListedConnections {
  readonly connections: readonly Connection[]
  /** Whether the service may have more. */
  readonly partial: boolean
}

/** An Error says why those of one service cannot be listed. */
export type ConnectionsByService = ReadonlyMap<string, ListedConnections | Error>

/** All calls may be made at the same time, and reject when the kernel does not answer. */
export interface MonitorSource {
  /** The table with its counters, and the health of its servers if they are checked; without connections. */
  observe(): Promise<Observation>
  /** Passes the table to a sink, sorted, without keeping it. */
  visit(sink: TableSink): Promise<DirectorObservation>
  /** The health of the servers, if they are checked. */
  checked?(): CheckedServers | undefined
  /** Connections of services by `serviceKey`, so many of each at most, by one reading of the list. */
  connections(services: readonly ServiceId[], most: number): Promise<ConnectionsByService>
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
    connections: (services, most) => withClient((client) => readConnections(client, system, services, most)),
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
  services: readonly ServiceId[],
  most: number,
): Promise<ConnectionsByService> {
  const results = new Map<string, ListedConnections | Error>()
  let open: ServiceList[] = []
  for (const service of services) {
    const key = serviceKey(service)
    try {
      const list = { belongs: await connectionsOf(service, client), connections: [], partial: false }
      results.set(key, list)
      open.push(list)
    } catch (error) {
      if (!(error instanceof KernelError)) throw error
      results.set(key, error)
    }
  }
  let read = 0
  for (const line of connectionLines(system.readChunks(CONNECTION_LIST))) {
    for (const list of open) if (list.belongs(line)) addTo(list, line, most)
    // The line is the same object for the next one: nothing of it is used after the pause.
    if (++read % STEP > 0) continue
    open = open.filter(({ partial }) => !partial)
    if (open.length === 0) break
    await pause()
  }
  return results
}

interface ServiceList extends ListedConnections {
  readonly belongs: Awaited<ReturnType<typeof connectionsOf>>
  readonly connections: Connection[]
  partial: boolean
}

function addTo(list: ServiceList, line: ConnectionLine, most: number): void {
  if (list.connections.length < most) list.connections.push(parseConnection(line))
  else list.partial = true
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

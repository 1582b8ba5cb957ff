// Takes a real server out of service gently: weight 0, then waiting until its connections have ended. Prints nothing.

import type { IpvsClient } from '../ipvs/client.ts'
import { type Destination, type DestinationId, destinationKey } from '../model/destination.ts'
import { ENOENT, ESRCH, KernelError } from '../model/errors.ts'
import { isFwmark, type ServiceId, serviceKey } from '../model/service.ts'

/** The connections that a server still has, by kind. */
export interface RemainingConnections {
  readonly active: number
  readonly inactive: number
  /** Templates: clients that come back to the server while they last. */
  readonly persistent: number
}

export interface DrainOptions {
  /** Milliseconds after which it is given up; undefined: never. */
  readonly timeout: number | undefined
  readonly deleteServer: boolean
  /** Gives the server its old weight back when it is interrupted. */
  readonly restoreWeight: boolean
}

/** Time, signals and whoever watches. */
export interface DrainEnvironment {
  /** Milliseconds; only differences matter. */
  now(): number
  /** Waits so many milliseconds, or until `interrupted` changes. */
  sleep(milliseconds: number): Promise<void>
  interrupted(): boolean
  /** `server` as the kernel has it. */
  progress(server: DestinationId, left: RemainingConnections, elapsed: number): Promise<void>
}

/**
 * - `drained`: nothing is left.
 * - `timed-out`, `interrupted`: something is.
 * - `deleted`: somebody else has deleted the server, or its service.
 * - `revived`: somebody else has given it a weight again.
 */
export type DrainResult = 'drained' | 'timed-out' | 'interrupted' | 'deleted' | 'revived'

export interface DrainOutcome {
  readonly ending: DrainResult
  readonly server: DestinationId
  /** What it was before, and is now; 0 when the server is gone. */
  readonly weight: { readonly before: number; readonly after: number }
  readonly left: RemainingConnections
  /** Milliseconds. */
  readonly elapsed: number
  /** Whether this deleted the server. */
  readonly deleted: boolean
}

/** Milliseconds between two looks at the server. */
const INTERVAL = 500

const NOTHING: RemainingConnections = { active: 0, inactive: 0, persistent: 0 }

/** Rejects with a KernelError as `-e` would, and with what reading the table may reject with. */
export async function drain(
  client: IpvsClient,
  service: ServiceId,
  id: DestinationId,
  options: DrainOptions,
  around: DrainEnvironment,
): Promise<DrainOutcome> {
  const start = around.now()
  const found = await findServer(client, service, id)
  const server = found.id
  const before = found.config.weight
  const setWeight = (config: Destination['config'], weight: number) =>
    client.apply({ kind: 'edit-server', service, server, config: { ...config, weight } })
  const end = (ending: DrainResult, left: RemainingConnections, after = 0, deleted = false): DrainOutcome => {
    return { ending, server, weight: { before, after }, left, elapsed: around.now() - start, deleted }
  }

  if (before !== 0) await setWeight(found.config, 0)
  for (;;) {
    const destination = await readServer(client, service, server)
    if (destination === undefined) return end('deleted', NOTHING)
    const { config, observed } = destination
    const left: RemainingConnections = {
      active: observed.activeConnections,
      inactive: observed.inactiveConnections,
      persistent: observed.persistentConnections,
    }
    const elapsed = around.now() - start
    await around.progress(server, left, elapsed)
    if (config.weight !== 0) return end('revived', left, config.weight)
    if (left.active + left.inactive + left.persistent === 0) {
      if (options.deleteServer) await client.apply({ kind: 'delete-server', service, server })
      return end('drained', left, 0, options.deleteServer)
    }
    if (around.interrupted()) {
      const after = options.restoreWeight ? before : 0
      if (after !== 0) await setWeight(config, after)
      return end('interrupted', left, after)
    }
    const rest = (options.timeout ?? Number.POSITIVE_INFINITY) - elapsed
    if (rest <= 0) return end('timed-out', left)
    await around.sleep(Math.min(INTERVAL, rest))
  }
}

/** The server that is meant: without a port of its own, or behind direct routing or a tunnel, it has the service's. */
async function findServer(client: IpvsClient, service: ServiceId, id: DestinationId): Promise<Destination> {
  const coerced = { ...id, port: isFwmark(service) ? 0 : service.port }
  const server = (await readServer(client, service, id)) ?? (await readServer(client, service, coerced))
  if (server !== undefined) return server
  const exists = (await client.services({ stats: false })).some(({ id }) => sameService(id, service))
  throw new KernelError(exists ? ENOENT : ESRCH, 'SET_DEST')
}

async function readServer(
  client: IpvsClient,
  service: ServiceId,
  id: DestinationId,
): Promise<Destination | undefined> {
  const destinations = await client.destinations(service, { stats: false })
  return destinations.find((destination) => destinationKey(destination.id) === destinationKey(id))
}

const sameService = (a: ServiceId, b: ServiceId) => serviceKey(a) === serviceKey(b)

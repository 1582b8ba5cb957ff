// Takes a real server out of service: weight 0, then waits until its connections have ended. Prints nothing.
import type { IpvsClient } from '../ipvs/client.ts'
import { type Destination, type DestinationId, destinationKey } from '../model/destination.ts'
import { ENOENT, ESRCH, KernelError } from '../model/errors.ts'
import { isFwmark, type ServiceId, serviceKey } from '../model/service.ts'

/** The remaining connections of a server, by kind. */
export interface RemainingConnections {
  readonly active: number
  readonly inactive: number
  /** Persistence templates: their clients return to the server until they expire. */
  readonly persistent: number
}

export interface DrainOptions {
  /** Timeout in milliseconds; undefined: none. */
  readonly timeout: number | undefined
  /** Milliseconds after which the server is deleted even if connections remain; undefined: never. */
  readonly endAfter: number | undefined
  /** Deletes the server after it has drained. */
  readonly deleteServer: boolean
  /** Restores the server's former weight when interrupted. */
  readonly restoreWeight: boolean
}

/** Time, signals and display. */
export interface DrainEnvironment {
  /** Milliseconds; only differences matter. */
  now(): number
  /** Waits this many milliseconds, or until `interrupted` changes. */
  sleep(milliseconds: number): Promise<void>
  interrupted(): boolean
  /** Called once the server has weight 0, before the wait. */
  quiesced(server: DestinationId): Promise<void>
  /** `server` as the kernel has it. */
  progress(server: DestinationId, left: RemainingConnections, elapsed: number): Promise<void>
}

/**
 * - `drained`: no connections remain.
 * - `ended`: the server was deleted with connections remaining, because of `endAfter`.
 * - `timed-out`, `interrupted`: connections remain.
 * - `deleted`: another program has deleted the server, or its service.
 * - `revived`: another program has set its weight to other than 0.
 */
export type DrainResult = 'drained' | 'ended' | 'timed-out' | 'interrupted' | 'deleted' | 'revived'

export interface DrainOutcome {
  readonly ending: DrainResult
  readonly server: DestinationId
  /** The former and the current weight; 0 when the server is gone. */
  readonly weight: { readonly before: number; readonly after: number }
  readonly left: RemainingConnections
  /** Milliseconds. */
  readonly elapsed: number
  /** Whether this drain deleted the server. */
  readonly deleted: boolean
}

/** Milliseconds between two readings of the server; far below the limit of a timer. */
const INTERVAL = 500

const NOTHING: RemainingConnections = { active: 0, inactive: 0, persistent: 0 }

/** Rejects with a KernelError as `-e` does, and as reading the table does. */
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
  await around.quiesced(server)
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
    const untilEnd = (options.endAfter ?? Number.POSITIVE_INFINITY) - elapsed
    if (untilEnd <= 0) {
      await client.apply({ kind: 'delete-server', service, server })
      return end('ended', left, 0, true)
    }
    const untilTimeout = (options.timeout ?? Number.POSITIVE_INFINITY) - elapsed
    if (untilTimeout <= 0) return end('timed-out', left)
    await around.sleep(Math.min(INTERVAL, untilEnd, untilTimeout))
  }
}

/** The named server. Without a port, or behind direct routing or a tunnel, its port is the service's. */
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

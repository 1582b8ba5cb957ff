// Repeated readings of the table, with the changes that lead from each reading to the next.
import type { CallOptions } from '../ipvs/client.ts'
import { destinationKey } from '../model/destination.ts'
import { TransportError } from '../model/errors.ts'
import { type ServiceId, serviceKey } from '../model/service.ts'
import { LONGEST_TIMER } from '../netlink/answer-timer.ts'
import type { LibraryChange } from './changes.ts'
import type { LibraryClient } from './library-client.ts'
import type { LibraryVirtualService } from './table.ts'

export interface WatchOptions extends CallOptions {
  /** Milliseconds between two readings: 1 to 2,147,483,647. Default: 1000. */
  readonly interval?: number
  /** Whether counters are read too. Default: true. */
  readonly stats?: boolean
}

export interface TableReading {
  readonly table: readonly LibraryVirtualService[]
  /** The changes of settings since the previous reading; the whole table in the first. Counters are not changes. */
  readonly changes: readonly LibraryChange[]
}

/** Reads the table until the caller stops or the signal is aborted, which ends it without an error. */
export async function* watch(
  client: LibraryClient,
  { interval = 1000, stats = true, signal }: WatchOptions = {},
): AsyncGenerator<TableReading, void, undefined> {
  if (!(interval >= 1 && interval <= LONGEST_TIMER)) {
    throw new RangeError(`interval must be from 1 to ${LONGEST_TIMER} ms`)
  }
  let before: readonly LibraryVirtualService[] = []
  while (!signal?.aborted) {
    const table = await read(client, stats, signal)
    if (table !== undefined) {
      yield { table, changes: changesBetween(before, table) }
      before = table
    }
    await sleep(interval, signal)
  }
}

/** The table; undefined if it kept changing, or the signal was aborted. */
async function read(client: LibraryClient, stats: boolean, signal: AbortSignal | undefined) {
  try {
    return await client.table({ stats, settled: true, signal })
  } catch (error) {
    if (signal?.aborted || (error instanceof TransportError && error.code === 'INTERRUPTED')) return undefined
    throw error
  }
}

function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, milliseconds)
    signal?.addEventListener('abort', end)
    if (signal?.aborted) end()
  })
}

/** The changes that make the second table of the first: removals, then services with their servers. */
export function changesBetween(
  before: readonly LibraryVirtualService[],
  after: readonly LibraryVirtualService[],
): LibraryChange[] {
  const changes: LibraryChange[] = []
  const old = new Map(before.map((entry) => [serviceKey(entry.id), entry]))
  const now = new Set(after.map(({ id }) => serviceKey(id)))
  for (const [key, { id }] of old) {
    if (!now.has(key)) changes.push({ kind: 'delete-service', service: id })
  }
  for (const entry of after) {
    const { id: service, config } = entry
    const previous = old.get(serviceKey(service))
    if (previous === undefined) changes.push({ kind: 'add-service', service, config })
    else if (differ(previous.config, config)) changes.push({ kind: 'edit-service', service, config })
    changes.push(...serverChanges(service, previous, entry))
  }
  return changes
}

function serverChanges(
  service: ServiceId,
  before: LibraryVirtualService | undefined,
  after: LibraryVirtualService,
): LibraryChange[] {
  const changes: LibraryChange[] = []
  const old = new Map((before?.servers ?? []).map((server) => [destinationKey(server.id), server]))
  const now = new Set(after.servers.map(({ id }) => destinationKey(id)))
  for (const [key, { id }] of old) {
    if (!now.has(key)) changes.push({ kind: 'delete-server', service, server: id })
  }
  for (const { id, config } of after.servers) {
    const previous = old.get(destinationKey(id))
    if (previous === undefined) changes.push({ kind: 'add-server', service, server: id, config })
    else if (differ(previous.config, config))
      changes.push({ kind: 'edit-server', service, server: id, config })
  }
  return changes
}

/** Whether two configurations differ in a setting. Both were made by one function, with their fields in one order. */
const differ = (a: object, b: object) => JSON.stringify(a) !== JSON.stringify(b)

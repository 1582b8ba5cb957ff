// The reading of a list of the kernel, until it is consistent.
import { TransportError } from '../model/errors.ts'
import type { Received } from '../netlink/attributes.ts'
import type { GenericConnection, Request } from '../netlink/generic-connection.ts'

/** The maximum number of readings of a list that has to settle. */
const SETTLING_ATTEMPTS = 10

/** A list of the kernel, and how to read its entries. */
export interface ListRequest<T> {
  readonly request: Request
  readonly read: (data: Received, start: number, end: number, add: (entry: T) => void) => void
  /** The entries of a datagram at once, if that is possible. */
  readonly readAll?: (data: Received, sequence: number, port: number) => readonly T[] | undefined
  /** Equal exactly for two readings of one entry. */
  readonly key: (entry: T) => string
  readonly settled: boolean
  readonly signal: AbortSignal | undefined
}

/** Reads a list; one that has to settle, until two readings have the same entries. */
export async function readList<T>(
  connection: GenericConnection,
  { settled, ...list }: ListRequest<T>,
): Promise<T[]> {
  let entries = await readOnce(connection, list)
  for (let attempt = 1; settled; attempt++) {
    const again = await readOnce(connection, list)
    const keys = new Set(entries.map(list.key))
    if (again.length === keys.size && again.every((entry) => keys.has(list.key(entry)))) return again
    if (attempt === SETTLING_ATTEMPTS) {
      throw new TransportError(`${list.request.name}: other programs keep changing the table`, 'INTERRUPTED')
    }
    entries = again
  }
  return entries
}

async function readOnce<T>(
  connection: GenericConnection,
  { request, read, readAll, key, signal }: Omit<ListRequest<T>, 'settled'>,
): Promise<T[]> {
  let entries: T[] = []
  const add = (entry: T) => void entries.push(entry)
  const reader = {
    onReply: (data: Received, start: number, end: number) => read(data, start, end, add),
    onDatagram: (data: Received, sequence: number, port: number) => {
      const all = readAll?.(data, sequence, port)
      if (all === undefined) return false
      for (let i = 0; i < all.length; i++) entries.push(all[i]!)
      return true
    },
    restart: () => {
      entries = []
    },
    isConsistent: () => new Set(entries.map(key)).size === entries.length,
  }
  await connection.dump(request, reader, signal)
  return entries
}

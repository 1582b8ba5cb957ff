// The reading of a list of the kernel, until it is consistent.
import { TransportError } from '../model/errors.ts'
import type { Received } from '../netlink/attributes.ts'
import type { GenericConnection, Request } from '../netlink/generic-connection.ts'

/** The maximum number of readings of a list that has to settle. */
const SETTLING_ATTEMPTS = 10

/** Reader of the entries of a list of the kernel. */
export interface ReadableList<T> {
  readonly request: Request
  readonly read: (data: Received, start: number, end: number, add: (entry: T) => void) => void
  /** The entries of a datagram at once, if that is possible. */
  readonly readAll?: (datagram: Uint8Array, sequence: number, port: number) => readonly T[] | undefined
}

export interface ListRequest<T> extends ReadableList<T> {
  /** Equal exactly for two readings of one entry. */
  readonly key: (entry: T) => string
  readonly settled: boolean
  readonly signal: AbortSignal | undefined
}

/** Takes the entries of a list one by one. */
export interface EntryVisitor<T> {
  visit(entry: T): void
  /** The list is read again: the entries so far do not count. */
  restart(): void
  /** Whether no entry came twice, asked at the end of a list in several datagrams. */
  isConsistent(): boolean
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
  { key, signal, ...list }: Omit<ListRequest<T>, 'settled'>,
): Promise<T[]> {
  let entries: T[] = []
  const visitor = {
    visit: (entry: T) => void entries.push(entry),
    restart: () => {
      entries = []
    },
    isConsistent: () => new Set(entries.map(key)).size === entries.length,
  }
  await visitList(connection, list, visitor, signal)
  return entries
}

/** Reads a list without keeping it. */
export async function visitList<T>(
  connection: GenericConnection,
  { request, read, readAll }: ReadableList<T>,
  visitor: EntryVisitor<T>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const visit = (entry: T) => visitor.visit(entry)
  const reader = {
    onReply: (data: Received, start: number, end: number) => read(data, start, end, visit),
    onDatagram: (datagram: Uint8Array, sequence: number, port: number) => {
      const all = readAll?.(datagram, sequence, port)
      if (all === undefined) return false
      for (let i = 0; i < all.length; i++) visitor.visit(all[i]!)
      return true
    },
    restart: () => visitor.restart(),
    isConsistent: () => visitor.isConsistent(),
  }
  await connection.dump(request, reader, signal)
}

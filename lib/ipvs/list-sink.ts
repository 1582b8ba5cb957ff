// Receivers of the kernel's lists that are read without an object for each entry.
import type { Family } from '../model/address.ts'
import type { Destination } from '../model/destination.ts'
import type { Received } from '../netlink/attributes.ts'
import type { SeriesEnd, SeriesStart } from '../netlink/dump-series.ts'
import type { DumpCallbacks } from '../netlink/generic-connection.ts'
import type { Dump } from './record-reader.ts'

export interface ListSink<T> {
  /** Takes all entries of a datagram, or none: then they are added one by one. */
  take(datagram: Uint8Array, dump: Dump): boolean
  add(entry: T): void
  /** Forgets all entries: the list is read anew. */
  restart(): void
  /** Whether no entry came twice; asked at the end of a list in several datagrams. */
  isConsistent(): boolean
}

/** A service by the attributes of a request, and the family of its real servers. */
export interface IdentifiedService {
  readonly identity: Uint8Array
  readonly family: Family
}

/** Receives the real servers of services. */
export interface DestinationSink extends ListSink<Destination> {
  /** The service whose real servers are read next. */
  next(): IdentifiedService | undefined
  /** Called when they have been read. */
  done(): void
  /** Reads those of the next services itself, as many as it can. */
  ahead(start: SeriesStart, dump: Pick<Dump, 'attribute' | 'observe'>): SeriesEnd
}

/** Reads a dump into a sink. @param dump its family may change from dump to dump; @param read reads the entries of one reply */
export function sinkReader<T>(
  sink: ListSink<T>,
  dump: Omit<Dump, 'sequence' | 'port'>,
  read: (data: Received, start: number, end: number, add: (entry: T) => void) => void,
): DumpCallbacks {
  const numbered = Object.assign(dump, { sequence: 0, port: 0 })
  const add = (entry: T) => sink.add(entry)
  return {
    onReply: (data, start, end) => read(data, start, end, add),
    onDatagram: (datagram, sequence, port) => {
      numbered.sequence = sequence
      numbered.port = port
      return sink.take(datagram, numbered)
    },
    restart: () => sink.restart(),
    isConsistent: () => sink.isConsistent(),
  }
}

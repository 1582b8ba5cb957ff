// A faster alternative to decoding records and formatting objects, if the runtime has one: in the standalone executable
// the C host makes the rows of usual records (native/rows.c), and leaves the rest. A test compares their results.
import type { ListSink } from '../ipvs/list-sink.ts'
import type { Dump } from '../ipvs/record-reader.ts'
import type { Family } from '../model/address.ts'
import type { SeriesEnd, SeriesStart } from '../netlink/dump-series.ts'
import type { RowPlan } from './row-plan.ts'

/** A row that the program has made of an unusual record. */
export interface MadeRow {
  /** The key of sort.ts. */
  readonly words: readonly number[]
  readonly family: Family
  /** Of a service: the attributes of a request that names it. */
  readonly identity?: Uint8Array
  readonly line: string
  /** Of a service: the beginning of the lines of its real servers. */
  readonly prefix?: string
}

/** A service in a list, for the dump of its real servers. */
export interface ListedService {
  readonly identity: Uint8Array
  readonly prefix: Uint8Array
  readonly family: Family
  /** -1 for a firewall mark. */
  readonly port: number
}

/** Rows in the kernel's order, or sorted. */
export interface RowList extends Omit<ListSink<never>, 'take' | 'add'> {
  readonly length: number
  /** Adds the rows of a datagram, or none. @param service of real servers */
  take(datagram: Uint8Array, dump: Dump, service?: ListedService): boolean
  add(row: MadeRow): void
  /** Sorts as sort.ts does. */
  sort(): void
  /** A service, by its place in the order; valid until the next call. */
  service(at: number): ListedService
}

/** Collects lines and writes them in large chunks. */
export interface RowWriter {
  text(text: string): void
  /** The lines of a list that have not been written, in order. @param most default: all */
  lines(list: RowList, most?: number): void
  /**
   * Reads the real servers of the next services, and writes the lines of both, as long as they are usual and there is room.
   * @param servers an empty list
   */
  series(
    services: RowList,
    servers: RowList,
    sorts: boolean,
    start: SeriesStart,
    dump: Pick<Dump, 'attribute' | 'observe'>,
  ): SeriesEnd
  end(): void
}

export interface RecordRows {
  list(plan: RowPlan): RowList
  /** @param write takes text in UTF-8, which is valid until it returns */
  writer(write: (text: Uint8Array) => void): RowWriter
}

/** Undefined: the runtime has no such formatter. */
export const recordRows = (): RecordRows | undefined => undefined

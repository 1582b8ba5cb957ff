// Servers of the kernel beside those of a rule file, without objects, if the runtime can do that: in the standalone executable
// a function of the C host does (native/entry-records.c). A test compares its results.
import type { WantedTable } from './wanted-table.ts'

/** The numbers of a dump: its sequence number and the port of the socket. */
export interface ServerComparison {
  /** Begins with the servers of a service. */
  begin(service: number): void
  /** Whether all servers in a datagram of a dump are as the rules have them, and come once; otherwise none is taken. */
  take(datagram: Uint8Array, sequence: number, port: number): boolean
  /** The numbers of the servers that have been taken. */
  readonly taken: Int32Array
}

/** @param _table with the rules. Undefined: the runtime has none. */
export function serverComparison(_table: WantedTable): ServerComparison | undefined {
  return undefined
}

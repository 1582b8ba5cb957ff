// A faster alternative to `decode`, `encode` and comparisons, if the runtime has one: in the standalone
// executable the C host handles common, well-formed records, and leaves the rest. A test compares their results.
import type { Family } from '../model/address.ts'

/** The record between two positions; undefined if `decode` must read it. */
export type RecordReader = (
  bytes: Uint8Array,
  start: number,
  end: number,
  inherited: Family,
  observe: boolean,
) => unknown

/** @param _codec a Codec of codec.ts. Undefined: the runtime has no such reader. */
export function recordReader(_codec: object): RecordReader | undefined {
  return undefined
}

/** The replies to a dump. */
export interface Dump {
  /** The sequence number of its request, and the port that has sent it. */
  readonly sequence: number
  readonly port: number
  /** The attribute that is the record, which is all that a reply has. */
  readonly attribute: number
  readonly inherited: Family
  readonly observe: boolean
}

/** The records of a datagram of a dump; undefined if its messages have to be read one by one. */
export type DumpReader = (bytes: Uint8Array, dump: Dump) => readonly unknown[] | undefined

/** @param _codec a Codec of codec.ts. Undefined: there is no such reader. */
export function dumpReader(_codec: object): DumpReader | undefined {
  return undefined
}

/** Writes the attributes of a group's values at a position; where they end, or -1 if `encode` has to write them. */
export type GroupWriter = (values: object, bytes: Uint8Array, at: number) => number

/** @param _group of a schema. Undefined: the runtime has no such writer. */
export function groupWriter(_group: object): GroupWriter | undefined {
  return undefined
}

/** Whether two objects have the same values of a group's fields. */
export type GroupComparison = (a: object, b: object) => boolean

/** @param _group of a schema. Undefined: the runtime has no such comparison. */
export function groupComparison(_group: object): GroupComparison | undefined {
  return undefined
}

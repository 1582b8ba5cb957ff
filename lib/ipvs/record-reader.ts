// A faster reader and writer of records than `decode` and `encode`, where the runtime has them: in the standalone
// executable the C host does what is common and well formed, and leaves the rest. A test holds the two to the same results.
import type { Family } from '../model/address.ts'

/** The record between two positions; undefined if `decode` has to read it. */
export type RecordReader = (
  bytes: Uint8Array,
  start: number,
  end: number,
  inherited: Family,
  observe: boolean,
) => unknown

/** @param _codec a Codec of codec.ts. Undefined: there is no such reader. */
export function recordReader(_codec: object): RecordReader | undefined {
  return undefined
}

/** Writes the attributes of a group's values at a position; where they end, or -1 if `encode` has to write them. */
export type GroupWriter = (values: object, bytes: Uint8Array, at: number) => number

/** @param _group of a schema. Undefined: there is no such writer. */
export function groupWriter(_group: object): GroupWriter | undefined {
  return undefined
}

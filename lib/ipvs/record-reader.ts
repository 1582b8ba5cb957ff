// A faster reader of records than `decode`, where the runtime has one: in the standalone executable the C host reads what
// is common and well formed, and leaves the rest to `decode`. A test holds the two to the same results.
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

// Usual records of the kernel, which an input edits: few inputs would be any.
import { concatBytes } from '../../lib/model/bytes.ts'

/** The length of the headers of a reply. */
const HEADER = 24

const attribute = (type: number, ...payload: number[]) => [payload.length + 4, 0, type, 0, ...payload]
const ADDRESS = [192, 0, 2, 1, ...new Array(12).fill(0)]
const ZERO = [0, 0, 0, 0]
export const USUAL_SERVICE = [
  ...attribute(1, 2, 0, 0, 0),
  ...attribute(2, 6, 0, 0, 0),
  ...attribute(3, ...ADDRESS),
  ...attribute(4, 0, 80, 0, 0),
  ...attribute(6, 119, 108, 99, 0),
  ...attribute(7, 3, 0, 0, 0, 255, 255, 255, 255),
  ...attribute(8, 44, 1, 0, 0),
  ...attribute(9, 255, 255, 255, 255),
]
export const USUAL_SERVER = [
  ...attribute(1, ...ADDRESS),
  ...attribute(2, 0, 80, 0, 0),
  ...[3, 4, 5, 6, 7, 8, 9].flatMap((type) => attribute(type, ...ZERO)),
  ...attribute(11, 2, 0, 0, 0),
]
// A length without the padding that follows.
for (const [record, places] of [
  [USUAL_SERVICE, [0, 8, 36]],
  [USUAL_SERVER, [20, USUAL_SERVER.length - 8]],
] as const) {
  for (const place of places) record[place] = 6
}

/** A reply to the request 7 of the port 9, with one record. */
function reply(record: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER + ((record.length + 3) & ~3))
  const view = new DataView(bytes.buffer)
  view.setUint32(0, HEADER + record.length, true)
  view.setUint16(4, 30, true)
  view.setUint32(8, 7, true)
  view.setUint32(12, 9, true)
  view.setUint16(20, HEADER + record.length - 20, true)
  view.setUint16(22, 1, true)
  bytes.set(record, HEADER)
  return bytes
}

/** A datagram of an input: itself, a reply with it, or one or two with edits of a usual record, perhaps damaged. */
export function datagramOf(
  input: Uint8Array,
  random: (below: number) => number,
  usual: readonly number[],
): Uint8Array {
  const kind = random(8)
  if (kind === 6) return reply(input)
  if (kind === 7) return input
  const middle = kind < 3 ? input.length : (input.length >> 1) & ~1
  const parts = [reply(edited(usual, input.subarray(0, middle)))]
  if (middle < input.length) parts.push(reply(edited(usual, input.subarray(middle))))
  const bytes = concatBytes(parts)
  if (kind === 5) bytes[random(bytes.length)] = random(256)
  return bytes
}

/** A usual record with bytes replaced: pairs of a place and a byte. */
export function edited(usual: readonly number[], edits: Uint8Array): Uint8Array {
  const record = Uint8Array.from(usual)
  for (let i = 0; i + 1 < edits.length; i += 2) record[edits[i]! % record.length] = edits[i + 1]!
  return record
}

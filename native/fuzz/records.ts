// Records of the kernel: `readRecord` and `readRecords` give what the decoder in TypeScript gives, or leave them to it;
// `writeRecord` writes what the encoder writes, or nothing; `sameRecord` compares as it does.
import { type Codec, comparison, decode, encode } from '../../lib/ipvs/codec.ts'
import { DESTINATION, SERVICE } from '../../lib/ipvs/schema.ts'
import { AttributeWriter, received, walk } from '../../lib/netlink/attributes.ts'
import { eachMessage } from '../../lib/netlink/message.ts'
import {
  dumpReader,
  groupComparison,
  groupWriter,
  recordReader,
} from '../../lib/system/quickjs/packages/record-reader.ts'
import { choices, same, target } from './tools.ts'
import { datagramOf, edited, USUAL_SERVER, USUAL_SERVICE } from './usual-records.ts'

type Group = Record<string, never>
type Schema = Record<'id' | 'config', Group>
type Random = (below: number) => number

const CODECS = [SERVICE, DESTINATION] as unknown as readonly Codec<Schema>[]
const USUAL = [USUAL_SERVICE, USUAL_SERVER]
const READERS = CODECS.map((codec) => recordReader(codec)!)
const DUMP_READERS = CODECS.map((codec) => dumpReader(codec)!)
const GROUPS = ['id', 'config'] as const
const FAMILIES = ['inet', 'inet6'] as const
/** Of datagramOf. */
const MESSAGE = { sequence: 7, port: 9, attribute: 1 } as const
/** Values that a field may not have. */
const VALUES = [
  undefined,
  '',
  0,
  -1,
  0.5,
  70_000,
  2 ** 32,
  7n,
  Number.NaN,
  'wlc',
  'wrr\0',
  'x'.repeat(16),
  '192.0.2.1',
  '::1',
  'ä',
  null,
  true,
  {},
]

function compareRecord(record: Uint8Array, which: number, random: Random): void {
  const [family, observe] = [FAMILIES[random(2)]!, random(2) === 0]
  const fast = READERS[which]!(record, 0, record.length, family, observe)
  if (fast === undefined) return
  same(fast, decode(CODECS[which]!, received(record), 0, record.length, family, observe))
}

function compareDump(bytes: Uint8Array, which: number, random: Random): void {
  const dump = { ...MESSAGE, inherited: FAMILIES[random(2)]!, observe: random(2) === 0 }
  const fast = DUMP_READERS[which]!(bytes, dump)
  if (fast === undefined) return
  const data = received(bytes)
  const all: unknown[] = []
  eachMessage(data, (header, start, end) => {
    same([header.sequence, header.port, header.flags & 0x10, header.type >= 16], [7, 9, 0, true])
    walk(data, start + 4, end, 'fuzz', (type, from, to) => {
      same(type, 1)
      all.push(decode(CODECS[which]!, data, from, to, dump.inherited, dump.observe))
    })
  })
  same(fast, all)
}

function compareValues(record: Uint8Array, which: number, random: Random): void {
  const { schema } = CODECS[which]!
  const decoded = attempt(() => decode(CODECS[which]!, received(record), 0, record.length))
  if (typeof decoded !== 'object') return
  const group = GROUPS[random(2)]!
  const values: Record<string, unknown> = { ...decoded[group] }
  const names = Object.keys(schema[group])
  if (random(2) === 0) values[names[random(names.length)]!] = VALUES[random(VALUES.length)]
  same(
    groupComparison(schema[group])!(values, decoded[group]),
    comparison(schema[group])(values as never, decoded[group]),
  )
  const block = new Uint8Array(random(4) === 0 ? random(256) : 512)
  const start = Math.min(4 * random(16), block.length)
  const end = groupWriter(schema[group])!(values, block, start)
  if (end < 0) return
  const writer = new AttributeWriter()
  encode(writer, schema[group], values as never, 'inet')
  same(block.subarray(start, end), writer.written)
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}

target((bytes) => {
  const random = choices(bytes)
  const [way, which] = [random(4), random(2)]
  const input = bytes.slice(8)
  const record = random(2) === 0 ? input : edited(USUAL[which]!, input)
  if (way === 0) compareRecord(record, which, random)
  else if (way === 1) compareDump(datagramOf(input, random, USUAL[which]!), which, random)
  else compareValues(edited(USUAL[which]!, input), which, random)
})

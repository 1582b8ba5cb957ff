// Records of the kernel: `readRecord` gives what the decoder in TypeScript gives, or leaves the record to it.
import { type Codec, decode } from '../../lib/ipvs/codec.ts'
import { DESTINATION, SERVICE } from '../../lib/ipvs/schema.ts'
import { received } from '../../lib/netlink/attributes.ts'
import { recordReader } from '../../lib/system/quickjs/packages/record-reader.ts'
import { same, target } from './tools.ts'

const CODECS = [SERVICE, DESTINATION] as readonly Codec<unknown>[]
const READERS = CODECS.map((codec) => recordReader(codec))

target((bytes) => {
  // The first byte selects the record, its family, and whether observations count.
  const choice = bytes[0] ?? 0
  const codec = CODECS[choice & 1]
  const reader = READERS[choice & 1]
  if (codec === undefined || reader === undefined) throw new Error('no plan')
  const record = bytes.slice(1)
  const family = choice & 2 ? 'inet' : 'inet6'
  const observe = (choice & 4) !== 0
  const fast = reader(record, 0, record.length, family, observe)
  if (fast === undefined) return
  same(fast, decode(codec, received(record), 0, record.length, family, observe))
})

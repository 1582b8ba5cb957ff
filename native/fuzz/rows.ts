// Rows of listings and rules: a datagram of a dump gives the rows that the formatters of objects give, or none.
import { decodeUtf8 } from 'host'
import { type Decoded, decode } from '../../lib/ipvs/codec.ts'
import { DESTINATION, SERVICE } from '../../lib/ipvs/schema.ts'
import type { Destination } from '../../lib/model/destination.ts'
import { received, walk } from '../../lib/netlink/attributes.ts'
import { eachMessage } from '../../lib/netlink/message.ts'
import { NUMBERS } from '../../lib/output/endpoints.ts'
import type { RowList } from '../../lib/output/record-rows.ts'
import { listingPlan } from '../../lib/output/row-plan.ts'
import { ENDPOINT_WIDTH, formatServerLine, formatServiceLine } from '../../lib/output/table-listing.ts'
import { formatAddServer, formatAddService } from '../../lib/rules/rule-lines.ts'
import { RULE_PLAN } from '../../lib/rules/rule-plan.ts'
import { recordRows } from '../../lib/system/quickjs/packages/record-rows.ts'
import { same, target } from './tools.ts'

const VIEWS = ['route', 'stats', 'rate', 'thresholds'] as const
const PLANS = [...VIEWS.map((view) => listingPlan(view, false, ENDPOINT_WIDTH)!), RULE_PLAN]
const LISTS = PLANS.map(
  ({ services, servers }) => [recordRows().list(services), recordRows().list(servers)] as const,
)
/** Only the attributes of a datagram are the input's: its headers are those of a reply. */
const HEADER = 24
const DUMP = { sequence: 7, port: 9, attribute: 1, inherited: 'inet', observe: true } as const
const SERVICE_ID = { family: 'inet', fwmark: 1 } as const
const OF_SERVICE = {
  identity: new Uint8Array(0),
  prefix: new Uint8Array(0),
  family: 'inet',
  port: -1,
} as const

function textOf(list: RowList): string {
  let text = ''
  const writer = recordRows().writer((bytes) => {
    text += decodeUtf8(bytes)
  })
  list.sort()
  writer.lines(list)
  writer.end()
  return text
}

function datagramOf(record: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER + record.length)
  const { view } = received(bytes)
  view.setUint32(0, bytes.length, true)
  view.setUint16(4, 30, true)
  view.setUint32(8, DUMP.sequence, true)
  view.setUint32(12, DUMP.port, true)
  view.setUint16(20, bytes.length - 20, true)
  view.setUint16(22, DUMP.attribute, true)
  bytes.set(record, HEADER)
  return bytes
}

const attribute = (type: number, ...payload: number[]) => [payload.length + 4, 0, type, 0, ...payload]
const ADDRESS = [192, 0, 2, 1, ...new Array(12).fill(0)]
const ZERO = [0, 0, 0, 0]
/** Usual records, which the input edits: few inputs would be any. */
const USUAL_SERVICE = [
  ...attribute(1, 2, 0, 0, 0),
  ...attribute(2, 6, 0, 0, 0),
  ...attribute(3, ...ADDRESS),
  ...attribute(4, 0, 80, 0, 0),
  ...attribute(6, 119, 108, 99, 0),
  ...attribute(7, 3, 0, 0, 0, 255, 255, 255, 255),
  ...attribute(8, 44, 1, 0, 0),
  ...attribute(9, 255, 255, 255, 255),
]
const USUAL_SERVER = [
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

/** A usual record with bytes replaced: pairs of a place and a byte. */
function edited(usual: readonly number[], edits: Uint8Array): Uint8Array {
  const record = Uint8Array.from(usual)
  for (let i = 0; i + 1 < edits.length; i += 2) record[edits[i]! % record.length] = edits[i + 1]!
  return record
}

target((bytes) => {
  // The first byte selects the plan, and whether the input is a datagram, the attributes of a record, or edits of one.
  const choice = bytes[0] ?? 0
  const plan = choice % PLANS.length
  const isServer = (choice & 64) !== 0
  const list = LISTS[plan]![isServer ? 1 : 0]
  list.restart()
  const input = bytes.slice(1)
  const record = choice & 32 ? edited(isServer ? USUAL_SERVER : USUAL_SERVICE, input) : input
  const datagram = choice & 128 ? input : datagramOf(record)
  if (!list.take(datagram, DUMP, isServer ? OF_SERVICE : undefined)) return
  let text = ''
  let count = 0
  const data = received(datagram)
  eachMessage(data, (_header, start, end) => {
    walk(data, start + 4, end, 'fuzz', (_type, from, to) => {
      count++
      text += isServer
        ? serverLine(plan, decode(DESTINATION, data, from, to))
        : serviceLine(plan, decode(SERVICE, data, from, to))
    })
  })
  same(list.length, count)
  const made = textOf(list)
  if (count === 1) same(made, text)
  else same([...made].sort(), [...text].sort())
})

function serverLine(plan: number, server: Destination): string {
  const view = VIEWS[plan]
  if (view !== undefined) return formatServerLine(server, { view, exact: false })
  return formatAddServer(SERVICE_ID, server, NUMBERS).slice('-a -f 1 -r '.length)
}

/** A service by a mark is left to the program. */
function serviceLine(plan: number, { id, config, observed }: Decoded<typeof SERVICE.schema>): string {
  const { family, protocol, address, port } = id
  const service = { id: { family, protocol: protocol!, address: address!, port: port! }, config, observed }
  const view = VIEWS[plan]
  return view === undefined
    ? formatAddService(service, NUMBERS)
    : formatServiceLine(service, { view, exact: false }, NUMBERS)
}

// Rows of listings and rules: a datagram of a dump gives the rows that the formatters of objects give, or none.
import { decodeUtf8, encodeUtf8 } from 'host'
import { type Decoded, decode } from '../../lib/ipvs/codec.ts'
import { DESTINATION, SERVICE } from '../../lib/ipvs/schema.ts'
import type { Address, Family } from '../../lib/model/address.ts'
import type { Destination } from '../../lib/model/destination.ts'
import { isFwmark, type ServiceId } from '../../lib/model/service.ts'
import { received, walk } from '../../lib/netlink/attributes.ts'
import { eachMessage } from '../../lib/netlink/message.ts'
import { NUMBERS } from '../../lib/output/endpoints.ts'
import type { RowList } from '../../lib/output/record-rows.ts'
import { listingPlan } from '../../lib/output/row-plan.ts'
import { mergeSort } from '../../lib/output/sort.ts'
import { ENDPOINT_WIDTH, formatServerLine, formatServiceLine } from '../../lib/output/table-listing.ts'
import { formatAddServer, formatAddService, formatServiceId } from '../../lib/rules/rule-lines.ts'
import { RULE_PLAN } from '../../lib/rules/rule-plan.ts'
import { recordRows } from '../../lib/system/quickjs/packages/record-rows.ts'
import { choices, same, target } from './tools.ts'
import { datagramOf, USUAL_SERVER, USUAL_SERVICE } from './usual-records.ts'

const VIEWS = ['route', 'stats', 'rate', 'thresholds'] as const
/** Words whose differences wrap, and others. */
const WORDS = [0, 1, 2, 2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 2 ** 32 - 2, 2 ** 32 - 1]
const ZEROS = new Array<number>(8).fill(0)
const PLANS = [...VIEWS.map((view) => listingPlan(view, false, ENDPOINT_WIDTH)!), RULE_PLAN]
const LISTS = PLANS.map(
  ({ services, servers }) => [recordRows().list(services), recordRows().list(servers)] as const,
)
const MESSAGE = { sequence: 7, port: 9, attribute: 1 } as const
const ADDRESSES = { inet: '192.0.2.1', inet6: '2001:db8::1' } as const

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

/** Sorts entries of any words, and tells whether two are the same. */
function sortAny(random: (below: number) => number): void {
  const list = LISTS[0]![0]
  list.restart()
  const family = ['inet', 'inet6'] as const
  const entries = Array.from({ length: random(40) }, (_, line) => ({
    words: Array.from({ length: 1 + random(8) }, () => WORDS[random(WORDS.length)]!),
    family: family[random(2)]!,
    line: `${line}\n`,
  }))
  for (const entry of entries) list.add(entry)
  const all = entries.map(({ words, family }) => `${family} ${[...words, ...ZEROS].slice(0, 8)}`)
  same(list.isConsistent(), new Set(all).size === all.length)
  const sorted = mergeSort(entries, (a, b) => {
    for (let i = 0; i < 8; i++) {
      const difference = ((a.words[i] ?? 0) - (b.words[i] ?? 0)) | 0
      if (difference !== 0) return difference
    }
    return 0
  })
  same(textOf(list), sorted.map(({ line }) => line).join(''))
}

target((bytes) => {
  const random = choices(bytes)
  if (random(16) === 15) return sortAny(random)
  const plan = random(PLANS.length)
  const isServer = random(2) === 1
  const list = LISTS[plan]![isServer ? 1 : 0]
  list.restart()
  const family: Family = random(4) === 1 ? 'inet6' : 'inet'
  const dump = { ...MESSAGE, inherited: family, observe: random(4) !== 1 } as const
  const id: ServiceId =
    random(2) === 0
      ? { family, fwmark: 1 }
      : { family, protocol: 'tcp', address: ADDRESSES[family] as Address, port: 80 }
  const prefix = new Uint8Array(
    encodeUtf8(plan === VIEWS.length ? `-a ${formatServiceId(id, NUMBERS)} -r ` : ''),
  )
  const service = { identity: prefix, prefix, family, port: isFwmark(id) ? -1 : id.port }
  const data = received(datagramOf(bytes.slice(8), random, isServer ? USUAL_SERVER : USUAL_SERVICE))
  if (!list.take(data.bytes, dump, isServer ? service : undefined)) return
  const lines: string[] = []
  eachMessage(data, (_header, start, end) => {
    walk(data, start + 4, end, 'fuzz', (_type, from, to) => {
      lines.push(
        isServer
          ? serverLine(plan, id, decode(DESTINATION, data, from, to, family, dump.observe))
          : serviceLine(plan, decode(SERVICE, data, from, to, family, dump.observe)),
      )
    })
  })
  same(list.length, lines.length)
  const made = textOf(list)
  if (lines.length === 1) same(made, lines[0])
  else same(made.split('\n').sort(), lines.join('').split('\n').sort())
})

function serverLine(plan: number, id: ServiceId, server: Destination): string {
  const view = VIEWS[plan]
  return view === undefined
    ? formatAddServer(id, server, NUMBERS)
    : formatServerLine(server, { view, exact: false })
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

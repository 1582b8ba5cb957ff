// Checks of the rows that the C host makes of records (native/rows.c): they are what the formatters of objects print.
import * as host from 'host'
import { type Codec, type Decoded, decode } from '../../../lib/ipvs/codec.ts'
import type { Dump } from '../../../lib/ipvs/record-reader.ts'
import { DESTINATION, SERVICE } from '../../../lib/ipvs/schema.ts'
import type { Destination } from '../../../lib/model/destination.ts'
import { destinationKey } from '../../../lib/model/destination.ts'
import type { View } from '../../../lib/model/listing-format.ts'
import { isFwmark, type Service, type ServiceId, serviceKey } from '../../../lib/model/service.ts'
import { ATTRIBUTE_HEADER, received, walk } from '../../../lib/netlink/attributes.ts'
import { eachMessage } from '../../../lib/netlink/message.ts'
import { NUMBERS } from '../../../lib/output/endpoints.ts'
import type { ListedService, RowList } from '../../../lib/output/record-rows.ts'
import { listingPlan, type TablePlan } from '../../../lib/output/row-plan.ts'
import { endpointWords, serviceWords, sortDestinations, sortServices } from '../../../lib/output/sort.ts'
import { ENDPOINT_WIDTH, formatServerLine, formatServiceLine } from '../../../lib/output/table-listing.ts'
import { formatAddServer, formatAddService, formatServiceId } from '../../../lib/rules/rule-lines.ts'
import { RULE_PLAN } from '../../../lib/rules/rule-plan.ts'
import { recordRows } from '../../../lib/system/quickjs/packages/record-rows.ts'
import type { CheckTools } from './check-tools.ts'

const EINVAL = -22
const ENOBUFS = -105

/** A kind of table: its plans, and the lines that the program formats. */
interface Table {
  readonly plan: TablePlan
  service(service: Service): string
  prefix(id: ServiceId): string
  server(id: ServiceId, destination: Destination): string
}

const listing = (view: View, exact: boolean): Table => ({
  plan: listingPlan(view, exact, ENDPOINT_WIDTH)!,
  service: (service) => formatServiceLine(service, { view, exact }, NUMBERS),
  prefix: () => '',
  server: (_id, destination) => formatServerLine(destination, { view, exact }),
})

const RULES: Table = {
  plan: RULE_PLAN,
  service: (service) => formatAddService(service, NUMBERS),
  prefix: (id) => `-a ${formatServiceId(id, NUMBERS)} -r `,
  server: (id, destination) => formatAddServer(id, destination, NUMBERS),
}

// With those of series-run.ts as many plans as the host has room for.
const TABLES: readonly Table[] = [
  listing('route', false),
  listing('stats', false),
  listing('rate', false),
  listing('stats', true),
  listing('thresholds', false),
  listing('persistent-conn', false),
  RULES,
]

const DUMP = { sequence: 7, port: 4242, attribute: 1, observe: true } as const

function textOf(list: RowList): string {
  let text = ''
  const writer = recordRows().writer((bytes) => {
    text += host.decodeUtf8(bytes)
  })
  writer.lines(list, 1)
  writer.lines(list)
  writer.end()
  return text
}

/** The records of a datagram, as the program reads them. Throws what it throws. */
function decoded<S>(codec: Codec<S>, datagram: Uint8Array, inherited: Dump['inherited']): Decoded<S>[] {
  const all: Decoded<S>[] = []
  const data = received(datagram)
  eachMessage(data, (header, start, end) => {
    if (header.sequence !== DUMP.sequence || header.port !== DUMP.port || header.type < 16)
      throw new Error('another message')
    walk(data, start + 4, end, 'test', (type, from, to) => {
      if (type === DUMP.attribute) all.push(decode(codec, data, from, to, inherited))
    })
  })
  return all
}

function idOf({ family, fwmark, protocol, address, port }: Decoded<typeof SERVICE.schema>['id']): ServiceId {
  if (fwmark !== undefined) return { family, fwmark }
  return { family, protocol: protocol!, address: address!, port: port! }
}

export function rowChecks({ rounds, random, equal, attribute, message }: CheckTools) {
  const pick = <T>(list: readonly T[]): T => list[random(list.length)]!
  const some = (length: number) => Array.from({ length }, () => random(256))
  const digits = () => pick([some(4), [random(256), 0, 0, 0], [0, 0, 0, 0]])
  const address = () =>
    pick([some(16), [10, 0, 0, random(4), ...new Array(12).fill(0)], new Array(16).fill(0)])
  const port = () => pick([[0, 80], [0, 80], some(2)])
  const family = () => [pick([2, 2, 2, 10]), 0]
  const counters = (width: number) =>
    Array.from({ length: 10 }, (_, i) =>
      attribute(
        i + 1,
        pick([some, (n: number) => [random(256), ...new Array(n - 1).fill(0)]])(
          i === 3 || i === 4 ? 8 : width,
        ),
      ),
    ).flat()
  const stats = (narrow: number, wide: number) => [
    ...(random(4) > 0 ? attribute(narrow, counters(4)) : []),
    ...(random(4) > 0 ? attribute(wide, counters(8)) : []),
  ]
  const name = (text: string) => [...text].map((each) => each.charCodeAt(0) & 255).concat(0)

  const serviceRecord = () => [
    ...(random(16) === 0 ? attribute(2, [2, 0]) : []),
    ...attribute(1, family()),
    ...attribute(2, [pick([6, 6, 17, 132]), 0]),
    ...attribute(3, address()),
    ...attribute(4, port()),
    ...(random(16) === 0 ? attribute(5, some(4)) : []),
    ...attribute(6, name(pick(['wlc', 'rr', 'sh', 'wrŲ', '']))),
    ...attribute(7, [pick([2, 3, 3, 0, 7, 8]), 0, 0, 0, 255, 255, 255, 255]),
    ...attribute(8, pick([[44, 1, 0, 0], some(4), [0, 0, 0, 0]])),
    ...attribute(
      9,
      pick([
        [255, 255, 255, 255],
        [255, 255, 255, 0],
        [128, 0, 0, 0],
      ]),
    ),
    ...stats(10, 12),
    ...(random(8) === 0 ? attribute(11, name(pick(['sip', '']))) : []),
  ]
  const serverRecord = () => [
    ...attribute(1, address()),
    ...attribute(2, port()),
    ...attribute(3, [pick([0, 0, 1, 2, 3, 4, 5, 8]), random(2), 0, 0]),
    ...attribute(4, digits()),
    ...attribute(5, random(4) > 0 ? [0, 0, 0, 0] : digits()),
    ...attribute(6, random(4) > 0 ? [0, 0, 0, 0] : digits()),
    ...[7, 8, 9].flatMap((type) => attribute(type, digits())),
    ...stats(10, 12),
    ...(random(3) > 0 ? attribute(11, family()) : []),
    ...(random(2) === 0 ? attribute(13, [pick([0, 0, 1, 2])]) : []),
    ...(random(2) === 0 ? attribute(14, some(2)) : []),
    ...(random(2) === 0 ? attribute(15, some(2)) : []),
  ]

  /** A datagram of records, perhaps damaged or cut. A record may be the one before with other bytes. */
  function datagram(record: () => number[]): { bytes: Uint8Array; damaged: boolean } {
    let last = record()
    const all = [message(last)]
    for (let others = random(4); others > 0; others--) {
      last = random(2) === 0 ? record() : changed(last)
      all.push(message(last))
    }
    const bytes = Uint8Array.from(all.flat())
    const damaged = random(3) === 0
    if (damaged) bytes[random(bytes.length)] = random(256)
    return {
      bytes: bytes.subarray(0, damaged && random(4) === 0 ? random(bytes.length + 1) : bytes.length),
      damaged,
    }
  }

  function changed(record: readonly number[]): number[] {
    const copy = [...record]
    for (let bytes = random(4); bytes > 0; bytes--) copy[random(copy.length)] = random(256)
    return copy
  }

  function attempt<T>(work: () => T): T | undefined {
    try {
      return work()
    } catch {
      return undefined
    }
  }

  return {
    'readRows, sortRows, writeRows make the rows of services that the program makes, or none'() {
      let read = 0
      for (let i = 0; i < 1500 * rounds; i++) {
        const table = pick(TABLES)
        const list = recordRows().list(table.plan.services)
        const { bytes } = datagram(serviceRecord)
        if (!list.take(bytes, { ...DUMP, inherited: 'inet' })) {
          equal([list.length, textOf(list)], [0, ''])
          continue
        }
        read++
        const all = attempt(() => decoded(SERVICE, bytes, 'inet'))
        equal(all === undefined, false)
        let services: Service[] = all!.map(({ id, config, observed }) => ({ id: idOf(id), config, observed }))
        const sorts = random(2) === 0
        if (sorts) {
          services = sortServices(services)
          list.sort()
        }
        for (const [at, { id }] of services.entries()) {
          const { identity, prefix, family, port } = list.service(at)
          const only = { schema: { id: SERVICE.schema.id }, path: 'SERVICE', familyAttribute: 1 }
          const own = decode(only, received(identity), ATTRIBUTE_HEADER, identity.length).id
          equal(
            [idOf(own), identity[0], identity[2], host.decodeUtf8(prefix), family, port],
            [id, identity.length, 1, table.prefix(id), id.family, isFwmark(id) ? -1 : id.port],
          )
        }
        const keys = new Set(services.map(({ id }) => serviceKey(id)))
        equal(list.isConsistent(), keys.size === services.length)
        equal([sorts, textOf(list)], [sorts, services.map((service) => table.service(service)).join('')])
      }
      if (read < 300) throw new Error(`only ${read} were read`)
    },
    'and those of real servers'() {
      let read = 0
      for (let i = 0; i < 1500 * rounds; i++) {
        const table = pick(TABLES)
        const list = recordRows().list(table.plan.servers)
        const inherited = pick(['inet', 'inet', 'inet6'] as const)
        const own = { family: inherited, address: (inherited === 'inet' ? '192.0.2.1' : '::1') as never }
        const id: ServiceId =
          random(4) === 0 ? { family: inherited, fwmark: 5 } : { ...own, protocol: 'tcp', port: 80 }
        const prefix = new Uint8Array(host.encodeUtf8(table.prefix(id)))
        const service: ListedService = {
          identity: prefix,
          prefix,
          family: inherited,
          port: isFwmark(id) ? -1 : id.port,
        }
        const { bytes } = datagram(serverRecord)
        if (!list.take(bytes, { ...DUMP, inherited }, service)) {
          equal([list.length, textOf(list)], [0, ''])
          continue
        }
        read++
        let servers = attempt(() => decoded(DESTINATION, bytes, inherited)) as Destination[]
        equal(servers === undefined, false)
        const keys = new Set(servers.map((each) => destinationKey(each.id)))
        equal(list.isConsistent(), keys.size === servers.length)
        if (random(2) === 0) {
          servers = sortDestinations(servers)
          list.sort()
        }
        equal(textOf(list), servers.map((each) => table.server(id, each)).join(''))
      }
      if (read < 300) throw new Error(`only ${read} were read`)
    },
    'rows of the host and of the program are sorted together, as the program sorts'() {
      for (let i = 0; i < 100 * rounds; i++) {
        const list = recordRows().list(RULES.plan.services)
        const services: Service[] = []
        for (let j = 0; j < 20; j++) {
          const bytes = Uint8Array.from(message(serviceRecord()))
          const all = attempt(() => decoded(SERVICE, bytes, 'inet')) ?? []
          for (const { id, config, observed } of all) {
            const service = { id: idOf(id), config, observed }
            services.push(service)
            if (list.take(bytes, { ...DUMP, inherited: 'inet' })) continue
            list.add({
              words: serviceWords(service.id),
              family: service.id.family,
              line: RULES.service(service),
            })
          }
        }
        list.sort()
        equal(textOf(list), sortServices(services).map(RULES.service).join(''))
      }
    },
    'a list grows, begins anew, and is written in pieces'() {
      const list = recordRows().list(RULES.plan.servers)
      for (const count of [15_000, 3]) {
        const lines: string[] = []
        for (let i = 0; i < count; i++) {
          const line = `${i} ${'x'.repeat(random(120))}\n`
          lines.unshift(line)
          const address = `10.0.${(count - i) >> 8}.${(count - i) & 255}` as Destination['id']['address']
          list.add({ words: endpointWords({ address, port: 1 }), family: 'inet', line })
        }
        list.sort()
        equal([list.length, list.isConsistent(), textOf(list) === lines.join('')], [count, true, true])
        list.restart()
      }
      equal([list.length, textOf(list)], [0, ''])
    },
    'rowPlan, readRows, sortRows, writeRows refuse what does not fit'() {
      const wrong = undefined as unknown as Uint8Array & Uint32Array & Int32Array
      const [index, texts, dump, none] = [
        new Uint8Array(64),
        new Uint8Array(64),
        new Int32Array(6),
        new Uint8Array(0),
      ]
      equal(host.rowPlan(-1, [], 0, 0, -1, -1), EINVAL)
      equal(host.rowPlan(0, [{ form: 99 }], 0, 0, -1, -1), EINVAL)
      equal(host.rowPlan(0, [], 99, 0, -1, -1), EINVAL)
      equal(
        [
          host.readRows(-1, none, dump, none, index, texts),
          host.readRows(0, wrong, dump, none, index, texts),
          host.readRows(0, none, new Int32Array(5), none, index, texts),
          host.readRows(0, none, dump, none, new Uint8Array(15), texts),
          host.readRows(0, none, dump, new Uint8Array(1000), index, texts),
          host.sortRows(wrong, new Uint32Array(2), true),
          host.writeRows(wrong, undefined, texts, texts, 0, 1),
          host.writeRows(index, undefined, texts, texts, 65, 1),
        ],
        [EINVAL, EINVAL, EINVAL, EINVAL, EINVAL, EINVAL, EINVAL, EINVAL],
      )
      // A list that the host has not written.
      new Uint32Array(index.buffer).set([1, 0, 0, 0])
      equal(host.sortRows(index, new Uint32Array(1), true), EINVAL)
      new Uint32Array(index.buffer)[4 + 9] = 1000
      equal(host.writeRows(index, undefined, texts, texts, 0, 1), EINVAL)
      equal(host.writeRows(index, Uint32Array.of(5), texts, texts, 0, 1), EINVAL)
      new Uint32Array(index.buffer).set([2, 0, 0, 0])
      equal(host.sortRows(index, new Uint32Array(9), true), EINVAL)
      const list = recordRows().list(TABLES[0]!.plan.servers)
      const bytes = Uint8Array.from(message(serverRecord()))
      equal([list.take(none, { ...DUMP, inherited: 'inet' }), list.length], [true, 0])
      new Uint32Array(index.buffer).set([0, 0, 0, 0])
      const number = Int32Array.of(DUMP.sequence, DUMP.port, DUMP.attribute, 2, 1, -1)
      equal(host.readRows(0, bytes, number, none, index, texts), ENOBUFS)
    },
  }
}

// Checks of the C host's functions on the rows of rule files: they do what their twins in TypeScript do.
import * as host from 'host'
import { decode } from '../../../lib/ipvs/codec.ts'
import { ChangeEncoder } from '../../../lib/ipvs/requests.ts'
import { DESTINATION_SETTINGS } from '../../../lib/ipvs/schema.ts'
import { CMD_ATTR } from '../../../lib/ipvs/uapi.ts'
import { received, walk } from '../../../lib/netlink/attributes.ts'
import { eachMessage } from '../../../lib/netlink/message.ts'
import { serversAreAsWanted } from '../../../lib/reconcile/compare.ts'
import * as requestsInTypeScript from '../../../lib/rules/entry-requests.ts'
import { NONE, ROW } from '../../../lib/rules/entry-rows.ts'
import { startOf } from '../../../lib/rules/text-lines.ts'
import { WantedServers, type WantedTable } from '../../../lib/rules/wanted-table.ts'
import { serverComparison } from '../../../lib/system/quickjs/packages/entry-comparison.ts'
import * as requestsInC from '../../../lib/system/quickjs/packages/entry-requests.ts'
import type { CheckTools } from './check-tools.ts'
import { contents, entryTables, requests } from './entry-tables.ts'

/** The offset of the type of a reply's attribute. */
const TYPE = 22

export function entryChecks({ rounds, random, equal, attribute, message }: CheckTools) {
  const pick = <T>(list: readonly T[]): T => list[random(list.length)]!
  const bytes = (text: string) => new TextEncoder().encode(text)
  const { lines, tables } = entryTables(random)

  /** A reply to a dump of servers. */
  const reply = (record: readonly number[]) =>
    message(record).map((each, at) => (at === TYPE ? CMD_ATTR.DEST : each))
  const decimal = (value: number) => [0, 8, 16, 24].map((shift) => (value >>> shift) & 255)
  /** A server as the kernel has it. */
  function record(table: WantedTable, server: number): number[] {
    const { address, port } = table.serverId(server)
    const { forwarding, weight, upperThreshold, lowerThreshold } = table.servers.config(server)
    const octets = address.includes(':') ? [1, 2, 3, 4] : address.split('.').map(Number)
    const method = ['masquerade', 'local', 'tunnel', 'route'].indexOf(forwarding)
    return [
      ...attribute(1, [...octets, ...new Array(12).fill(0)]),
      ...attribute(2, [port >> 8, port & 255]),
      ...attribute(3, decimal(method)),
      ...attribute(4, decimal(weight)),
      ...attribute(5, decimal(upperThreshold)),
      ...attribute(6, decimal(lowerThreshold)),
      ...attribute(7, decimal(random(9))),
      ...attribute(11, [2, 0]),
      ...attribute(13, [0]),
      ...attribute(14, [0, 0]),
      ...attribute(15, [0, 0]),
    ]
  }

  return {
    'countEntries, readEntries make the entries that their twin makes'() {
      let read = 0
      for (let i = 0; i < 40 * rounds; i++) {
        const [one, two] = tables(100)
        equal(contents(one), contents(two))
        read += one.servers.length
      }
      equal([read, read > 300], [read, true])
      const counts = new Int32Array(2)
      equal(host.countEntries(bytes('-A -t\n-a\n-a\n -A\n#-a\n-'), counts), true)
      equal([...counts], [1, 2])
    },
    'writeEntries writes what the encoder writes'() {
      const encoder = new ChangeEncoder({ family: 30, version: 1, port: 4242 })
      const [inC, inTypeScript] = [requestsInC, requestsInTypeScript].map((made) => made.entryWriter(encoder))
      let written = 0
      for (let i = 0; i < 15 * rounds; i++) {
        const [one, two] = tables(60)
        const rooms = random(5000)
        const expected = requests(inTypeScript!, two, rooms)
        equal(requests(inC!, one, rooms), expected)
        written += expected.length
      }
      equal([written, written > 100], [written, true])
    },
    'matchServers takes servers that are as the rules have them, once each'() {
      let [taken, others] = [0, 0]
      for (let i = 0; i < 40 * rounds; i++) {
        const [table] = tables(60)
        const comparison = serverComparison(table)!
        for (let service = 0; service < table.services.length; service++) {
          const servers: number[] = []
          for (let at = table.firstServer(service); at !== NONE; at = table.nextServer(at)) servers.push(at)
          if (random(3) === 0) servers.push(...servers.slice(random(servers.length + 1)))
          const datagram = Uint8Array.from(servers.flatMap((server) => reply(record(table, server))))
          const isDamaged = datagram.length > 0 && random(3) === 0
          if (isDamaged) datagram[random(datagram.length)] = random(256)
          for (const server of servers) table.servers.set(server, ROW.seen, NONE)
          comparison.begin(service)
          const isTaken = comparison.take(datagram, 7, 4242)
          const isUsual =
            new Set(servers).size === servers.length && !servers.some((at) => isSpecial(table, at))
          if (!isDamaged) equal([service, isTaken], [service, isUsual])
          if (isTaken) {
            equal(comparison.taken.length, servers.length)
            const live = decoded(datagram)
            const rules = new WantedServers(table, service)
            equal(serversAreAsWanted(live, rules), live.length === rules.size)
            taken++
          } else others++
        }
      }
      equal([taken, others, taken > 80, others > 30], [taken, others, true, true])
    },
    'stay within rows of any numbers'() {
      const any = () => pick([0, 1, 2, 3, 6, 80, 100, -1, -2, 2 ** 31 - 1, 0x10050, random(2 ** 30)])
      const numbers = (length: number) => Int32Array.from({ length }, any)
      const text = lines(40)
      const compared = Int32Array.of(0, 1, 2, 2, 3, 4)
      for (let i = 0; i < 500 * rounds; i++) {
        const rows = numbers(random(200))
        const index = numbers(2 ** random(6))
        const block = new Uint8Array(random(3000))
        for (let at = 0; at < index.length; at++) if (random(2) === 0) index[at] = random(20)
        const progress = startOf(text)
        const configs = numbers(768).map((each) => each & 7)
        host.readEntries(
          text,
          progress,
          numbers(2),
          rows,
          index,
          numbers(random(200)),
          index,
          configs,
          configs,
        )
        const place = numbers(2)
        host.writeEntries(
          new Uint32Array(8).fill(pick([0, 20, 500, 2 ** 32 - 1])),
          pick([block, new Uint8Array(1000).fill(100), new Uint8Array(1000)]),
          new Uint32Array(20).fill(pick([0, 1, 900, 2 ** 32 - 1])),
          new Uint32Array(20).fill(pick([0, 1, 900])),
          rows,
          numbers(random(200)),
          place,
          block,
          new Uint32Array(random(20)),
          Uint32Array.of(0, 0, 1, random(3000), random(20), 1),
        )
        const datagram = Uint8Array.from([...reply(attribute(1, [1, 2, 3])), ...reply([])])
        const dump = Int32Array.of(7, 4242, 2, 2)
        host.matchServers(
          pick([compared, numbers(random(8))]),
          rows,
          datagram,
          dump,
          rows,
          index,
          any(),
          index,
          any(),
        )
      }
      const wrong = undefined as unknown as Int32Array
      equal(host.readEntries(text, startOf(text), wrong, wrong, wrong, wrong, wrong, wrong, wrong), 0)
      equal(host.matchServers(compared, wrong, text, wrong, wrong, wrong, 0, wrong, 0), -1)
    },
  }
}

/** Whether a server is left to the program: it is of IPv6, or a tunnel with settings that the record does not have. */
function isSpecial(table: WantedTable, server: number): boolean {
  const { tunnelType } = table.servers.config(server)
  return table.serverId(server).family === 'inet6' || tunnelType !== 'ipip'
}

/** The servers of a datagram. */
function decoded(datagram: Uint8Array) {
  const all: ReturnType<typeof decode<typeof DESTINATION_SETTINGS.schema>>[] = []
  const data = received(datagram)
  eachMessage(data, (_, start, end) =>
    walk(data, start + 4, end, 'test', (_type, from, to) => {
      all.push(decode(DESTINATION_SETTINGS, data, from, to))
    }),
  )
  return all
}

// Rows of rule files: `readEntries` makes the entries that its twin makes, and `matchServers` takes only servers that are as the
// rules have them.
import { decode } from '../../lib/ipvs/codec.ts'
import { DESTINATION_SETTINGS } from '../../lib/ipvs/schema.ts'
import { CMD_ATTR } from '../../lib/ipvs/uapi.ts'
import type { Destination } from '../../lib/model/destination.ts'
import { received, walk } from '../../lib/netlink/attributes.ts'
import { eachMessage } from '../../lib/netlink/message.ts'
import { serversAreAsWanted } from '../../lib/reconcile/compare.ts'
import { NONE, ROW } from '../../lib/rules/entry-rows.ts'
import * as entries from '../../lib/rules/plain-entries.ts'
import { PROGRESS } from '../../lib/rules/sending-room.ts'
import { startOf, takeLine } from '../../lib/rules/text-lines.ts'
import { WantedServers, WantedTable } from '../../lib/rules/wanted-table.ts'
import { serverComparison } from '../../lib/system/quickjs/packages/entry-comparison.ts'
import * as entriesInC from '../../lib/system/quickjs/packages/plain-entries.ts'
import { same, target } from './tools.ts'

const RULES = new TextEncoder().encode(
  '-A -t 192.0.2.1:80\n-a -t 192.0.2.1:80 -r 0.0.0.0:80 -m\n-a -t 192.0.2.1:80 -r 192.0.2.9:80 -w 7\n',
)

function tableOf({ readEntries }: typeof entriesInC, text: Uint8Array): WantedTable {
  const table = new WantedTable()
  const progress = startOf(text)
  for (readEntries(table, text, progress); progress[PROGRESS.from]! < text.length; ) {
    takeLine(text, progress)
    readEntries(table, text, progress)
  }
  return table
}

const contents = (table: WantedTable) => [...table].map(([key, rule]) => [key, rule.line, [...rule.servers]])
const rules = tableOf(entriesInC, RULES)
const comparison = serverComparison(rules)

target((bytes) => {
  // The first byte selects lines or a datagram.
  const input = bytes.slice(1)
  if ((bytes[0] ?? 0) & 1) {
    same(contents(tableOf(entriesInC, input)), contents(tableOf(entries, input)))
    return
  }
  if (comparison === undefined) throw new Error('no plan')
  comparison.begin(0)
  for (let at = 0; at < rules.servers.length; at++) rules.servers.set(at, ROW.seen, NONE)
  if (!comparison.take(input, bytes[0]! >> 1, 0)) return
  const live: Pick<Destination, 'id' | 'config'>[] = []
  const data = received(input)
  eachMessage(data, (_, start, end) =>
    walk(data, start + 4, end, 'test', (type, from, to) => {
      if (type === CMD_ATTR.DEST) live.push(decode(DESTINATION_SETTINGS, data, from, to))
    }),
  )
  same(comparison.taken.length, live.length)
  const wanted = new WantedServers(rules, 0)
  same(serversAreAsWanted(live, wanted), live.length === wanted.size)
})

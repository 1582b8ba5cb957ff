// Tables of rule files, which the C host and its twin make of the same generated lines and changes.

import type { DestinationConfiguration } from '../../../lib/model/destination.ts'
import { hostNetmask } from '../../../lib/model/netmask.ts'
import type { ServiceConfiguration } from '../../../lib/model/service.ts'
import { NONE } from '../../../lib/rules/entry-rows.ts'
import * as entriesInTypeScript from '../../../lib/rules/plain-entries.ts'
import { ITSELF, PLACE, type RequestPutter } from '../../../lib/rules/request-putter.ts'
import { PROGRESS } from '../../../lib/rules/sending-room.ts'
import { startOf, takeLine } from '../../../lib/rules/text-lines.ts'
import { WantedTable } from '../../../lib/rules/wanted-table.ts'
import * as entriesInC from '../../../lib/system/quickjs/packages/plain-entries.ts'

/** Everything that a table has. */
export const contents = (table: WantedTable) =>
  [...table].map(([key, { servers, ...service }]) => [key, service, servers.size, [...servers]])

/** The requests of a table, in rooms that are too small for some services. */
export function requests(write: RequestPutter, table: WantedTable, rooms: number): unknown[] {
  const written: unknown[] = []
  for (let service = 0; service < table.services.length; service++) {
    if (table.services.isDeleted(service)) continue
    const place = Int32Array.of(service, ITSELF)
    while (place[PLACE.server] !== NONE) {
      const room = {
        block: new Uint8Array(600 + ((rooms * service) % 1500)).fill(255),
        places: new Uint32Array(2 * (1 + ((rooms * service) % 6))),
        progress: Uint32Array.of(0, 0, 1, 0, 0, 2 ** 32 - 2),
      }
      write(table, place, room)
      written.push({ service, server: place[PLACE.server], ...room, block: room.block.join(' ') })
    }
  }
  return written
}

export function entryTables(random: (below: number) => number) {
  const pick = <T>(list: readonly T[]): T => list[random(list.length)]!
  const service = () => `${pick(['-t', '-t', '-u'])} 10.0.${random(2)}.${random(3)}:${pick([80, 443])}`
  const weight = () => pick(['', '', ' -w 0', ' -w 1', ` -w ${random(2000)}`, ` -w ${random(999999999)}`])
  const method = () => pick(['', ' -m', ' -m', ' -g', ' -i'])
  const scheduler = () =>
    pick(['', ' -s rr', ' -s wlc', ' -s wrr', ' -p 300', ' -s sh -p 60', ' -s abcdefghijklmno'])
  /** A line that often has an entry of lines before it. */
  const line = () =>
    pick([
      () => `-A ${service()}${scheduler()}`,
      () => `-a ${service()} -r 192.0.2.${random(30)}:${pick([80, 8080])}${method()}${weight()}`,
      () => `-a ${service()} -r 192.0.2.${random(30)}:${pick([80, 8080])}${method()}${weight()}`,
      () => `-a ${service()} -r 192.0.2.${random(30)}:${pick([80, 8080])}${method()}${weight()}`,
      () => pick(['', '# comment', ' \t', '-A -f 1', '-a', '-D -t 10.0.0.1:80', '-A -t [::1]:80', 'Ų']),
    ])()
  const lines = (most: number) =>
    new TextEncoder().encode(Array.from({ length: random(most) }, line).join('\n'))

  const serviceConfig = (choice: number): ServiceConfiguration => ({
    scheduler: `s${choice % 4}`,
    flags: 0,
    timeout: 0,
    netmask: hostNetmask('inet'),
    engine: choice % 3 === 0 ? 'sip' : '',
  })
  const serverConfig = (choice: number): DestinationConfiguration => ({
    forwarding: (['masquerade', 'tunnel', 'route'] as const)[choice % 3]!,
    weight: choice,
    upperThreshold: choice % 2,
    lowerThreshold: 0,
    tunnelType: (['ipip', 'gue', 'gre'] as const)[choice % 3]!,
    tunnelPort: 5555,
    tunnelFlags: 1,
  })

  /** Changes a table as plain lines do not. */
  function change(table: WantedTable, choice: number): void {
    const service = choice % Math.max(table.services.length, 1)
    const isThere = service < table.services.length && !table.services.isDeleted(service)
    const first = isThere ? table.firstServer(service) : NONE
    const key = choice % 2 === 0 ? `fwmark ${choice + 1} inet` : `tcp 2001:db8::${choice} 80`
    if (choice % 7 === 0) table.delete(`tcp 10.0.0.${choice % 3} 80`)
    else if (choice % 7 === 1 && !table.has(key)) table.add(key, serviceConfig(choice), choice)
    else if (choice % 7 === 2 && first !== NONE) table.deleteServer(service, first)
    else if (choice % 7 === 3 && isThere && table.findServer(service, '2001:db8::1 80') === NONE)
      table.addServer(service, '2001:db8::1 80', serverConfig(choice), choice)
    else if (first !== NONE) table.servers.edit(first, serverConfig(choice), choice)
  }

  /** Tables of the same lines and changes, that of C first. */
  function tables(most: number): [WantedTable, WantedTable] {
    const parts = Array.from({ length: 1 + random(4) }, () => ({ text: lines(most), choice: random(1000) }))
    const made = [entriesInC, entriesInTypeScript].map(({ readEntries }) => {
      const table = new WantedTable()
      for (const { text, choice } of parts) {
        const progress = startOf(text)
        for (readEntries(table, text, progress); progress[PROGRESS.from]! < text.length; ) {
          takeLine(text, progress)
          readEntries(table, text, progress)
        }
        change(table, choice)
      }
      return table
    })
    return made as [WantedTable, WantedTable]
  }
  return { lines, tables }
}

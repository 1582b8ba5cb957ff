// Rule lines of the usual shape as entries of a table. In the standalone executable a function of the C host replaces this
// (native/entries.c); a test compares the tables.
import { plainRule } from '../grammar/plain-rule.ts'
import type { ServiceId } from '../model/service.ts'
import { NONE } from './entry-rows.ts'
import { eachLine, isNothing } from './text-lines.ts'
import type { WantedTable } from './wanted-table.ts'

/** Adds the entries of plain lines until a line of another kind, or one whose entry cannot be added; moves the place there. */
export function readEntries(table: WantedTable, text: Uint8Array, progress: Uint32Array): void {
  let id: ServiceId | undefined
  let service: number = NONE
  eachLine(text, progress, (line, number) => {
    const change = plainRule(line)
    if (change?.kind === 'add-service') {
      if (table.findService(change.service) !== NONE) return false
      id = change.service
      service = table.addService(change.service, change.config, number)
      return true
    }
    if (change?.kind !== 'add-server') return isNothing(line)
    // It is the same object for lines that follow each other.
    if (id !== change.service) {
      id = change.service
      service = table.findService(id)
    }
    if (service === NONE || table.findServerOf(service, change.server) !== NONE) return false
    table.addServerTo(service, change.server, change.config, number)
    return true
  })
}

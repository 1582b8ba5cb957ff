// Listings as the reference does not have them: JSON, a table for people, colours. Loaded when one is asked for.

import type { ConnectionListing, Presentation, TableListing } from '../grammar/command.ts'
import { type ConnectionLine, connectionLines, parseConnection } from '../ipvs/connection-list.ts'
import type { Info } from '../model/director.ts'
import type { VirtualService } from '../model/virtual-service.ts'
import { wantsColour } from '../output/colour-choice.ts'
import type { KnownNames } from '../output/endpoints.ts'
import { type Painter, PLAIN } from '../output/painter.ts'
import { sortDestinations, sortTable } from '../output/sort.ts'
import type { System } from '../system/system.ts'

interface TableContext {
  readonly info: Info
  readonly names: KnownNames
  readonly system: System
}

export async function presentTable(
  table: readonly VirtualService[],
  command: TableListing,
  { info, names, system }: TableContext,
): Promise<void> {
  const write = (texts: Iterable<string>) => {
    for (const text of texts) system.writeOutput(text)
  }
  const sorted = command.sort ? sort(table) : table
  switch (command.format) {
    case 'json':
    case 'json-lines': {
      const { formatTableJson } = await import('../output/listing-json.ts')
      return write(formatTableJson(sorted, { lines: command.format === 'json-lines', observed: true, info }))
    }
    case 'table': {
      const { formatWideTable } = await import('../output/wide-table.ts')
      const width = system.outputTerminal?.()?.columns ?? Infinity
      const painter = await painterFor(command, system)
      return write([formatWideTable(sorted, { names, exact: command.exact, width, painter })])
    }
    case undefined: {
      const { formatInfo, formatTable } = await import('../output/table-listing.ts')
      const { colourTable } = await import('../output/colour.ts')
      const painter = await painterFor(command, system)
      if (command.service === undefined) system.writeOutput(`${painter.title(formatInfo(info).trimEnd())}\n`)
      return write(colourTable(formatTable(sorted, { ...command, sort: false }, names), sorted))
    }
  }
}

interface ConnectionContext {
  readonly names: KnownNames | undefined
  readonly passes: ((line: ConnectionLine) => boolean) | undefined
  readonly system: System
}

export async function presentConnections(
  chunks: Iterable<Uint8Array>,
  command: ConnectionListing,
  { names, passes, system }: ConnectionContext,
): Promise<void> {
  const write = (texts: Iterable<string>) => {
    for (const text of texts) system.writeOutput(text)
  }
  const connections = function* () {
    for (const line of connectionLines(chunks)) if (passes?.(line) !== false) yield parseConnection(line)
  }
  switch (command.format) {
    case 'json':
    case 'json-lines': {
      const { formatConnectionsJson } = await import('../output/listing-json.ts')
      return write(formatConnectionsJson(connections(), { lines: command.format === 'json-lines' }))
    }
    case 'table': {
      const { formatConnectionTable } = await import('../output/wide-table.ts')
      const painter = await painterFor(command, system)
      return write([formatConnectionTable(connections(), { names, painter })])
    }
    case undefined: {
      const { formatConnections } = await import('../output/connection-listing.ts')
      const { colourConnections } = await import('../output/colour.ts')
      const { persistentConn } = command
      return write(colourConnections(formatConnections(chunks, { persistentConn, names, passes })))
    }
  }
}

async function painterFor({ colour }: Presentation, system: System): Promise<Painter> {
  return wantsColour(colour, system) ? (await import('../output/colour.ts')).COLOURS : PLAIN
}

/** As the classic listing is sorted. */
function sort(table: readonly VirtualService[]): VirtualService[] {
  return sortTable(table).map(({ service, destinations }) => ({
    service,
    destinations: sortDestinations(destinations),
  }))
}

// `-L`: lists the table, the timeouts or the sync daemons. `-L -c` is in list-connections.ts.
import type { TableListing } from '../grammar/command.ts'
import type { IpvsClient, ReadOptions } from '../ipvs/client.ts'
import type { Format } from '../model/listing-format.ts'
import type { VirtualService } from '../model/virtual-service.ts'
import { painterFor, wantsColour } from '../output/colour-choice.ts'
import { type KnownNames, NUMBERS } from '../output/endpoints.ts'
import type { System } from '../system/system.ts'
import type { ServiceFormat } from './service-format.ts'

export async function listTable(command: TableListing, client: IpvsClient, system: System): Promise<void> {
  const { service: id, view, format, filter, numeric } = command
  const read = { stats: view === 'stats' || view === 'rate' || format !== undefined }
  const classic = format === undefined && !wantsColour(command.colour, system)
  if (classic && numeric && id === undefined && filter === undefined) {
    return await listNumbers(command, read, client, system)
  }
  let table: readonly VirtualService[]
  if (id === undefined) {
    table = await client.table(read)
  } else {
    const service = await client.service(id, read)
    table = [{ service, destinations: await client.destinations(service.id, read) }]
  }
  if (filter !== undefined) table = (await import('../output/filter-table.ts')).filterTable(table, filter)
  for await (const text of formatted(table, command, client, system)) system.writeOutput(text)
}

/** The whole table, with numbers. */
async function listNumbers(
  command: TableListing,
  read: ReadOptions,
  client: IpvsClient,
  system: System,
): Promise<void> {
  const { ENDPOINT_WIDTH, formatInfo, formatServerLine, formatService, formatServiceLine, formatTitles } =
    await import('../output/table-listing.ts')
  const { writeServices } = await import('./write-services.ts')
  const { view, exact, sort } = command
  const format: ServiceFormat = {
    head: formatInfo(client.info) + formatTitles(command),
    sort,
    plan: async () => (await import('../output/row-plan.ts')).listingPlan(view, exact, ENDPOINT_WIDTH),
    service: (service) => formatServiceLine(service, command, NUMBERS),
    prefix: () => '',
    server: (_service, destination) => formatServerLine(destination, command),
    all: (service) => formatService(service, command, NUMBERS),
  }
  await writeServices(format, read, client, system)
}

async function* formatted(
  table: readonly VirtualService[],
  command: TableListing,
  client: IpvsClient,
  system: System,
): AsyncGenerator<string, void, undefined> {
  const { format, sort, exact } = command
  if (format === 'json' || format === 'json-lines') {
    const { formatTableJson } = await import('../output/listing-json.ts')
    const options = { lines: format === 'json-lines', observed: true, info: client.info }
    return yield* formatTableJson(await ordered(table, sort), options)
  }
  const names = await namesFor(table, command, system)
  if (format === 'table') {
    const { formatWideTable } = await import('../output/wide-table.ts')
    const width = system.outputTerminal?.()?.columns ?? Infinity
    const painter = await painterFor(command.colour, system)
    return yield formatWideTable(await ordered(table, sort), { names, exact, width, painter })
  }
  const { formatInfo, formatTable } = await import('../output/table-listing.ts')
  const painter = await painterFor(command.colour, system)
  if (command.service === undefined) yield `${painter.title(formatInfo(client.info).trimEnd())}\n`
  if (!wantsColour(command.colour, system)) return yield* formatTable(table, command, names)
  const { colourTable } = await import('../output/colour.ts')
  const sorted = await ordered(table, sort)
  yield* colourTable(formatTable(sorted, { ...command, sort: false }, names), sorted)
}

async function namesFor(
  table: readonly VirtualService[],
  { numeric, resolveTimeout }: TableListing,
  system: System,
): Promise<KnownNames> {
  if (numeric) return NUMBERS
  const { addressesOf, lookUpKnownNames } = await import('./known-names.ts')
  return await lookUpKnownNames(addressesOf(table), resolveTimeout, system)
}

async function ordered(table: readonly VirtualService[], sort: boolean): Promise<readonly VirtualService[]> {
  return sort ? (await import('../output/sort.ts')).sortWholeTable(table) : table
}

export async function listTimeouts(
  format: Format | undefined,
  client: IpvsClient,
  system: System,
): Promise<void> {
  const timeouts = await client.timeouts()
  if (format === undefined) {
    const { formatTimeouts } = await import('../output/director-listing.ts')
    return system.writeOutput(formatTimeouts(timeouts))
  }
  const { formatTimeoutsJson } = await import('../output/listing-json.ts')
  system.writeOutput(formatTimeoutsJson(timeouts, { lines: format === 'json-lines' }))
}

export async function listDaemons(
  format: Format | undefined,
  client: IpvsClient,
  system: System,
): Promise<void> {
  const daemons = await client.daemons()
  if (format === undefined) {
    const { formatDaemons } = await import('../output/director-listing.ts')
    return system.writeOutput(formatDaemons(daemons))
  }
  const { formatDaemonsJson } = await import('../output/listing-json.ts')
  for (const text of formatDaemonsJson(daemons, { lines: format === 'json-lines' })) system.writeOutput(text)
}

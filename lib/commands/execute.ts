// Command → kernel → text. One command, on an open client; throws what goes wrong and decides no exit status.

import type { Command, ConnectionListing, TableListing } from '../grammar/command.ts'
import type { IpvsClient, ReadOptions } from '../ipvs/client.ts'
import { CONNECTION_LIST, type ConnectionLine, connectionLines, FIELD } from '../ipvs/connection-list.ts'
import type { Address } from '../model/address.ts'
import { ListingError } from '../model/errors.ts'
import { isFwmark } from '../model/service.ts'
import type { Format } from '../model/view.ts'
import type { VirtualService } from '../model/virtual-service.ts'
import { wantsColour } from '../output/colour-choice.ts'
import { type KnownNames, NUMBERS } from '../output/endpoints.ts'
import type { System } from '../system/system.ts'

/** Runs a command. Its output is written as it comes, in large pieces. */
export async function execute(command: Command, client: IpvsClient, system: System): Promise<void> {
  switch (command.kind) {
    case 'keep-service':
    case 'keep-server': {
      const { resolveKeep } = await import('./keep.ts')
      return await client.apply(await resolveKeep(command, client))
    }
    case 'list-table':
      return await listTable(command, client, system)
    case 'list-connections':
      return await listConnections(command, client, system)
    case 'list-timeouts':
      return await listTimeouts(command.format, client, system)
    case 'list-daemons':
      return await listDaemons(command.format, client, system)
    case 'save':
      return await save(command, client, system)
    case 'help':
    case 'version': {
      const { helpText } = await import('../help/usage.ts')
      return system.writeOutput(helpText(command.kind, system.programName))
    }
    case 'restore': {
      const { restore } = await import('./restore-lines.ts')
      return await restore(system.readInput(), client, system)
    }
    default:
      await client.apply(command)
  }
}

async function listTable(command: TableListing, client: IpvsClient, system: System): Promise<void> {
  const { service: id, view, format, filter, numeric } = command
  const read = { stats: view === 'stats' || view === 'rate' || format !== undefined }
  const plain = format === undefined && !wantsColour(command.colour, system)
  if (plain && numeric && id === undefined && filter === undefined) {
    const { formatInfo, formatService, formatTitles } = await import('../output/table-listing.ts')
    const head = formatInfo(client.info) + formatTitles(command)
    const format = (server: VirtualService) => formatService(server, command, NUMBERS)
    return await writeEach({ head, format, sort: command.sort }, read, client, system)
  }
  let table: VirtualService[]
  if (id === undefined) {
    table = await client.table(read)
  } else {
    const service = await client.service(id, read)
    table = [{ service, destinations: await client.destinations(service.id, read) }]
  }
  if (filter !== undefined) table = (await import('../output/filter-table.ts')).filterTable(table, filter)
  if (!plain) {
    const { presentTable } = await import('./extended-listing.ts')
    const names = numeric || isJson(format) ? NUMBERS : await namesOf(addressesOf(table), command, system)
    return await presentTable(table, command, { info: client.info, names, system })
  }
  const { formatInfo, formatTable } = await import('../output/table-listing.ts')
  if (id === undefined) system.writeOutput(formatInfo(client.info))
  const names = numeric ? NUMBERS : await namesOf(addressesOf(table), command, system)
  for (const text of formatTable(table, command, names)) system.writeOutput(text)
}

/** Reads, formats and writes service by service: a table of any size takes little memory. */
async function writeEach(
  { head, format, sort }: { head: string; format: (server: VirtualService) => string; sort: boolean },
  read: ReadOptions,
  client: IpvsClient,
  system: System,
): Promise<void> {
  const { sortServices } = await import('../output/sort.ts')
  const { CHUNK_SIZE } = await import('../output/chunks.ts')
  const services = await client.services(read)
  let text = head
  for (const service of sort ? sortServices(services) : services) {
    text += format({ service, destinations: await client.destinations(service.id, read) })
    if (text.length >= CHUNK_SIZE) {
      system.writeOutput(text)
      text = ''
    }
  }
  system.writeOutput(text)
}

async function listTimeouts(format: Format | undefined, client: IpvsClient, system: System): Promise<void> {
  const timeouts = await client.timeouts()
  if (format === undefined) {
    const { formatTimeouts } = await import('../output/director-listing.ts')
    return system.writeOutput(formatTimeouts(timeouts))
  }
  const { formatTimeoutsJson } = await import('../output/listing-json.ts')
  system.writeOutput(formatTimeoutsJson(timeouts, { lines: format === 'json-lines' }))
}

async function listDaemons(format: Format | undefined, client: IpvsClient, system: System): Promise<void> {
  const daemons = await client.daemons()
  if (format === undefined) {
    const { formatDaemons } = await import('../output/director-listing.ts')
    return system.writeOutput(formatDaemons(daemons))
  }
  const { formatDaemonsJson } = await import('../output/listing-json.ts')
  for (const text of formatDaemonsJson(daemons, { lines: format === 'json-lines' })) system.writeOutput(text)
}

async function save(
  { numeric, format, all, resolveTimeout }: Extract<Command, { kind: 'save' }>,
  client: IpvsClient,
  system: System,
): Promise<void> {
  if (format === undefined && numeric) return await saveEach(all === true, client, system)
  const { sortDestinations, sortTable } = await import('../output/sort.ts')
  const table = await client.table({ stats: false })
  const sorted = sortTable(table).map(({ service, destinations }) => ({
    service,
    destinations: sortDestinations(destinations),
  }))
  if (format !== undefined) {
    const { formatTableJson } = await import('../output/listing-json.ts')
    const options = { lines: format === 'json-lines', observed: false }
    for (const text of formatTableJson(sorted, options)) system.writeOutput(text)
    return
  }
  const { formatRules } = await import('../rules/rule-lines.ts')
  const names = await namesOf(addressesOf(table), { resolveTimeout }, system)
  await aroundRules(all === true, client, system, async () => {
    for (const text of formatRules(sorted, names)) system.writeOutput(text)
  })
}

async function saveEach(all: boolean, client: IpvsClient, system: System): Promise<void> {
  const { formatService } = await import('../rules/rule-lines.ts')
  const { sortDestinations } = await import('../output/sort.ts')
  const format = ({ service, destinations }: VirtualService) =>
    formatService({ service, destinations: sortDestinations(destinations) }, NUMBERS)
  await aroundRules(all, client, system, () =>
    writeEach({ head: '', format, sort: true }, { stats: false }, client, system),
  )
}

/** With `all`, the timeouts come before the rules and the sync daemons after them. */
async function aroundRules(
  all: boolean,
  client: IpvsClient,
  system: System,
  write: () => Promise<void>,
): Promise<void> {
  if (!all) return await write()
  const { formatSet, formatStartDaemon } = await import('../rules/change-lines.ts')
  system.writeOutput(`${formatSet(await client.timeouts())}\n`)
  await write()
  for (const daemon of await client.daemons()) system.writeOutput(`${formatStartDaemon(daemon)}\n`)
}

async function listConnections(
  command: ConnectionListing,
  client: IpvsClient,
  system: System,
): Promise<void> {
  const { numeric, persistentConn, format } = command
  const passes = await connectionFilter(command, client)
  const names =
    numeric || isJson(format)
      ? undefined
      : await namesOf(await connectionAddresses(system, passes), command, system)
  const chunks = connectionChunks(system)
  if (format !== undefined || wantsColour(command.colour, system)) {
    const { presentConnections } = await import('./extended-listing.ts')
    return await presentConnections(chunks, command, { names, passes, system })
  }
  const { formatConnections } = await import('../output/connection-listing.ts')
  for (const text of formatConnections(chunks, { persistentConn, names, passes })) system.writeOutput(text)
}

/** Which connections are listed; undefined: all. */
async function connectionFilter({ service, filter }: ConnectionListing, client: IpvsClient) {
  if (service === undefined && filter === undefined) return undefined
  const { passesConnection } = await import('../output/filter-table.ts')
  const { connectionsOf } = await import('../ipvs/service-connections.ts')
  const belongs = service && (await connectionsOf(service, client))
  return (line: ConnectionLine) =>
    belongs?.(line) !== false && (filter === undefined || passesConnection(line, filter))
}

const isJson = (format: Format | undefined) => format === 'json' || format === 'json-lines'

/** The kernel's list of connections. */
function* connectionChunks(system: System): Generator<Uint8Array, void, undefined> {
  let empty = true
  try {
    for (const chunk of system.readChunks(CONNECTION_LIST)) {
      yield chunk
      empty = false
    }
  } catch {
    throw new ListingError(`cannot open file ${CONNECTION_LIST}`)
  }
  if (empty) throw new ListingError(`unexpected input from ${CONNECTION_LIST}`)
}

function* addressesOf(table: readonly VirtualService[]): Generator<Address, void, undefined> {
  for (const { service, destinations } of table) {
    if (!isFwmark(service.id)) yield service.id.address
    for (const { id } of destinations) yield id.address
  }
}

async function connectionAddresses(
  system: System,
  passes: ((line: ConnectionLine) => boolean) | undefined,
): Promise<Set<Address>> {
  const { MOST_NAMES } = await import('../system/names/name-service.ts')
  const addresses = new Set<Address>()
  for (const line of connectionLines(connectionChunks(system))) {
    if (passes?.(line) === false) continue
    for (const field of [FIELD.client, FIELD.virtual, FIELD.destination]) addresses.add(line.address(field))
    // More could not be asked for in any case.
    if (addresses.size >= MOST_NAMES) break
  }
  return addresses
}

async function namesOf(
  addresses: Iterable<Address>,
  { resolveTimeout }: { readonly resolveTimeout?: number | undefined },
  { names }: System,
): Promise<KnownNames> {
  const hosts = await names.hosts(addresses, resolveTimeout && resolveTimeout * 1000)
  return {
    host: (address) => hosts.get(address),
    service: (port, protocol) => names.name(port, protocol),
  }
}

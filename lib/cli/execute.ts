// Command → kernel → text. One command, on an open client; throws what goes wrong and decides no exit status.

import { ListingError } from '../errors.ts'
import type { IpvsClient } from '../ipvs/client.ts'
import { CONNECTION_LIST, connectionLines, FIELD } from '../ipvs/connections.ts'
import type { Address } from '../model/address.ts'
import { isFwmark } from '../model/service.ts'
import type { VirtualServer } from '../model/table.ts'
import { type KnownNames, NUMBERS } from '../output/endpoints.ts'
import type { System } from '../system/system.ts'
import type { Command, ConnectionListing, TableListing } from './command.ts'

/** Runs a command. Its output is written as it comes, in large pieces. */
export async function execute(command: Command, client: IpvsClient, system: System): Promise<void> {
  switch (command.kind) {
    case 'list-table':
      return await listTable(command, client, system)
    case 'list-connections':
      return await listConnections(command, system)
    case 'list-timeouts': {
      const { formatTimeouts } = await import('../output/director.ts')
      return system.writeOutput(formatTimeouts(await client.timeouts()))
    }
    case 'list-daemons': {
      const { formatDaemons } = await import('../output/director.ts')
      return system.writeOutput(formatDaemons(await client.daemons()))
    }
    case 'save':
      return await save(command.numeric, client, system)
    case 'help':
    case 'version': {
      const { helpText } = await import('./help.ts')
      return system.writeOutput(helpText(command.kind))
    }
    case 'restore': {
      const { restore } = await import('./restore.ts')
      return await restore(system.readInput(), client, system)
    }
    default:
      await client.apply(command)
  }
}

async function listTable(command: TableListing, client: IpvsClient, system: System): Promise<void> {
  const { formatInfo, formatTable } = await import('../output/listing.ts')
  const read = { stats: command.view === 'stats' || command.view === 'rate' }
  let table: VirtualServer[]
  if (command.service === undefined) {
    table = await client.table(read)
    system.writeOutput(formatInfo(client.info))
  } else {
    const service = await client.service(command.service, read)
    table = [{ service, destinations: await client.destinations(service.id, read) }]
  }
  const names = command.numeric ? NUMBERS : await namesOf(addressesOf(table))
  for (const text of formatTable(table, command, names)) system.writeOutput(text)
}

async function save(numeric: boolean, client: IpvsClient, system: System): Promise<void> {
  const { formatRules } = await import('../rules/format.ts')
  const { sortDestinations, sortServers } = await import('../output/sort.ts')
  const table = await client.table({ stats: false })
  const names = numeric ? NUMBERS : await namesOf(addressesOf(table))
  const sorted = sortServers(table).map(({ service, destinations }) => ({
    service,
    destinations: sortDestinations(destinations),
  }))
  for (const text of formatRules(sorted, names)) system.writeOutput(text)
}

async function listConnections(
  { numeric, persistentConn }: ConnectionListing,
  system: System,
): Promise<void> {
  const { formatConnections } = await import('../output/connections.ts')
  const names = numeric ? undefined : await namesOf(connectionAddresses(system))
  for (const text of formatConnections(connectionChunks(system), { persistentConn, names })) {
    system.writeOutput(text)
  }
}

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

function* addressesOf(table: readonly VirtualServer[]): Generator<Address, void, undefined> {
  for (const { service, destinations } of table) {
    if (!isFwmark(service.id)) yield service.id.address
    for (const { id } of destinations) yield id.address
  }
}

function connectionAddresses(system: System): Set<Address> {
  const addresses = new Set<Address>()
  for (const line of connectionLines(connectionChunks(system))) {
    for (const field of [FIELD.client, FIELD.virtual, FIELD.destination]) addresses.add(line.address(field))
  }
  return addresses
}

async function namesOf(addresses: Iterable<Address>): Promise<KnownNames> {
  const { lookUpNames } = await import('../names/hosts.ts')
  const { systemServices } = await import('../names/services.ts')
  const hosts = await lookUpNames(addresses)
  return {
    host: (address) => hosts.get(address),
    service: (port, protocol) => systemServices().name(port, protocol),
  }
}

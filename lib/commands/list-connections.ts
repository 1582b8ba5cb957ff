// `-L -c`: lists the connections, all or those of one service.
import type { ConnectionListing } from '../grammar/command.ts'
import type { IpvsClient } from '../ipvs/client.ts'
import {
  CONNECTION_LIST,
  type ConnectionLine,
  connectionLines,
  FIELD,
  parseConnection,
} from '../ipvs/connection-list.ts'
import type { Address } from '../model/address.ts'
import { ListingError } from '../model/errors.ts'
import { painterFor, wantsColour } from '../output/colour-choice.ts'
import type { System } from '../system/system.ts'

/** Whether a connection is listed. Undefined: all are. */
type Passes = ((line: ConnectionLine) => boolean) | undefined

export async function listConnections(
  command: ConnectionListing,
  client: IpvsClient,
  system: System,
): Promise<void> {
  const passes = await connectionFilter(command, client)
  for await (const text of formatted(command, passes, system)) system.writeOutput(text)
}

async function connectionFilter({ service, filter }: ConnectionListing, client: IpvsClient): Promise<Passes> {
  if (service === undefined && filter === undefined) return undefined
  const { passesConnection } = await import('../output/filter-table.ts')
  const { connectionsOf } = await import('../ipvs/service-connections.ts')
  const belongs = service && (await connectionsOf(service, client))
  return (line) => belongs?.(line) !== false && (filter === undefined || passesConnection(line, filter))
}

async function* formatted(
  command: ConnectionListing,
  passes: Passes,
  system: System,
): AsyncGenerator<string, void, undefined> {
  const { format, persistentConn } = command
  if (format === 'json' || format === 'json-lines') {
    const { formatConnectionsJson } = await import('../output/listing-json.ts')
    return yield* formatConnectionsJson(connections(passes, system), { lines: format === 'json-lines' })
  }
  const names = await namesFor(command, passes, system)
  if (format === 'table') {
    const { formatConnectionTable } = await import('../output/wide-table.ts')
    const painter = await painterFor(command.colour, system)
    return yield formatConnectionTable(connections(passes, system), { names, painter })
  }
  const { formatConnections } = await import('../output/connection-listing.ts')
  const texts = formatConnections(connectionChunks(system), { persistentConn, names, passes })
  if (!wantsColour(command.colour, system)) return yield* texts
  const { colourConnections } = await import('../output/colour.ts')
  yield* colourConnections(texts)
}

function* connections(passes: Passes, system: System) {
  for (const line of connectionLines(connectionChunks(system))) {
    if (passes?.(line) !== false) yield parseConnection(line)
  }
}

async function namesFor({ numeric, resolveTimeout }: ConnectionListing, passes: Passes, system: System) {
  if (numeric) return undefined
  const { lookUpKnownNames } = await import('./known-names.ts')
  return await lookUpKnownNames(await addressesOf(passes, system), resolveTimeout, system)
}

async function addressesOf(passes: Passes, system: System): Promise<Set<Address>> {
  const { MOST_NAMES } = await import('../system/names/name-service.ts')
  const addresses = new Set<Address>()
  for (const line of connectionLines(connectionChunks(system))) {
    if (passes?.(line) === false) continue
    for (const field of [FIELD.client, FIELD.virtual, FIELD.destination]) addresses.add(line.address(field))
    // Addresses beyond this limit are never looked up.
    if (addresses.size >= MOST_NAMES) break
  }
  return addresses
}

/** The kernel's list of connections. Throws a ListingError if it cannot be read. */
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

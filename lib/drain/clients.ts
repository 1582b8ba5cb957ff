// The clients of a draining server: those with a connection or a persistence template to it.
import type { IpvsClient } from '../ipvs/client.ts'
import { CONNECTION_LIST, type ConnectionLine, connectionLines, FIELD } from '../ipvs/connection-list.ts'
import { connectionsOf } from '../ipvs/service-connections.ts'
import type { Address } from '../model/address.ts'
import type { DestinationId } from '../model/destination.ts'
import type { ServiceId } from '../model/service.ts'
import type { System } from '../system/system.ts'

export interface HoldingClient {
  /** In lower case; `ip` for the templates of a fwmark service. */
  readonly protocol: string
  /** The client's address; of a template the client's network, if the service has a netmask. */
  readonly address: Address
  /** Undefined for a template. */
  readonly port: number | undefined
  /** The kernel's name: `ESTABLISHED`, `FIN_WAIT`, … */
  readonly state: string
  /** Seconds until the entry expires, unless the client renews it. */
  readonly expires: number
}

/** The maximum number of clients returned. */
export const MOST_CLIENTS = 100

/** The clients with the longest remaining time, the longest first; empty if the list cannot be read. */
export async function clientsOf(
  client: IpvsClient,
  service: ServiceId,
  server: DestinationId,
  system: System,
): Promise<HoldingClient[]> {
  let clients: HoldingClient[] = []
  try {
    const belongs = await connectionsOf(service, client)
    for (const line of connectionLines(system.readChunks(CONNECTION_LIST))) {
      if (!leadsTo(line, server) || !belongs(line)) continue
      clients.push(holdingClient(line))
      if (clients.length > 2 * MOST_CLIENTS) clients = longestLasting(clients)
    }
  } catch {
    // The number of connections is known without them.
  }
  return longestLasting(clients)
}

function leadsTo(line: ConnectionLine, server: DestinationId): boolean {
  if (line.address(FIELD.destination) !== server.address) return false
  const port = line.port(FIELD.destinationPort)
  return port === server.port || server.port === 0 || (port === 0 && line.port(FIELD.clientPort) === 0)
}

function holdingClient(line: ConnectionLine): HoldingClient {
  return {
    protocol: line.string(FIELD.protocol).toLowerCase(),
    address: line.address(FIELD.client),
    // Only templates have port 0.
    port: line.port(FIELD.clientPort) || undefined,
    state: line.string(FIELD.state),
    expires: line.decimal(FIELD.expires),
  }
}

const longestLasting = (clients: readonly HoldingClient[]) =>
  [...clients].sort((a, b) => b.expires - a.expires).slice(0, MOST_CLIENTS)

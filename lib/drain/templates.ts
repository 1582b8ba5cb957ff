// The clients that persistence brings back to a server, weight 0 or not.

import type { IpvsClient } from '../ipvs/client.ts'
import { CONNECTION_LIST, connectionLines, FIELD } from '../ipvs/connection-list.ts'
import { connectionsOf } from '../ipvs/service-connections.ts'
import type { Address } from '../model/address.ts'
import { decodeText } from '../model/bytes.ts'
import type { DestinationId } from '../model/destination.ts'
import type { ServiceId } from '../model/service.ts'
import type { System } from '../system/system.ts'

/** A persistence template. */
export interface Client {
  /** The client's address, or its network's when the service has a netmask. */
  readonly address: Address
  /** Seconds; the kernel starts anew as long as the client has connections. */
  readonly expires: number
}

/** With 1 in it, a template of a server of weight 0 counts for nothing, and its client is scheduled anew. */
export const QUIESCENT = 'net.ipv4.vs.expire_quiescent_template'

/** The clients with a template to this server, the longest-lasting first; empty if the list cannot be read. */
export async function clientsOf(
  client: IpvsClient,
  service: ServiceId,
  server: DestinationId,
  system: System,
): Promise<Client[]> {
  const clients: Client[] = []
  try {
    const belongs = await connectionsOf(service, client)
    for (const line of connectionLines(system.readChunks(CONNECTION_LIST))) {
      if (line.port(FIELD.clientPort) !== 0 || !belongs(line)) continue
      if (line.address(FIELD.destination) !== server.address) continue
      const port = line.port(FIELD.destinationPort)
      if (port !== 0 && port !== server.port) continue
      clients.push({ address: line.address(FIELD.client), expires: line.decimal(FIELD.expires) })
    }
  } catch {
    // Their number is known all the same.
  }
  return clients.sort((a, b) => b.expires - a.expires)
}

/** Whether templates hold although the server's weight is 0. */
export function templatesHold(system: System): boolean {
  try {
    for (const chunk of system.readChunks(`/proc/sys/${QUIESCENT.replaceAll('.', '/')}`)) {
      return decodeText(chunk).trim() === '0'
    }
  } catch {
    // The kernel's default.
  }
  return true
}

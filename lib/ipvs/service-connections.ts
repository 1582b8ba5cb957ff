// The connections of one service, from the kernel's list, which does not name services.
import type { Address } from '../model/address.ts'
import { type AddressServiceId, type FwmarkServiceId, isFwmark, type ServiceId } from '../model/service.ts'
import type { IpvsClient } from './client.ts'
import { type ConnectionLine, FIELD } from './connection-list.ts'

/** Whether a line is a connection or a template of the service. */
type Belongs = (line: ConnectionLine) => boolean

/**
 * A service by address has the connections to that address and port, even if it has been deleted meanwhile; with
 * port 0 those to all ports without a separate service. A fwmark service has the templates of its mark, and the
 * connections to its real servers that no service by address has: the list has no marks of connections.
 * Rejects with a KernelError (`ESRCH`) when there is no such fwmark service.
 */
export async function connectionsOf(id: ServiceId, client: IpvsClient): Promise<Belongs> {
  if (!isFwmark(id) && id.port !== 0) return (line) => isTo(line, id)
  const services: AddressServiceId[] = []
  for (const { id } of await client.services({ stats: false })) if (!isFwmark(id)) services.push(id)
  if (isFwmark(id)) return await marked(id, services, client)
  const others = services.filter(({ port }) => port !== 0)
  return (line) => isTo(line, id) && !others.some((other) => isTo(line, other))
}

async function marked(
  id: FwmarkServiceId,
  services: readonly AddressServiceId[],
  client: IpvsClient,
): Promise<Belongs> {
  await client.service(id, { stats: false })
  const ports = new Map<Address, Set<number>>()
  for (const { id: server } of await client.destinations(id, { stats: false })) {
    if (!ports.has(server.address)) ports.set(server.address, new Set())
    ports.get(server.address)!.add(server.port)
  }
  return (line) => {
    if (line.isIPv6(FIELD.client) !== (id.family === 'inet6')) return false
    if (protocolOf(line) === 'ip') return line.fwmark(FIELD.virtual) === id.fwmark
    const server = ports.get(line.address(FIELD.destination))
    // A real server with port 0 gets connections at the port that the client called.
    if (server === undefined || !(server.has(0) || server.has(line.port(FIELD.destinationPort)))) return false
    return !services.some((service) => isTo(line, service))
  }
}

function isTo(line: ConnectionLine, { protocol, address, port }: AddressServiceId): boolean {
  if (port !== 0 && line.port(FIELD.virtualPort) !== port) return false
  return protocolOf(line) === protocol && line.address(FIELD.virtual) === address
}

const protocolOf = (line: ConnectionLine) => line.string(FIELD.protocol).toLowerCase()

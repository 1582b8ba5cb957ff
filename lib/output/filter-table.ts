// Which services, servers and connections a listing shows, whatever its format.
import { type ConnectionLine, FIELD } from '../ipvs/connection-list.ts'
import { familyOf } from '../model/address.ts'
import type { Destination } from '../model/destination.ts'
import type { Filter } from '../model/filter.ts'
import { contains } from '../model/prefix.ts'
import { isFwmark, type ServiceId } from '../model/service.ts'
import type { VirtualService } from '../model/virtual-service.ts'

/**
 * The services that pass. A condition on servers leaves only those servers that meet it, and no service without
 * one; but a service that has no servers at all is idle.
 */
export function filterTable(table: readonly VirtualService[], filter: Filter): VirtualService[] {
  const ofServers =
    filter.server !== undefined || filter.activity !== undefined || filter.draining !== undefined
  const onlyIdle = filter.activity === 'idle' && filter.server === undefined && filter.draining === undefined
  const shown: VirtualService[] = []
  for (const server of table) {
    if (!passesService(server.service.id, filter)) continue
    const destinations = ofServers
      ? server.destinations.filter((destination) => passesServer(destination, filter))
      : server.destinations
    const empty = onlyIdle && server.destinations.length === 0
    if (!ofServers || destinations.length > 0 || empty) shown.push({ service: server.service, destinations })
  }
  return shown
}

function passesService(id: ServiceId, { family, protocol, address }: Filter): boolean {
  if (family !== undefined && id.family !== family) return false
  if (protocol !== undefined && protocol !== (isFwmark(id) ? 'fwm' : id.protocol)) return false
  return address === undefined || (!isFwmark(id) && contains(address, id.address))
}

function passesServer({ id, config, observed }: Destination, filter: Filter): boolean {
  const { server, activity, draining } = filter
  if (server !== undefined && !contains(server, id.address)) return false
  if (draining && config.weight !== 0) return false
  const connections = observed.activeConnections + observed.inactiveConnections
  return activity === undefined || (activity === 'active') === connections > 0
}

/** Whether a connection passes; there is no telling whether one is active or draining. */
export function passesConnection(line: ConnectionLine, filter: Filter): boolean {
  const { family, protocol, address, server } = filter
  // Only the templates of fwmark services belong to no transport protocol.
  const name = line.string(FIELD.protocol).toLowerCase()
  const mark = name === 'ip'
  if (protocol !== undefined && protocol !== (mark ? 'fwm' : name)) return false
  if (family !== undefined && familyOf(line.address(FIELD.client)) !== family) return false
  if (address !== undefined && (mark || !contains(address, line.address(FIELD.virtual)))) return false
  return server === undefined || contains(server, line.address(FIELD.destination))
}

// Selects the services, servers and connections of a listing in any format.
import { type ConnectionLine, FIELD } from '../ipvs/connection-list.ts'
import { familyOf } from '../model/address.ts'
import type { Destination } from '../model/destination.ts'
import type { Filter } from '../model/filter.ts'
import { contains } from '../model/prefix.ts'
import { isFwmark, type ServiceId } from '../model/service.ts'
import type { VirtualService } from '../model/virtual-service.ts'

/**
 * The services that pass. A condition on servers removes servers that do not meet it, and services without a
 * matching server; but a service without servers counts as idle.
 */
export function filterTable(table: readonly VirtualService[], filter: Filter): VirtualService[] {
  const ofServers =
    filter.server !== undefined || filter.activity !== undefined || filter.draining !== undefined
  const onlyIdle = filter.activity === 'idle' && filter.server === undefined && filter.draining === undefined
  const shown: VirtualService[] = []
  for (const entry of table) {
    if (!passesService(entry.service.id, filter)) continue
    const destinations = ofServers
      ? entry.destinations.filter((destination) => passesServer(destination, filter))
      : entry.destinations
    const empty = onlyIdle && entry.destinations.length === 0
    if (!ofServers || destinations.length > 0 || empty) shown.push({ service: entry.service, destinations })
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

/** Whether a connection passes. The filters on activity and weight do not apply to connections. */
export function passesConnection(line: ConnectionLine, filter: Filter): boolean {
  const { family, protocol, address, server } = filter
  // Only templates of fwmark services have no transport protocol.
  const name = line.string(FIELD.protocol).toLowerCase()
  const mark = name === 'ip'
  if (protocol !== undefined && protocol !== (mark ? 'fwm' : name)) return false
  if (family !== undefined && familyOf(line.address(FIELD.client)) !== family) return false
  if (address !== undefined && (mark || !contains(address, line.address(FIELD.virtual)))) return false
  return server === undefined || contains(server, line.address(FIELD.destination))
}

// The kernel's own answers about the addresses of the table: routes, local networks, links.
import type { Address } from '../../model/address.ts'
import { contains, type Prefix } from '../../model/prefix.ts'
import { isFwmark } from '../../model/service.ts'
import type { VirtualService } from '../../model/virtual-service.ts'
import { type Link, type NoRoute, type Route, RouteConnection } from '../../netlink/route-connection.ts'
import type { System } from '../../system/system.ts'

export interface Network {
  /** Routes to every virtual address and real server. */
  readonly routes: ReadonlyMap<Address, Route | NoRoute>
  /** Local networks of all routing tables; read only if a virtual address has a route that is not local. */
  readonly local: readonly Prefix[]
  /** By index. */
  readonly links: ReadonlyMap<number, Link>
}

/** Undefined where the kernel cannot be asked. */
export async function gatherNetwork(
  system: System,
  table: readonly VirtualService[],
): Promise<Network | undefined> {
  let connection: RouteConnection | undefined
  try {
    connection = new RouteConnection(await system.transport('route'))
    const routes = new Map<Address, Route | NoRoute>()
    const virtual = new Set<Address>()
    for (const { service, destinations } of table) {
      if (!isFwmark(service.id)) virtual.add(service.id.address)
      for (const { id } of destinations) {
        if (!routes.has(id.address)) routes.set(id.address, await connection.route(id.address))
      }
    }
    for (const address of virtual) {
      if (!routes.has(address)) routes.set(address, await connection.route(address))
    }
    const allLocal = [...virtual].every((address) => isLocal(routes.get(address)))
    return {
      routes,
      local: allLocal ? [] : await connection.localNetworks(),
      links: new Map((await connection.links()).map((link) => [link.index, link])),
    }
  } catch {
    return undefined
  } finally {
    connection?.close()
  }
}

/** Whether any routing table delivers packets to the address on this host; undefined if unknown. */
export function isOwn(network: Network | undefined, address: Address): boolean | undefined {
  const route = network?.routes.get(address)
  if (network === undefined || route === undefined) return undefined
  return isLocal(route) || network.local.some((prefix) => contains(prefix, address))
}

function isLocal(route: Route | NoRoute | undefined): boolean {
  return route !== undefined && 'type' in route && (route.type === 'local' || route.type === 'anycast')
}

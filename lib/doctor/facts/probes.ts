// Trial connections from this director to its TCP real servers, only where they take the route of packets of ip_vs.

import type { Address } from '../../model/address.ts'
import { EMFILE } from '../../model/errors.ts'
import { isFwmark } from '../../model/service.ts'
import type { VirtualService } from '../../model/virtual-service.ts'
import type { System } from '../../system/system.ts'
import { connectionKey } from './connections.ts'
import { isOwn, type Network } from './network.ts'

/** The errno of each connection that was tried, 0 for success, by connectionKey. */
export type Probes = ReadonlyMap<string, number>

/** Connections that are tried at a time. */
const AT_A_TIME = 256

/** @param milliseconds the time for the answer of a server */
export async function probeServers(
  system: System,
  table: readonly VirtualService[],
  network: Network | undefined,
  milliseconds: number,
): Promise<Probes> {
  const probes = new Map<string, number>()
  const waiting = [...endpoints(table, network).values()].reverse()
  let workers = AT_A_TIME
  const work = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { address, port } = next
      const errno = await system.connectTcp?.(address, port, milliseconds)
      if (errno === EMFILE) {
        // There are descriptors for fewer: the others try it. It says nothing about the server.
        if (workers === 1) continue
        waiting.push(next)
        break
      }
      if (errno !== undefined) probes.set(connectionKey('tcp', address, port), errno)
    }
    workers--
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, work))
  return probes
}

/** Servers with a weight that are reached by NAT or are this host itself: no route from here has to lead to others. */
function endpoints(table: readonly VirtualService[], network: Network | undefined) {
  const found = new Map<string, { readonly address: Address; readonly port: number }>()
  for (const { service, destinations } of table) {
    if (isFwmark(service.id) || service.id.protocol !== 'tcp') continue
    for (const { id, config } of destinations) {
      if (config.weight === 0 || id.port === 0) continue
      if (config.forwarding !== 'masquerade' && isOwn(network, id.address) !== true) continue
      found.set(connectionKey('tcp', id.address, id.port), id)
    }
  }
  return found
}

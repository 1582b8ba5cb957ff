// Names of the addresses and ports in a listing, looked up on this machine before anything is printed.
import type { Address } from '../model/address.ts'
import { isFwmark } from '../model/service.ts'
import type { VirtualService } from '../model/virtual-service.ts'
import type { KnownNames } from '../output/endpoints.ts'
import type { System } from '../system/system.ts'

/** @param resolveTimeout seconds; undefined: the resolver's default */
export async function lookUpKnownNames(
  addresses: Iterable<Address>,
  resolveTimeout: number | undefined,
  { names }: System,
): Promise<KnownNames> {
  const hosts = await names.hosts(addresses, resolveTimeout && resolveTimeout * 1000)
  return {
    host: (address) => hosts.get(address),
    service: (port, protocol) => names.name(port, protocol),
  }
}

/** Addresses of services and of their real servers. */
export function* addressesOf(table: readonly VirtualService[]): Generator<Address, void, undefined> {
  for (const { service, destinations } of table) {
    if (!isFwmark(service.id)) yield service.id.address
    for (const { id } of destinations) yield id.address
  }
}

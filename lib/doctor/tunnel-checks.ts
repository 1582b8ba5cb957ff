// Checks of the path of tunnelled packets, which are longer than those that clients send.

import type { Address } from '../model/address.ts'
import type { DestinationConfiguration } from '../model/destination.ts'
import type { Link } from '../netlink/route-connection.ts'
import type { Facts } from './facts.ts'
import type { Check } from './finding.ts'
import { serversBy } from './servers.ts'

/** linux/if.h */
const IFF_UP = 0x1
const IFF_LOOPBACK = 0x8

/** Lengths of headers: IP, UDP with GUE, GRE. */
const HEADER = { inet: 20, inet6: 40 } as const
const ENCAPSULATION: Readonly<Record<DestinationConfiguration['tunnelType'], number>> = {
  ipip: 0,
  gue: 12,
  gre: 4,
}

export const tunnelChecks: readonly Check[] = [
  {
    id: 'tunnel-mtu',
    severity: 'warning',
    *find(facts) {
      const reported = new Set<Address>()
      for (const { destination, text } of serversBy('tunnel', facts)) {
        const { address, family } = destination.id
        const way = wayTo(facts, address)
        if (way === undefined || reported.has(address)) continue
        const client = widestOther(facts, way.link)
        const needed = (client?.mtu ?? 0) + HEADER[family] + ENCAPSULATION[destination.config.tunnelType]
        // Equal interfaces are usual: the kernel tells the clients to send less, and mostly they do.
        if (client === undefined || way.mtu >= needed || way.mtu === client.mtu) continue
        reported.add(address)
        yield {
          problem: `full packets of clients do not fit into the tunnel to ${address}: large transfers may hang`,
          evidence: `${text}; MTU to ${address}: ${way.mtu} (${way.link.name}), of ${client.name}: ${client.mtu}; a tunnelled packet takes ${needed}`,
          fix: `raise the MTU of the way to ${address} to ${needed}, or let the real server announce a smaller segment: on it, ip route change default via GATEWAY advmss ${way.mtu - needed + client.mtu - HEADER[family] - TCP}`,
          manual: true,
        }
      }
    },
  },
]

/** Bytes of a TCP header. */
const TCP = 20

/** The link and the MTU of the path to a server. */
function wayTo(
  { network }: Facts,
  address: Address,
): { readonly link: Link; readonly mtu: number } | undefined {
  const route = network?.routes.get(address)
  if (route === undefined || 'error' in route || route.type !== 'unicast') return undefined
  const link = network?.links.get(route.link)
  return link && { link, mtu: Math.min(route.mtu ?? link.mtu, link.mtu) }
}

/** The interface with the largest MTU by which packets of clients may arrive. */
function widestOther({ network }: Facts, { index }: Link): Link | undefined {
  const others = [...(network?.links.values() ?? [])].filter(
    (link) =>
      link.index !== index && (link.flags & (IFF_UP | IFF_LOOPBACK)) === IFF_UP && link.kind !== 'dummy',
  )
  return others.sort((a, b) => b.mtu - a.mtu)[0]
}

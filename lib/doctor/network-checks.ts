// Checks of the routes to and from the table's addresses.
import type { Address, Family } from '../model/address.ts'
import { contains, parsePrefix } from '../model/prefix.ts'
import { isFwmark } from '../model/service.ts'
import type { VirtualService } from '../model/virtual-service.ts'
import { isOwn } from './facts/network.ts'
import type { Facts } from './facts.ts'
import type { Check } from './finding.ts'
import { everyServer, serversBy, serviceWords, setting } from './servers.ts'

/** The errors of a route that is missing or that refuses packets (fib_props in fib_semantics.c), in words. */
const REFUSALS: Readonly<Record<string, { answer: string; fix: (address: Address) => string }>> = {
  ENETUNREACH: {
    answer: 'network is unreachable: no routing table has a route',
    fix: (address) => `ip route add ${address} dev INTERFACE`,
  },
  EHOSTUNREACH: { answer: 'a route of the type unreachable', fix: otherRoute('unreachable') },
  EACCES: { answer: 'a route of the type prohibit', fix: otherRoute('prohibit') },
  EINVAL: { answer: 'a route of the type blackhole', fix: otherRoute('blackhole') },
}

function otherRoute(type: string): (address: Address) => string {
  return (address) =>
    `remove the ${type} route (ip route show table all type ${type}), or add a more specific one: ip route add ${address} dev INTERFACE`
}

/** Files that exist while keepalived runs, which decides which director has the address. */
const KEEPALIVED = ['/run/keepalived.pid', '/run/keepalived/keepalived.pid', '/var/run/keepalived.pid']

/** linux/if.h */
const IFF_UP = 1

const LOOPBACK = [parsePrefix('127.0.0.0/8')!, parsePrefix('::1/128')!]

export const networkChecks: readonly Check[] = [
  {
    id: 'forwarding-off',
    severity: 'error',
    *find(facts) {
      for (const family of ['inet', 'inet6'] as const) {
        const server = serversBy('masquerade', facts).find(
          ({ destination: { id } }) => id.family === family && isOwn(facts.network, id.address) === false,
        )
        const name = server && forwardingThatIsOff(facts, family, server.destination.id.address)
        if (server === undefined || name === undefined) continue
        yield {
          problem: 'this host does not forward packets, which servers behind NAT (-m) need',
          evidence: `${name} = 0; ${server.text} is reached by NAT`,
          fix: `sysctl -w ${name}=1`,
        }
      }
    },
  },
  {
    id: 'address-not-local',
    severity: 'error',
    *find({ table, network, daemons, file }) {
      // A backup director gets the address at a takeover.
      if (daemons.some(({ state }) => state === 'backup')) return
      if (KEEPALIVED.some((path) => file(path) !== undefined)) return
      const checked = new Set<Address>()
      for (const { service } of table) {
        if (isFwmark(service.id) || checked.has(service.id.address)) continue
        const { address, family } = service.id
        checked.add(address)
        if (isOwn(network, address) !== false) continue
        yield {
          problem: `the virtual address ${address} is not on this host`,
          evidence: `${serviceWords(service)} is in the table; no interface and no local route has ${address}`,
          fix: `ip address add ${address}/${family === 'inet' ? 32 : 128} dev lo`,
        }
      }
    },
  },
  {
    id: 'server-unreachable',
    severity: 'error',
    *find({ table, network }) {
      for (const { text, destination } of everyServer(table)) {
        const { address } = destination.id
        const route = network?.routes.get(address)
        const refusal = route && 'error' in route ? REFUSALS[route.error] : undefined
        if (refusal === undefined) continue
        yield {
          problem: `no route leads to the real server ${address}`,
          evidence: `${text}; the kernel's answer for ${address}: ${refusal.answer}`,
          fix: refusal.fix(address),
          manual: true,
        }
      }
    },
  },
  {
    id: 'large-receive-offload',
    severity: 'warning',
    *find({ table, merging, network }) {
      const [server] = everyServer(table)
      if (server === undefined) return
      for (const name of merging) {
        const link = [...(network?.links.values() ?? [])].find((link) => link.name === name)
        if (link === undefined || (link.flags & IFF_UP) === 0) continue
        yield {
          problem: `${name} merges the packets that it receives: they are too long to be sent on`,
          evidence: `large-receive-offload of ${name} is on (ethtool -k ${name}); ip_vs sends packets on to ${server.text}`,
          fix: `ethtool -K ${name} lro off`,
        }
      }
    },
  },
  {
    id: 'nat-to-loopback',
    severity: 'warning',
    *find(facts) {
      for (const { text, destination } of serversBy('masquerade', facts)) {
        const { address, port } = destination.id
        if (!LOOPBACK.some((prefix) => contains(prefix, address))) continue
        yield {
          problem: 'the kernel drops packets from other hosts that NAT (-m) sends to a loopback address',
          evidence: `${text}; ${address} is a loopback address`,
          fix: `let the real server listen on another address of this host, and name that: ipvsadm -a … -r ADDRESS:${port} -m`,
          manual: true,
        }
      }
    },
  },
  {
    id: 'direct-routing-arp',
    severity: 'note',
    *find(facts) {
      // Connections to the service prove that this host answers for its address.
      const table = facts.table.filter((entry) => !hadConnections(entry))
      for (const { text, destination } of serversBy('route', { table })) {
        const { address, family } = destination.id
        const route = facts.network?.routes.get(address)
        if (family !== 'inet' || route === undefined || 'error' in route) continue
        if (route.type !== 'unicast' || route.gateway !== undefined) continue
        const name = facts.network?.links.get(route.link)?.name ?? `interface ${route.link}`
        yield {
          problem: 'real servers on the director’s own subnet must not answer ARP for the virtual address',
          evidence: `${text}; ${address} is reached directly through ${name}; the service has had no connection yet`,
          fix: 'on each real server: sysctl -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2',
          manual: true,
        }
        return
      }
    },
  },
]

/** Includes connections, because the counters are updated only every two seconds. */
function hadConnections({ service, destinations }: VirtualService): boolean {
  if (service.observed.stats.connections > 0n) return true
  return destinations.some(({ observed }) => observed.activeConnections + observed.inactiveConnections > 0)
}

/** The name of the setting that prevents the forwarding of a server's answers, if there is one. */
function forwardingThatIsOff(facts: Facts, family: Family, server: Address): string | undefined {
  if (family === 'inet6') {
    const off = setting(facts, 'net/ipv6/conf/all/forwarding') === '0'
    return off ? 'net.ipv6.conf.all.forwarding' : undefined
  }
  if (setting(facts, 'net/ipv4/ip_forward') !== '0') return undefined
  // Each interface has a setting; ip_forward sets all of them.
  const route = facts.network?.routes.get(server)
  const link = route && 'type' in route ? facts.network?.links.get(route.link)?.name : undefined
  if (link !== undefined && setting(facts, `net/ipv4/conf/${link}/forwarding`) === '1') return undefined
  return 'net.ipv4.ip_forward'
}

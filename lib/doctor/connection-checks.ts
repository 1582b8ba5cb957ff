// Checks of the current connections.
import type { Address } from '../model/address.ts'
import type { ForwardingMethod } from '../model/destination.ts'
import { connectionKey, type ServerConnections } from './facts/connections.ts'
import type { Facts } from './facts.ts'
import type { Check } from './finding.ts'
import { everyServer, type LocatedServer, protocolOf, serversBy, setting } from './servers.ts'

/** The minimum number of connections: fewer may be the fault of one client. */
const FEWEST = 2

const ADVICE: Readonly<Partial<Record<ForwardingMethod, (address: Address) => string>>> = {
  masquerade: (address) =>
    `make this director the gateway of ${address}: on it, ip route replace default via DIRECTOR; a client in the servers' own network needs -g, or a route to its address by the director`,
  route: (address) => `on ${address}: put the virtual address on lo (ip address add VIRTUAL/32 dev lo)`,
  tunnel: (address) =>
    `on ${address}: a tunnel interface with the virtual address, and rp_filter off (ipvsadm help tun)`,
}

export const connectionChecks: readonly Check[] = [
  {
    id: 'strict-reverse-path',
    severity: 'warning',
    *find(facts) {
      const dropped = droppedByReversePath(facts)
      const server = serversBy('masquerade', facts).find(
        (one) => one.destination.id.family === 'inet' && isSilent(facts, one),
      )
      if (dropped === 0 || server === undefined) return
      const { address } = server.destination.id
      const route = facts.network?.routes.get(address)
      const towards = route !== undefined && 'link' in route ? route.link : undefined
      const strict = [...(facts.network?.links.values() ?? [])].filter(
        (link) => link.index !== towards && link.name !== 'lo' && isStrict(facts, link.name),
      )
      if (strict.length === 0) return
      yield {
        problem: 'answers come in by another interface than the route to their server, and are dropped there',
        evidence: `${server.text}; every connection is in SYN_RECV; strict reverse-path filtering of ${strict.map(({ name }) => name).join(', ')} (rp_filter = 1); packets that it has dropped: ${dropped}`,
        fix: `sysctl -w ${strict.map(({ name }) => `net.ipv4.conf.${name.replaceAll('.', '/')}.rp_filter=2`).join(' ')}`,
      }
    },
  },
  {
    id: 'no-answers',
    severity: 'warning',
    *find(facts) {
      const reported = new Set<string>()
      for (const { service, destinations } of facts.table) {
        if (protocolOf(service) !== 'tcp') continue
        const servers = everyServer([{ service, destinations }])
        const unheard = servers.flatMap((server) => unheardOf(facts, server) ?? [])
        if (unheard.reduce((sum, { total }) => sum + total, 0) < FEWEST) continue
        for (const server of servers.filter((one) => isSilent(facts, one))) {
          const { address, port } = server.destination.id
          const { forwarding } = server.destination.config
          const advice = ADVICE[forwarding]
          if (advice === undefined || reported.has(`${address} ${port}`)) continue
          reported.add(`${address} ${port}`)
          yield {
            problem: `no connection to ${address} is ever established: the answers do not ${forwarding === 'masquerade' ? 'come back through this host' : 'reach the clients'}`,
            evidence: `${server.text}; every connection (${connectionsOf(facts, server)?.total ?? 0}) is in SYN_RECV`,
            fix: advice(address),
            manual: true,
          }
        }
      }
    },
  },
]

/** Packets that reverse-path filtering has dropped in this network namespace (IPReversePathFilter). */
function droppedByReversePath({ file }: Facts): number {
  const [names, values] = (file('/proc/net/netstat') ?? '')
    .split('\n')
    .filter((line) => line.startsWith('TcpExt: '))
    .map((line) => line.split(' '))
  return Number(values?.[names?.indexOf('IPReversePathFilter') ?? -1] ?? 0)
}

/** The higher of the interface's setting and that of all counts (IN_DEV_RPFILTER, linux/inetdevice.h). */
function isStrict(facts: Facts, link: string): boolean {
  const of = (name: string) => Number(setting(facts, `net/ipv4/conf/${name}/rp_filter`) ?? 0)
  return Math.max(of('all'), of(link)) === 1
}

function connectionsOf(
  { connections }: Facts,
  { destination: { id } }: LocatedServer,
): ServerConnections | undefined {
  return connections.servers.get(connectionKey('tcp', id.address, id.port))
}

/** The connections of a server that has some, none of them established. */
function unheardOf(facts: Facts, server: LocatedServer): ServerConnections | undefined {
  const counts = connectionsOf(facts, server)
  return counts?.unanswered === counts?.total ? counts : undefined
}

/** Whether none is established, and not because they have only just begun. */
const isSilent = (facts: Facts, server: LocatedServer) => (unheardOf(facts, server)?.stale ?? 0) > 0

// Checks of the current connections.
import type { Address } from '../model/address.ts'
import type { ForwardingMethod } from '../model/destination.ts'
import { connectionKey, type ServerConnections } from './facts/connections.ts'
import type { Facts } from './facts.ts'
import type { Check } from './finding.ts'
import { everyServer, type LocatedServer, protocolOf } from './servers.ts'

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
    id: 'no-answers',
    severity: 'warning',
    *find(facts) {
      const reported = new Set<string>()
      for (const { service, destinations } of facts.table) {
        if (protocolOf(service) !== 'tcp') continue
        const servers = everyServer([{ service, destinations }])
        const silent = servers.filter((server) => isSilent(facts, server))
        const count = silent.reduce((sum, server) => sum + (connectionsOf(facts, server)?.total ?? 0), 0)
        if (count < FEWEST) continue
        for (const server of silent) {
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

function connectionsOf(
  { connections }: Facts,
  { destination: { id } }: LocatedServer,
): ServerConnections | undefined {
  return connections.servers.get(connectionKey('tcp', id.address, id.port))
}

function isSilent(facts: Facts, server: LocatedServer): boolean {
  const counts = connectionsOf(facts, server)
  return counts !== undefined && counts.unanswered === counts.total
}

// What can keep a director from balancing: one record a check, in the order in which a person would look.
// Each is a pure function of the facts.
import type { Address } from '../model/address.ts'
import type { Destination, ForwardingMethod } from '../model/destination.ts'
import { contains } from '../model/prefix.ts'
import { isFwmark, type Service } from '../model/service.ts'
import type { VirtualService } from '../model/virtual-service.ts'
import { formatEndpoint, NUMBERS } from '../output/endpoints.ts'
import { formatServiceId } from '../rules/rule-lines.ts'
import type { Facts } from './facts.ts'
import type { Check, Finding } from './finding.ts'
import { moduleChecks } from './module-checks.ts'
import { routeTo } from './routes.ts'
import { setting, settingChecks } from './setting-checks.ts'

/** The table and its network. */
const TABLE_CHECKS: readonly Check[] = [
  {
    id: 'forwarding-off',
    severity: 'stops',
    *find(facts) {
      for (const [family, path, name] of FORWARDING) {
        const server = serversBy('masquerade', facts).find(
          ({ destination }) => destination.id.family === family,
        )
        if (server === undefined || setting(facts, path) !== '0') continue
        yield {
          problem: `this host does not forward packets, which servers behind NAT (-m) need`,
          evidence: `${name} = 0; ${server.text} is reached by NAT`,
          remedy: `sysctl -w ${name}=1`,
        }
      }
    },
  },
  {
    id: 'address-not-local',
    severity: 'stops',
    *find({ table, local }) {
      const seen = new Set<Address>()
      for (const { service } of table) {
        if (isFwmark(service.id) || seen.has(service.id.address)) continue
        const { address, family } = service.id
        seen.add(address)
        if (local.some((network) => contains(network, address))) continue
        yield {
          problem: `the virtual address ${address} is not on this host`,
          evidence: `${formatServiceId(service.id, NUMBERS)} is in the table; no interface and no local route has ${address}`,
          remedy: `ip address add ${address}/${family === 'inet' ? 32 : 128} dev lo`,
        }
      }
    },
  },
  {
    id: 'server-unreachable',
    severity: 'stops',
    *find({ table, routes, local }) {
      for (const { text, destination } of everyServer(table)) {
        const { address } = destination.id
        if (local.some((network) => contains(network, address)) || routeTo(routes, address)) continue
        yield {
          problem: `no route leads to the real server ${address}`,
          evidence: `${text}; the main routing table has no network with ${address}, and no default route`,
          remedy: `ip route add ${address} dev INTERFACE`,
        }
      }
    },
  },
  {
    id: 'no-servers',
    severity: 'stops',
    *find({ table }) {
      for (const { service, destinations } of table) {
        if (destinations.length > 0) continue
        const id = formatServiceId(service.id, NUMBERS)
        yield {
          problem: 'a service has no real servers',
          evidence: `${id} has none`,
          remedy: `ipvsadm -a ${id} -r SERVER`,
        }
      }
    },
  },
  {
    id: 'all-weights-zero',
    severity: 'stops',
    *find({ table }) {
      for (const { service, destinations } of table) {
        if (destinations.length === 0 || destinations.some(({ config }) => config.weight > 0)) continue
        yield {
          problem: 'no real server of a service takes new connections',
          evidence: `all ${destinations.length} servers of ${formatServiceId(service.id, NUMBERS)} have weight 0`,
          remedy: `ipvsadm -e ${serverWords(service, destinations[0]!)} --keep -w 1`,
        }
      }
    },
  },
  {
    id: 'threshold-reached',
    severity: 'bites',
    *find({ table }) {
      for (const { service, destinations } of table) {
        for (const destination of destinations) {
          const { upperThreshold } = destination.config
          const { activeConnections, inactiveConnections } = destination.observed
          const connections = activeConnections + inactiveConnections
          if (upperThreshold === 0 || connections < upperThreshold) continue
          yield {
            problem: 'a real server has as many connections as it may and gets no new ones',
            evidence: `${serverWords(service, destination)} has ${connections} connections; its upper threshold is ${upperThreshold}`,
            remedy: `ipvsadm -e ${serverWords(service, destination)} --keep -x ${2 * upperThreshold}`,
          }
        }
      }
    },
  },
  {
    id: 'direct-routing-arp',
    severity: 'note',
    *find(facts) {
      for (const { text, destination } of serversBy('route', facts)) {
        const { address, family } = destination.id
        const route = routeTo(facts.routes, address)
        if (family !== 'inet' || route === undefined || route.gateway !== undefined) continue
        yield {
          problem: 'real servers on the director’s own subnet must not answer ARP for the virtual address',
          evidence: `${text}; ${address} is reached directly through ${route.device}`,
          remedy:
            'on each real server: sysctl -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2',
        }
        return
      }
    },
  },
]

export const CHECKS: readonly Check[] = [...moduleChecks, ...TABLE_CHECKS, ...settingChecks]

const FORWARDING = [
  ['inet', 'net/ipv4/ip_forward', 'net.ipv4.ip_forward'],
  ['inet6', 'net/ipv6/conf/all/forwarding', 'net.ipv6.conf.all.forwarding'],
] as const

interface LocatedServer {
  readonly destination: Destination
  /** As the rules name it. */
  readonly text: string
}

function everyServer(table: readonly VirtualService[]): LocatedServer[] {
  return table.flatMap(({ service, destinations }) =>
    destinations.map((destination) => ({ destination, text: serverWords(service, destination) })),
  )
}

function serversBy(method: ForwardingMethod, { table }: Facts): LocatedServer[] {
  return everyServer(table).filter(({ destination }) => destination.config.forwarding === method)
}

function serverWords(service: Service, { id }: Destination): string {
  const protocol = isFwmark(service.id) ? undefined : service.id.protocol
  return `${formatServiceId(service.id, NUMBERS)} -r ${formatEndpoint(id.address, id.port, protocol, NUMBERS)}`
}

/** All findings, in the checks' order. */
export function diagnose(facts: Facts): { readonly check: Check; readonly finding: Finding }[] {
  const findings: { readonly check: Check; readonly finding: Finding }[] = []
  for (const check of CHECKS) for (const finding of check.find(facts)) findings.push({ check, finding })
  return findings
}

// Checks of the packet filters on the way to the virtual addresses and back from the servers.
import { type Address, type Family, familyOf } from '../model/address.ts'
import { isFwmark } from '../model/service.ts'
import { isOwn } from './facts/network.ts'
import { type Chain, fateIn, type Packet } from './facts/packet-filter.ts'
import type { Facts } from './facts.ts'
import type { Check, Finding } from './finding.ts'
import { protocolOf, serversBy, serviceWords, setting } from './servers.ts'

/** The kernel's defaults (ip_vs_sync.c). */
const SYNC_GROUP = '224.0.0.81' as Address
const SYNC_PORT = 8848

export const firewallChecks: readonly Check[] = [
  {
    id: 'firewall-drops-requests',
    severity: 'error',
    *find(facts) {
      for (const { service } of facts.table) {
        const { id } = service
        if (isFwmark(id)) continue
        const packet = { protocol: id.protocol, destination: id.address, isNew: true }
        // Port 0 is every port.
        const whole = id.port === 0 ? packet : { ...packet, destinationPort: id.port }
        const chain = droppingChain(facts, id.family, 'input', whole)
        if (chain === undefined) continue
        yield {
          problem: 'the packet filter drops the packets to a virtual service',
          evidence: `${serviceWords(service)}; ${chain.name} drops them, and ip_vs comes after it`,
          ...accept(
            'INPUT',
            id.family,
            `-d ${id.address} -p ${id.protocol}${id.port === 0 ? '' : ` --dport ${id.port}`}`,
          ),
        }
      }
    },
  },
  {
    id: 'firewall-drops-answers',
    severity: 'error',
    *find(facts) {
      for (const { service, destination, text } of serversBy('masquerade', facts)) {
        const protocol = protocolOf(service)
        const { address, family, port } = destination.id
        if (protocol === undefined || isOwn(facts.network, address) !== false) continue
        const packet = { protocol, source: address }
        const chain = droppingChain(
          facts,
          family,
          'forward',
          port === 0 ? packet : { ...packet, sourcePort: port },
        )
        if (chain === undefined) continue
        yield {
          problem: 'the packet filter drops the answers of a real server behind NAT',
          evidence: `${text}; ${chain.name} drops them`,
          ...accept('FORWARD', family, `-s ${address} -p ${protocol}${port === 0 ? '' : ` --sport ${port}`}`),
        }
      }
    },
  },
  {
    id: 'firewall-drops-sync',
    severity: 'error',
    *find(facts) {
      const backup = facts.daemons.find(({ state }) => state === 'backup')
      if (backup === undefined) return
      const { group = SYNC_GROUP, port = SYNC_PORT } = backup
      const family = familyOf(group)
      const packet = { protocol: 'udp', destination: group, destinationPort: port, isNew: true }
      const chain = droppingChain(facts, family, 'input', packet)
      if (chain === undefined) return
      yield {
        problem: 'the packet filter drops the messages of the master sync daemon to this backup',
        evidence: `the backup sync daemon listens at ${group}, UDP port ${port}; ${chain.name} drops the packets`,
        ...accept('INPUT', family, `-d ${group} -p udp --dport ${port}`),
      }
    },
  },
  {
    id: 'source-nat-without-conntrack',
    severity: 'warning',
    *find(facts) {
      if (setting(facts, 'net/ipv4/vs/conntrack') !== '0') return
      for (const { service, destination, text } of serversBy('masquerade', facts)) {
        const protocol = protocolOf(service)
        const { address, family, port } = destination.id
        if (protocol === undefined || isOwn(facts.network, address) !== false) continue
        const packet = { protocol, destination: address, destinationPort: port, isNew: true }
        const chain = chainWith('masquerade', facts, family, 'postrouting', packet)
        if (chain === undefined) continue
        yield {
          problem: 'source translation does not see the packets of ip_vs',
          evidence: `net.ipv4.vs.conntrack = 0; ${chain.name} translates the source of packets to ${text}`,
          fix: 'sysctl -w net.ipv4.vs.conntrack=1',
        }
        return
      }
    },
  },
  {
    id: 'mark-not-set',
    severity: 'warning',
    *find({ table, firewall }) {
      const chains = firewall.flatMap((ruleset) => [...ruleset.chains.values()])
      // Nothing is known without a readable rule set.
      if (chains.length === 0 || chains.some(({ rules }) => rules.some(({ setsMark }) => setsMark))) return
      for (const { service, destinations } of table) {
        if (!isFwmark(service.id) || service.observed.stats.connections > 0n) continue
        if (
          destinations.some(({ observed }) => observed.activeConnections + observed.inactiveConnections > 0)
        )
          continue
        yield {
          problem: 'no rule of the packet filter sets a firewall mark',
          evidence: `${serviceWords(service)} takes packets with the mark ${service.id.fwmark}, and has had no connection yet`,
          fix: `iptables -t mangle -A PREROUTING -d ADDRESS -p tcp --dport PORT -j MARK --set-mark ${service.id.fwmark}`,
          manual: true,
        }
      }
    },
  },
]

type Hook = NonNullable<Chain['hook']>

function droppingChain(facts: Facts, family: Family, hook: Hook, packet: Packet): Chain | undefined {
  return chainWith('drop', facts, family, hook, packet)
}

/** The chain at the hook that has this effect on the packet in any case. */
function chainWith(
  wanted: 'drop' | 'masquerade',
  { firewall }: Facts,
  family: Family,
  hook: Hook,
  packet: Packet,
): Chain | undefined {
  for (const ruleset of firewall.filter(({ families }) => families.includes(family))) {
    for (const chain of ruleset.chains.values()) {
      if (chain.hook !== hook) continue
      const fate = fateIn(ruleset, chain, packet)
      if (fate === wanted || (wanted === 'drop' && fate === 'end' && chain.drops)) return chain
    }
  }
  return undefined
}

/** An instruction, not a command: the firewall's configuration decides where the rule belongs. */
function accept(chain: string, family: Family, words: string): Pick<Finding, 'fix' | 'manual'> {
  const program = family === 'inet' ? 'iptables' : 'ip6tables'
  return {
    fix: `accept them in the firewall's configuration, such as: ${program} -I ${chain} ${words} -j ACCEPT`,
    manual: true,
  }
}

// Checks of kernel settings that affect connections.
import { SVC_F } from '../model/flags.ts'
import { isFwmark } from '../model/service.ts'
import { isOwn } from './facts/network.ts'
import type { Facts } from './facts.ts'
import type { Check } from './finding.ts'
import { everyServer, serviceWords, setting } from './servers.ts'

/** Since Linux 5.9 a reused port is rescheduled without delay. */
const REUSE_WITHOUT_DELAY = [5, 9] as const

/** net.ipv4.tcp_keepalive_time of most systems, in seconds. */
const USUAL_KEEPALIVE = 7200

export const settingChecks: readonly Check[] = [
  {
    id: 'quiescent-templates',
    severity: 'warning',
    *find(facts) {
      if (setting(facts, 'net/ipv4/vs/expire_quiescent_template') !== '0') return
      const service = facts.table.find(
        ({ service, destinations }) =>
          (service.config.flags & SVC_F.PERSISTENT) !== 0 &&
          destinations.some(({ config }) => config.weight === 0),
      )
      if (service === undefined) return
      yield {
        problem: 'persistent clients keep coming to servers of weight 0',
        evidence: `net.ipv4.vs.expire_quiescent_template = 0; ${serviceWords(service.service)} is persistent and has a server of weight 0`,
        fix: 'sysctl -w net.ipv4.vs.expire_quiescent_template=1',
      }
    },
  },
  {
    id: 'connections-of-removed-servers',
    severity: 'note',
    *find(facts) {
      if (facts.table.length === 0 || setting(facts, 'net/ipv4/vs/expire_nodest_conn') !== '0') return
      yield {
        problem: 'packets of connections to a removed server are dropped silently until they expire',
        evidence: 'net.ipv4.vs.expire_nodest_conn = 0',
        fix: 'sysctl -w net.ipv4.vs.expire_nodest_conn=1',
      }
    },
  },
  {
    id: 'port-reuse-delay',
    severity: 'note',
    *find(facts) {
      const release = kernelVersion(facts)
      if (facts.table.length === 0 || release === undefined || isAtLeast(release, REUSE_WITHOUT_DELAY)) return
      if (setting(facts, 'net/ipv4/vs/conntrack') !== '1') return
      if (setting(facts, 'net/ipv4/vs/conn_reuse_mode') !== '1') return
      yield {
        problem: 'a client that uses a port again may wait a second for its new connection',
        evidence: `net.ipv4.vs.conntrack = 1 and net.ipv4.vs.conn_reuse_mode = 1, with Linux ${release.join('.')}`,
        fix: 'use Linux 5.9 or later, or a distribution’s kernel with the correction of it',
        manual: true,
      }
    },
  },
  {
    id: 'port-reuse-sticks',
    severity: 'warning',
    *find(facts) {
      const release = kernelVersion(facts)
      // Before 5.9 the setting is a remedy for port-reuse-delay.
      if (facts.table.length === 0 || release === undefined || !isAtLeast(release, REUSE_WITHOUT_DELAY))
        return
      if (setting(facts, 'net/ipv4/vs/conn_reuse_mode') !== '0') return
      const drained = setting(facts, 'net/ipv4/vs/expire_nodest_conn') === '0' ? ', even one of weight 0' : ''
      yield {
        problem: `a client that uses a port again stays with its server${drained}`,
        evidence: `net.ipv4.vs.conn_reuse_mode = 0${drained && '; net.ipv4.vs.expire_nodest_conn = 0'}`,
        fix: 'sysctl -w net.ipv4.vs.conn_reuse_mode=1',
      }
    },
  },
  {
    id: 'backup-balances',
    severity: 'warning',
    *find(facts) {
      const { daemons, network, table } = facts
      if (!daemons.some(({ state }) => state === 'backup')) return
      if (daemons.some(({ state }) => state === 'master')) return
      if (setting(facts, 'net/ipv4/vs/backup_only') !== '0') return
      const server = everyServer(table).find(
        ({ service, destination }) =>
          !isFwmark(service.id) &&
          isOwn(network, service.id.address) === true &&
          isOwn(network, destination.id.address) === true &&
          destination.config.forwarding === 'route',
      )
      if (server === undefined) return
      yield {
        problem: 'this backup director balances the packets that the master sends to it as a real server',
        evidence: `net.ipv4.vs.backup_only = 0; the backup sync daemon runs; ${server.text} is this host`,
        fix: 'sysctl -w net.ipv4.vs.backup_only=1',
      }
    },
  },
  {
    id: 'established-timeout',
    severity: 'note',
    *find({ table, timeouts }) {
      if (timeouts === undefined || timeouts.tcp >= USUAL_KEEPALIVE) return
      const persistent = table.find(
        ({ service: { id, config } }) =>
          !isFwmark(id) && id.protocol === 'tcp' && (config.flags & SVC_F.PERSISTENT) !== 0,
      )
      if (persistent === undefined) return
      yield {
        problem: 'an idle connection is forgotten before the usual keep-alive of two hours',
        evidence: `the timeout of established TCP connections is ${timeouts.tcp} seconds; ${serviceWords(persistent.service)} is persistent`,
        fix: `ipvsadm --set ${USUAL_KEEPALIVE} 0 0`,
      }
    },
  },
  ...(['tcp', 'sctp'] as const).map(
    (protocol): Check => ({
      id: `sloppy-${protocol}`,
      severity: 'warning',
      *find(facts) {
        if (facts.table.length === 0 || setting(facts, `net/ipv4/vs/sloppy_${protocol}`) !== '1') return
        yield {
          problem: `any ${protocol.toUpperCase()} packet begins a connection: stray packets are balanced too`,
          evidence: `net.ipv4.vs.sloppy_${protocol} = 1`,
          fix: `sysctl -w net.ipv4.vs.sloppy_${protocol}=0`,
        }
      },
    }),
  ),
]

function kernelVersion({ file }: Facts): readonly [number, number] | undefined {
  const match = /^(\d+)\.(\d+)/.exec(file('/proc/sys/kernel/osrelease') ?? '')
  return match === null ? undefined : [Number(match[1]), Number(match[2])]
}

function isAtLeast(
  [major, minor]: readonly [number, number],
  [wantedMajor, wantedMinor]: readonly [number, number],
): boolean {
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)
}

// Checks of kernel settings and of configuration beside the table.
import { SVC_F } from '../model/flags.ts'
import { NUMBERS } from '../output/endpoints.ts'
import { formatServiceId } from '../rules/rule-lines.ts'
import type { Facts } from './facts.ts'
import type { Check } from './finding.ts'

/** A setting under /proc/sys, or undefined if the kernel does not have it. */
export function setting({ file }: Facts, path: string): string | undefined {
  return file(`/proc/sys/${path}`)?.trim()
}

export const settingChecks: readonly Check[] = [
  {
    id: 'quiescent-templates',
    severity: 'bites',
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
        evidence: `net.ipv4.vs.expire_quiescent_template = 0; ${formatServiceId(service.service.id, NUMBERS)} is persistent and has a server of weight 0`,
        remedy: 'sysctl -w net.ipv4.vs.expire_quiescent_template=1',
      }
    },
  },
  {
    id: 'connections-of-removed-servers',
    severity: 'note',
    *find(facts) {
      if (facts.table.length === 0 || setting(facts, 'net/ipv4/vs/expire_nodest_conn') !== '0') return
      yield {
        problem: 'packets of connections to a removed server are dropped in silence until they expire',
        evidence: 'net.ipv4.vs.expire_nodest_conn = 0',
        remedy: 'sysctl -w net.ipv4.vs.expire_nodest_conn=1',
      }
    },
  },
  {
    id: 'port-reuse-delay',
    severity: 'bites',
    *find(facts) {
      if (facts.table.length === 0 || setting(facts, 'net/ipv4/vs/conntrack') !== '1') return
      if (setting(facts, 'net/ipv4/vs/conn_reuse_mode') !== '1') return
      yield {
        problem: 'a client that uses a port again may wait a second for its new connection',
        evidence: 'net.ipv4.vs.conntrack = 1 and net.ipv4.vs.conn_reuse_mode = 1',
        remedy: 'sysctl -w net.ipv4.vs.conn_reuse_mode=0',
      }
    },
  },
  ...(['tcp', 'sctp'] as const).map(
    (protocol): Check => ({
      id: `sloppy-${protocol}`,
      severity: 'bites',
      *find(facts) {
        if (facts.table.length === 0 || setting(facts, `net/ipv4/vs/sloppy_${protocol}`) !== '1') return
        yield {
          problem: `connections begin with any ${protocol.toUpperCase()} packet: stray packets are balanced too`,
          evidence: `net.ipv4.vs.sloppy_${protocol} = 1`,
          remedy: `sysctl -w net.ipv4.vs.sloppy_${protocol}=0`,
        }
      },
    }),
  ),
  {
    id: 'sync-daemon-missing',
    severity: 'bites',
    *find({ daemons, file }) {
      for (const { state, interface: name, path } of configuredDaemons(file)) {
        if (daemons.some((daemon) => daemon.state === state)) continue
        yield {
          problem: `the ${state} sync daemon, which is configured, does not run: a takeover loses the connections`,
          evidence: `${path} asks for it; the kernel has ${daemons.length === 0 ? 'none' : `only the ${daemons[0]!.state}`}`,
          remedy: `ipvsadm --start-daemon ${state} --mcast-interface ${name}`,
        }
      }
    },
  },
]

interface ConfiguredDaemon {
  readonly state: 'master' | 'backup'
  readonly interface: string
  readonly path: string
}

/** The sync daemons that the distribution’s defaults (DAEMON, IFACE) ask for. */
function* configuredDaemons(file: Facts['file']): Generator<ConfiguredDaemon, void, undefined> {
  const path = '/etc/default/ipvsadm'
  const defaults = file(path) ?? ''
  const state = /^DAEMON="?(master|backup|both)\b/m.exec(defaults)?.[1]
  const name = /^IFACE="?([^"\s]+)/m.exec(defaults)?.[1] ?? 'eth0'
  if (state === 'master' || state === 'both') yield { state: 'master', interface: name, path }
  if (state === 'backup' || state === 'both') yield { state: 'backup', interface: name, path }
}

// Checks of the synchronization daemons against their settings and interfaces.
import type { SyncDaemon } from '../model/director.ts'
import { type ConfiguredDaemon, configuredDaemons } from './facts/service-settings.ts'
import type { Check } from './finding.ts'
import { shellWord } from './servers.ts'

/** linux/if.h */
const IFF_MULTICAST = 0x1000

export const syncChecks: readonly Check[] = [
  {
    id: 'sync-daemon-missing',
    severity: 'warning',
    *find({ daemons, file, unavailable }) {
      if (unavailable !== undefined) return
      for (const wanted of configuredDaemons(file)) {
        if (daemons.some(({ state }) => state === wanted.state)) continue
        yield {
          problem: `the configured ${wanted.state} sync daemon does not run: a takeover loses the connections`,
          evidence: `${wanted.path} asks for it; the kernel has ${daemons.length === 0 ? 'none' : `only the ${daemons[0]!.state}`}`,
          fix: start(wanted),
        }
      }
    },
  },
  {
    id: 'sync-daemon-different',
    severity: 'warning',
    *find({ daemons, file }) {
      for (const wanted of configuredDaemons(file)) {
        const daemon = daemons.find(({ state }) => state === wanted.state)
        if (daemon === undefined || describe(daemon) === describe(wanted)) continue
        yield {
          problem: `the ${wanted.state} sync daemon is not the configured one: directors with different ids do not synchronize`,
          evidence: `${wanted.path} asks for ${describe(wanted)}; the kernel has ${describe(daemon)}`,
          fix: `ipvsadm --stop-daemon ${wanted.state} && ${start(wanted)}`,
        }
      }
    },
  },
  {
    id: 'sync-daemons-ids',
    severity: 'warning',
    *find({ daemons, file }) {
      const [first, second] = daemons
      if (first === undefined || second === undefined || first.syncId === second.syncId) return
      // sync-daemon-different reports one of them then.
      if (configuredDaemons(file).length > 0) return
      yield {
        problem: 'the master and the backup sync daemon of this director have different ids',
        evidence: `${first.state}: ${describe(first)}; ${second.state}: ${describe(second)}`,
        fix: `start both with the id of the other directors: ipvsadm --start-daemon ${second.state} --mcast-interface ${shellWord(second.interface)} --syncid ID`,
        manual: true,
      }
    },
  },
  {
    id: 'sync-interface-without-multicast',
    severity: 'error',
    *find({ daemons, network }) {
      for (const { state, interface: name } of daemons) {
        const link = [...(network?.links.values() ?? [])].find((link) => link.name === name)
        if (link === undefined || (link.flags & IFF_MULTICAST) !== 0) continue
        yield {
          problem: `the ${state} sync daemon uses an interface that does not carry multicast`,
          evidence: `${name} has no flag MULTICAST`,
          fix: `ip link set ${shellWord(name)} multicast on`,
        }
      }
    },
  },
]

function describe({ interface: name, syncId }: SyncDaemon | ConfiguredDaemon): string {
  return `interface ${name}, syncid ${syncId}`
}

function start({ state, interface: name, syncId }: ConfiguredDaemon): string {
  return `ipvsadm --start-daemon ${state} --mcast-interface ${shellWord(name)} --syncid ${syncId}`
}

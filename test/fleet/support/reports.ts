// Waiting for the reports of directors.
import { directorsOf, type Fleet } from '../../../lib/fleet/fleet.ts'
import { Follower } from '../../../lib/fleet/follow.ts'
import { systemTime } from '../../../lib/fleet/rollout-progress.ts'
import { until } from '../../support/until.ts'

/**
 * Resolves when so many directors have reported that they have applied the revision; returns the digests of their tables. On a
 * slow machine the lease of one may end before the last has reported.
 * @param check throws if there is nothing to wait for
 */
export async function reported(
  fleet: Fleet,
  count: number,
  revision: number,
  check: () => void = () => {},
): Promise<Set<string>> {
  const tables = new Map<string, string>()
  const follower = new Follower({
    store: fleet.store,
    prefix: fleet.keys.directors,
    time: systemTime,
    changed: (entries) => {
      for (const [name, { report }] of directorsOf(entries.values(), fleet.keys)) {
        const { web } = report.groups
        if (web?.revision === revision && web.result === 'applied') tables.set(name, report.table)
      }
    },
  })
  follower.start()
  try {
    await until(() => {
      check()
      return tables.size >= count
    })
  } finally {
    follower.stop()
  }
  return new Set(tables.values())
}

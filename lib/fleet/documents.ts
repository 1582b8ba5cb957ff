// Rule documents: their digest, their rules, and the difference of two.
import { createHash } from 'node:crypto'
import type { Destination, DestinationObservation } from '../model/destination.ts'
import type { Ruleset } from '../model/ruleset.ts'
import { NO_STATS } from '../model/stats.ts'
import type { LiveState } from '../reconcile/live-state.ts'
import { plan } from '../reconcile/plan.ts'
import { formatSteps } from '../reconcile/plan-lines.ts'
import { previousValues } from '../reconcile/previous.ts'

/**
 * The longest document, in bytes: etcd takes 1.5 MiB in a request (its --max-request-bytes), which also has the pointer and
 * the history.
 */
export const MOST_DOCUMENT_BYTES = 1_500_000

/** The name of a document. */
export const digestOf = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex')

const UNUSED: DestinationObservation = {
  activeConnections: 0,
  inactiveConnections: 0,
  persistentConnections: 0,
  stats: NO_STATS,
}

const NOTHING: Ruleset = { services: new Map(), timeouts: undefined, daemons: new Map(), zeros: [] }

/** The state of a director that has just these rules. */
function stateOf({ services, timeouts, daemons }: Ruleset): LiveState {
  return {
    table: [...services.values()].map(({ id, config, servers }) => ({
      service: { id, config, observed: { stats: NO_STATS } },
      destinations: [...servers.values()].map(
        (server): Destination => ({ id: server.id, config: server.config, observed: UNUSED }),
      ),
    })),
    timeouts: timeouts?.values ?? { tcp: 0, tcpFin: 0, udp: 0 },
    daemons: [...daemons.values()].flatMap(({ daemon }) => daemon ?? []),
  }
}

/** The changes from the rules of one document to those of another, as `diff` prints them. */
export function differenceOf(from: Ruleset | undefined, to: Ruleset): string {
  const before = stateOf(from ?? NOTHING)
  return [...formatSteps(plan(before, { ...to, zeros: [] }), previousValues(before))].join('')
}

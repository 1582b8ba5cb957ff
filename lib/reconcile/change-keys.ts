// Keys of the table entries that changes affect. Pure.
import type { Change } from '../model/change.ts'
import { destinationKey } from '../model/destination.ts'
import { serviceKey } from '../model/service.ts'

/** The key of a service; undefined for a change of another kind. */
export function serviceKeyOf(change: Change): string | undefined {
  return 'service' in change && change.service !== undefined ? serviceKey(change.service) : undefined
}

/** Equal for changes of the same kind to the same entry, regardless of values. */
export function changeKey(change: Change): string {
  const { kind } = change
  switch (kind) {
    case 'start-daemon':
      return `${kind} ${change.daemon.state}`
    case 'stop-daemon':
      return `${kind} ${change.state}`
    case 'add-server':
    case 'edit-server':
    case 'delete-server':
      return `${kind} ${serviceKey(change.service)} ${destinationKey(change.server)}`
    default:
      return `${kind} ${serviceKeyOf(change) ?? ''}`
  }
}

/** The entries that steps affect, to distinguish them from changes of other programs. */
export class TouchedEntries {
  readonly #services = new Set<string>()
  readonly #entries = new Set<string>()

  constructor(steps: Iterable<{ readonly change: Change }>) {
    for (const { change } of steps) {
      const key = serviceKeyOf(change)
      // A service that is added or deleted is touched with all its servers.
      if (key !== undefined && (change.kind === 'add-service' || change.kind === 'delete-service')) {
        this.#services.add(key)
      } else this.#entries.add(entryOf(change))
    }
  }

  has(change: Change): boolean {
    const key = serviceKeyOf(change)
    return (key !== undefined && this.#services.has(key)) || this.#entries.has(entryOf(change))
  }
}

function entryOf(change: Change): string {
  const [, ...words] = changeKey(change).split(' ')
  const type = change.kind === 'set' ? change.kind : 'entry'
  return [type, ...words].join(' ')
}

// Changes made → the changes that undo them, by the earlier state. Pure.
import type { Change } from '../model/change.ts'
import { serviceKeyOf } from './change-keys.ts'
import type { LiveService, LiveState } from './live-state.ts'
import { LiveStateIndex, previous } from './previous.ts'
import type { PlanStep } from './step-list.ts'

/**
 * In reverse order, a list per phase, because a datagram must not mix phases. Counters cannot be restored,
 * neither cleared ones nor those of removed entries: a plan has such changes last.
 */
export function undo(made: Iterable<PlanStep>, state: LiveState): Change[][] {
  const index = new LiveStateIndex(state)
  const steps = [...made]
  const added = new Set<string | undefined>()
  for (const { change } of steps) if (change.kind === 'add-service') added.add(serviceKeyOf(change))
  const lists: Change[][] = []
  let phase: PlanStep['phase'] | undefined
  for (const step of steps.reverse()) {
    if (step.phase !== phase) lists.push([])
    phase = step.phase
    lists.at(-1)?.push(...inverse(step.change, index, added))
  }
  return lists.filter((list) => list.length > 0)
}

function inverse(
  change: Change,
  index: LiveStateIndex,
  added: ReadonlySet<string | undefined>,
): readonly Change[] {
  switch (change.kind) {
    case 'add-service':
      return [{ kind: 'delete-service', service: change.service }]
    case 'add-server':
      // Deleting an added service also deletes its servers.
      return added.has(serviceKeyOf(change)) ? [] : [{ ...change, kind: 'delete-server' }]
    case 'edit-service':
    case 'edit-server':
    case 'set':
      return some(previous(change, index))
    case 'delete-service': {
      const old = index.service(change.service)
      return old === undefined ? [] : rebuild(old)
    }
    case 'delete-server': {
      const config = index.server(change.service, change.server)
      return config === undefined ? [] : [{ ...change, kind: 'add-server', config }]
    }
    case 'flush':
      return index.state.table.flatMap(rebuild)
    case 'start-daemon':
      return [{ kind: 'stop-daemon', state: change.daemon.state }]
    case 'stop-daemon': {
      const daemon = index.state.daemons?.find(({ state }) => state === change.state)
      return daemon === undefined ? [] : [{ kind: 'start-daemon', daemon }]
    }
    case 'zero':
      return []
  }
}

const some = (change: Change | undefined) => (change === undefined ? [] : [change])

function rebuild({ service: { id: service, config }, destinations }: LiveService): Change[] {
  return [
    { kind: 'add-service', service, config },
    ...destinations.map(({ id, config }): Change => ({ kind: 'add-server', service, server: id, config })),
  ]
}

// Changes that were made → the changes that take them back, by the state from before. Pure.
import type { Change } from '../model/change.ts'
import type { VirtualService } from '../model/virtual-service.ts'
import type { LiveState } from './live-state.ts'
import { before, LiveStateIndex } from './previous.ts'

/**
 * In reverse order. Counters cannot be put back, neither those that were cleared nor those of what was removed:
 * a plan has such changes last.
 */
export function undo(made: readonly Change[], state: LiveState): Change[] {
  const index = new LiveStateIndex(state)
  return made.toReversed().flatMap((change) => inverse(change, index))
}

function inverse(change: Change, index: LiveStateIndex): readonly Change[] {
  switch (change.kind) {
    case 'add-service':
      return [{ kind: 'delete-service', service: change.service }]
    case 'add-server':
      // A service that is new goes with its servers.
      return index.service(change.service) === undefined ? [] : [{ ...change, kind: 'delete-server' }]
    case 'edit-service':
    case 'edit-server':
    case 'set':
      return some(before(change, index))
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

function rebuild({ service: { id: service, config }, destinations }: VirtualService): Change[] {
  return [
    { kind: 'add-service', service, config },
    ...destinations.map(({ id, config }): Change => ({ kind: 'add-server', service, server: id, config })),
  ]
}

// What a command line means: the only thing that later stages see.
import type { Change } from '../ipvs/change.ts'
import type { ServiceId } from '../model/service.ts'

/** What the columns of a table listing show. */
export type View = 'route' | 'stats' | 'rate' | 'thresholds' | 'persistent-conn' | 'tun-info'

export interface TableListing {
  readonly kind: 'list-table'
  /** Only this service. */
  readonly service: ServiceId | undefined
  readonly view: View
  readonly numeric: boolean
  readonly exact: boolean
  readonly sort: boolean
}

export interface ConnectionListing {
  readonly kind: 'list-connections'
  readonly numeric: boolean
  /** With the persistence engines' data. */
  readonly persistentConn: boolean
}

export type Command =
  | Change
  | TableListing
  | ConnectionListing
  | { readonly kind: 'list-timeouts' | 'list-daemons' }
  | { readonly kind: 'save'; readonly numeric: boolean }
  | { readonly kind: 'restore' }
  | { readonly kind: 'help' | 'version' }

/** Commands that ask the kernel for nothing but a change. */
export function isChange(command: Command): command is Change {
  switch (command.kind) {
    case 'list-table':
    case 'list-connections':
    case 'list-timeouts':
    case 'list-daemons':
    case 'save':
    case 'restore':
    case 'help':
    case 'version':
      return false
    default:
      return true
  }
}

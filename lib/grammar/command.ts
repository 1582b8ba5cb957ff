// The meaning of a command line, as data: the only input of later stages.
import type { Change } from '../model/change.ts'
import type { DestinationId } from '../model/destination.ts'
import type { Filter } from '../model/filter.ts'
import type { ColourChoice, Format, View } from '../model/listing-format.ts'
import type { ServerPatch, ServicePatch } from '../model/patch.ts'
import type { ServiceId } from '../model/service.ts'

/** The time to wait for names, in seconds; present only if given. */
export interface Resolving {
  readonly resolveTimeout?: number
}

/** Options that the reference does not have; a field is present only if the option was given. */
interface Presentation extends Resolving {
  readonly format?: Format
  readonly colour?: ColourChoice
  readonly filter?: Filter
}

export interface TableListing extends Presentation {
  readonly kind: 'list-table'
  /** Only this service. */
  readonly service: ServiceId | undefined
  readonly view: View
  readonly numeric: boolean
  readonly exact: boolean
  readonly sort: boolean
}

export interface ConnectionListing extends Presentation {
  readonly kind: 'list-connections'
  /** Only those of this service. */
  readonly service?: ServiceId
  readonly numeric: boolean
  /** With the persistence engines' data. */
  readonly persistentConn: boolean
}

/** `-E --keep`: the given settings; the others are unchanged. */
export interface KeepService {
  readonly kind: 'keep-service'
  readonly service: ServiceId
  readonly patch: ServicePatch
  readonly raw: boolean
}

/** `-e --keep`: the same for a real server. */
export interface KeepServer {
  readonly kind: 'keep-server'
  readonly service: ServiceId
  readonly server: DestinationId
  /** The same with the service's port, which the servers of direct routing and of tunnels have. */
  readonly coerced: DestinationId
  readonly patch: ServerPatch
  readonly raw: boolean
}

export interface Saving extends Resolving {
  readonly kind: 'save'
  readonly numeric: boolean
  readonly format?: Format
  /** Includes timeouts and sync daemons. */
  readonly all?: boolean
}

export type Command =
  | Change
  | KeepService
  | KeepServer
  | TableListing
  | ConnectionListing
  | { readonly kind: 'list-timeouts' | 'list-daemons'; readonly format?: Format }
  | Saving
  | { readonly kind: 'restore' }
  | { readonly kind: 'help' | 'version' }

/** Commands that only change the table. */
export function isChange(command: Command): command is Change {
  switch (command.kind) {
    case 'keep-service':
    case 'keep-server':
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

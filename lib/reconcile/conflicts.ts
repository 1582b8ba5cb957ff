// Refusals that say that the table is not as it was read: another program has changed it meanwhile. Pure.
import type { Change, ChangeKind } from '../model/change.ts'
import { EEXIST, ENOENT, ESRCH, type KernelError } from '../model/errors.ts'

const CONFLICTS: Readonly<Record<ChangeKind, readonly number[]>> = {
  'add-service': [EEXIST],
  'edit-service': [ESRCH],
  'delete-service': [ESRCH],
  flush: [],
  'add-server': [EEXIST, ESRCH],
  'edit-server': [ESRCH, ENOENT],
  'delete-server': [ESRCH, ENOENT],
  zero: [ESRCH],
  set: [],
  'start-daemon': [EEXIST],
  'stop-daemon': [ESRCH],
}

/** Whether the entry is there already, or gone, where the plan expected otherwise. */
export const isConflict = ({ kind }: Change, { errno }: KernelError): boolean =>
  CONFLICTS[kind].includes(errno)

const REMOVALS: ReadonlySet<ChangeKind> = new Set(['delete-service', 'delete-server', 'stop-daemon'])

/** Whether a removal failed because its entry is gone, which is as wanted. */
export const isGone = (change: Change, error: KernelError): boolean =>
  REMOVALS.has(change.kind) && isConflict(change, error)

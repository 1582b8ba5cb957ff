// Refusals that show that another program has changed the table since it was read. Pure.
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

/** Whether the entry already exists, or is gone, contrary to the plan. */
export const isConflict = ({ kind }: Change, { errno }: KernelError): boolean =>
  CONFLICTS[kind].includes(errno)

const REMOVALS: ReadonlySet<ChangeKind> = new Set(['delete-service', 'delete-server', 'stop-daemon'])

/** Whether a removal failed because its entry is already gone, which is the wanted state. */
export const isGone = (change: Change, error: KernelError): boolean =>
  REMOVALS.has(change.kind) && isConflict(change, error)

// The state of a group: its pointer and its rollout, from the keys of the group.
import type { FleetKeys } from './fleet-keys.ts'
import { type LeaveOut, type RevisionRef, type Rollout, readValue } from './fleet-values.ts'
import { type StoreEntry, textOf } from './store.ts'
import { settledRevision } from './target.ts'

export interface GroupState {
  readonly current: RevisionRef | undefined
  /** Of the current revision; undefined: it was pushed without one. */
  readonly rollout: Rollout | undefined
  /** The revision that counts in the end. */
  readonly settled: RevisionRef | undefined
  /** The revisions of the store by which a transaction notices that somebody else was faster; 0: no such key. */
  readonly marks: { readonly current: number; readonly rollout: number; readonly lead: number }
  /** The director that carries the rollout on. */
  readonly lead: string | undefined
}

/** Without `leaveOut` throws a ForeignValue. */
export function groupState(
  entries: ReadonlyMap<string, StoreEntry>,
  group: string,
  keys: FleetKeys,
  leaveOut?: LeaveOut,
): GroupState {
  const current = entries.get(keys.current(group))
  const rollout = entries.get(keys.rollout(group))
  const lead = entries.get(keys.lead(group))
  const pointer = current && readValue('pointer', current, leaveOut)
  const any = rollout && readValue('rollout', rollout, leaveOut)
  const own = any?.revision === pointer?.revision ? any : undefined
  return {
    current: pointer,
    rollout: own,
    settled: settledRevision(pointer, own),
    marks: {
      current: current?.modRevision ?? 0,
      rollout: rollout?.modRevision ?? 0,
      lead: lead?.modRevision ?? 0,
    },
    lead: lead && textOf(lead),
  }
}

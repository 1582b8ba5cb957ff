// The reading of the live table, which tells a change by another program from an entry that a dump left out.
import type { IpvsClient } from '../ipvs/client.ts'
import type { Ruleset } from '../model/ruleset.ts'
import type { ServiceId } from '../model/service.ts'
import { extentOf, readLiveState, type WholeState } from '../reconcile/live-state.ts'
import { inScope, type Scope } from '../reconcile/scope.ts'
import { findDrift, sameDrift } from './drift.ts'
import { type KnownTable, knownTable } from './known-table.ts'

/** Readings until two agree that something has changed. */
const READINGS = 5

/** Reads until two readings agree, if one shows something else than is known. */
export async function readTable(
  client: IpvsClient,
  rules: Ruleset,
  scope: Scope | undefined,
  known: KnownTable | undefined,
): Promise<WholeState> {
  const extent = {
    ...extentOf(rules),
    ...(scope !== undefined && { includes: (id: ServiceId) => inScope(id, scope) }),
  }
  let state = await readLiveState(client, extent)
  if (known === undefined) return state
  let drift = findDrift(known, knownTable(state.table))
  for (let i = 1; drift.length > 0 && i < READINGS; i++) {
    state = await readLiveState(client, extent)
    const again = findDrift(known, knownTable(state.table))
    if (sameDrift(drift, again)) break
    drift = again
  }
  return state
}

// The reading of the live table, which tells a change by another program from an entry that a dump left out.
import type { IpvsClient } from '../ipvs/client.ts'
import type { Ruleset } from '../model/ruleset.ts'
import type { ServiceId } from '../model/service.ts'
import {
  extentOf,
  type LiveState,
  readLiveState,
  readServices,
  type WholeState,
} from '../reconcile/live-state.ts'
import { inScope, type Scope } from '../reconcile/scope.ts'
import { findDrift, sameDrift } from './drift.ts'
import { type KnownTable, knownTable } from './known-table.ts'

/** Readings until two agree that something has changed. */
const READINGS = 5

export interface KnownReading {
  readonly live: KnownTable
  /** Undefined if the rules have none. */
  readonly director: Pick<LiveState, 'timeouts' | 'daemons'>
}

/** Reads the table in the scope, until two readings agree if one shows something else than is known. */
export async function readTable(
  client: IpvsClient,
  rules: Ruleset,
  scope: Scope | undefined,
  known: KnownTable | undefined,
): Promise<KnownReading> {
  const extent = {
    ...extentOf(rules),
    ...(scope !== undefined && { includes: (id: ServiceId) => inScope(id, scope) }),
  }
  return await readUntilSettled(() => readLiveState(client, extent), known)
}

/** Reads the services of these rules alone. */
export async function readPart(client: IpvsClient, rules: Ruleset, known: KnownTable): Promise<KnownReading> {
  const ids = [...rules.services.values()].map(({ id }) => id)
  const director = { timeouts: undefined, daemons: undefined }
  return await readUntilSettled(async () => ({ table: await readServices(client, ids), ...director }), known)
}

async function readUntilSettled(
  read: () => Promise<WholeState>,
  known: KnownTable | undefined,
): Promise<KnownReading> {
  const readOnce = async (): Promise<KnownReading> => {
    const { table, ...director } = await read()
    return { live: knownTable(table, known), director }
  }
  let reading = await readOnce()
  if (known === undefined) return reading
  let drift = findDrift(known, reading.live)
  for (let i = 1; drift.length > 0 && i < READINGS; i++) {
    reading = await readOnce()
    const again = findDrift(known, reading.live)
    if (sameDrift(drift, again)) break
    drift = again
  }
  return reading
}

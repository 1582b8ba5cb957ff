// Reads the live table again: entries that a plan has touched or is about to remove.
import type { IpvsClient } from '../ipvs/client.ts'
import type { Ruleset } from '../model/ruleset.ts'
import { serviceKey } from '../model/service.ts'
import { changeKey, serviceKeyOf } from './change-keys.ts'
import type { Extent, LiveService, LiveState } from './live-state.ts'
import type { PlanStep } from './plan.ts'
import { readDifferences } from './read-differences.ts'

/** The maximum number of readings until two agree. */
const READINGS = 10

/**
 * Reads the list of services, timeouts and daemons; servers only of services that the steps affect and of those that
 * are new. The servers of the others were compared when `state` was read, and no change of them has been sent.
 */
export async function readTouched(
  client: IpvsClient,
  extent: Extent,
  wanted: Ruleset,
  state: LiveState,
  steps: Iterable<PlanStep>,
): Promise<LiveState> {
  const touched = touchedServices(steps)
  const known = new Map<string, LiveService['destinations']>()
  for (const { service, destinations } of state.table) known.set(serviceKey(service.id), destinations)
  return await readDifferences(client, extent, wanted, (key) => {
    if (touched.has(key)) return undefined
    return state.asWanted?.has(key) ? 'as wanted' : known.get(key)
  })
}

/** The keys of the services that the steps affect. */
export function touchedServices(steps: Iterable<PlanStep>): ReadonlySet<string | undefined> {
  const touched = new Set<string | undefined>()
  for (const { change } of steps) touched.add(serviceKeyOf(change))
  return touched
}

export interface Reading {
  readonly state: LiveState
  readonly steps: readonly PlanStep[]
}

/**
 * Reads until two readings result in the same steps. The kernel resumes a dump by index without reporting a
 * change of the table meanwhile, so that a dump can omit an entry.
 * @param doubts selects the steps for which a single reading is not sufficient
 */
export async function readUntilSure(
  client: IpvsClient,
  extent: Extent,
  wanted: Ruleset,
  state: LiveState,
  planOf: (state: LiveState) => readonly PlanStep[],
  doubts: (step: PlanStep) => boolean,
): Promise<Reading> {
  let reading: Reading = { state, steps: planOf(state) }
  for (let i = 1; i < READINGS; i++) {
    const doubtful = reading.steps.filter(doubts)
    if (doubtful.length === 0) break
    const again = await readTouched(client, extent, wanted, reading.state, doubtful)
    reading = { state: again, steps: planOf(again) }
    if (sameSteps(doubtful, reading.steps.filter(doubts))) break
  }
  return reading
}

function sameSteps(a: readonly PlanStep[], b: readonly PlanStep[]): boolean {
  if (a.length !== b.length) return false
  const keys = new Set(a.map(({ change }) => changeKey(change)))
  return b.every(({ change }) => keys.has(changeKey(change)))
}

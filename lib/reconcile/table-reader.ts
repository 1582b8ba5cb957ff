// Reads the live table again: entries that a plan has touched or is about to remove.
import type { IpvsClient } from '../ipvs/client.ts'
import type { Ruleset } from '../model/ruleset.ts'
import { serviceKey } from '../model/service.ts'
import { changeKey } from './change-keys.ts'
import type { Extent, LiveService, LiveState } from './live-state.ts'
import type { Phase } from './phases.ts'
import { readDifferences } from './read-differences.ts'
import type { StepList, Steps } from './step-list.ts'

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
  steps: StepList,
): Promise<LiveState> {
  const known = new Map<string, LiveService['destinations']>()
  for (const { service, destinations } of state.table) known.set(serviceKey(service.id), destinations)
  const serversOf = (key: string) => (state.asWanted?.has(key) ? 'as wanted' : known.get(key))
  const touched = new Set<string>()
  for (const key of steps.services()) {
    if (key !== undefined && serversOf(key) !== undefined) touched.add(key)
  }
  return await readDifferences(client, extent, wanted, (key) =>
    touched.has(key) ? undefined : serversOf(key),
  )
}

export interface Reading {
  readonly state: LiveState
  readonly steps: StepList
}

/**
 * Reads until two readings result in the same steps. The kernel resumes a dump by index without reporting a
 * change of the table meanwhile, so that a dump can omit an entry.
 * @param doubts the phases for whose steps a single reading is not sufficient
 */
export async function readUntilSure(
  client: IpvsClient,
  extent: Extent,
  wanted: Ruleset,
  state: LiveState,
  planOf: (state: LiveState) => StepList,
  doubts: (phase: Phase) => boolean,
): Promise<Reading> {
  let reading: Reading = { state, steps: planOf(state) }
  for (let i = 1; i < READINGS; i++) {
    const doubtful = reading.steps.inPhases(doubts)
    if (doubtful.isEmpty) break
    const again = await readTouched(client, extent, wanted, reading.state, doubtful)
    reading = { state: again, steps: planOf(again) }
    if (sameSteps(doubtful, reading.steps.inPhases(doubts))) break
  }
  return reading
}

function sameSteps(a: Steps, b: Steps): boolean {
  if (a.length !== b.length) return false
  const keys = new Set<string>()
  for (const { change } of a) keys.add(changeKey(change))
  for (const { change } of b) if (!keys.has(changeKey(change))) return false
  return true
}

// Reads the live table again where a plan has touched it, or is about to remove something.
import type { IpvsClient } from '../ipvs/client.ts'
import { serviceKey } from '../model/service.ts'
import type { VirtualService } from '../model/virtual-service.ts'
import { changeKey, serviceKeyOf } from './change-keys.ts'
import { type Extent, type LiveState, readLiveState } from './live-state.ts'
import type { PlanStep } from './plan.ts'

/** How often the table is read until two readings agree. */
const READINGS = 10

/**
 * The whole list of services, timeouts and daemons; servers only of the services that the steps are about and of those
 * that are new. The servers of the others were compared when `state` was read, and nothing has been sent about them.
 */
export async function readTouched(
  client: IpvsClient,
  extent: Extent,
  state: LiveState,
  steps: Iterable<PlanStep>,
): Promise<LiveState> {
  const touched = new Set<string | undefined>()
  for (const { change } of steps) touched.add(serviceKeyOf(change))
  const known = new Map<string, VirtualService>()
  for (const entry of state.table) {
    const key = serviceKey(entry.service.id)
    if (!touched.has(key)) known.set(key, entry)
  }
  return await readLiveState(client, extent, known)
}

export interface Reading {
  readonly state: LiveState
  readonly steps: readonly PlanStep[]
}

/**
 * Reads until two readings lead to the same doubtful steps. The kernel resumes a dump by index and does not say when
 * the table has changed meanwhile: a dump can leave an entry out.
 * @param doubts the steps that one reading is not enough for
 */
export async function readUntilSure(
  client: IpvsClient,
  extent: Extent,
  state: LiveState,
  planOf: (state: LiveState) => readonly PlanStep[],
  doubts: (step: PlanStep) => boolean,
): Promise<Reading> {
  let reading: Reading = { state, steps: planOf(state) }
  for (let i = 1; i < READINGS; i++) {
    const doubtful = reading.steps.filter(doubts)
    if (doubtful.length === 0) break
    const again = await readTouched(client, extent, reading.state, doubtful)
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

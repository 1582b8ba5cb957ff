// Takes back what a restore has made, and proves by reading that the table is as before.
import type { IpvsClient } from '../ipvs/client.ts'
import type { Change } from '../model/change.ts'
import { TouchedEntries } from './change-keys.ts'
import { isGone } from './conflicts.ts'
import { type Extent, type LiveState, rulesetOf } from './live-state.ts'
import type { Cause, Outcome } from './outcome.ts'
import { type PlanStep, plan } from './plan.ts'
import { readTouched } from './table-reader.ts'
import { undo } from './undo.ts'

/** Steps that were made from a state. */
export interface Round {
  readonly before: LiveState
  readonly made: readonly PlanStep[]
}

export interface RollBack {
  readonly cause: Cause
  /** In the order in which they were made. */
  readonly rounds: readonly Round[]
  /** All steps of which it is not certain that they were not made. */
  readonly sent: readonly PlanStep[]
  readonly extent: Extent
  /** Another conversation with the kernel, when the first one broke. */
  readonly open: () => Promise<IpvsClient>
}

/** @param client undefined if the conversation has broken */
export async function rollBack(client: IpvsClient | undefined, task: RollBack): Promise<Outcome> {
  const { cause, rounds } = task
  const undone = rounds.reduce((sum, { made }) => sum + made.length, 0)
  if (client !== undefined && undone === 0) return { kind: 'undone', cause, undone, theirs: [] }
  try {
    if (client !== undefined) {
      const lists = rounds.toReversed().flatMap(({ made, before }) => undo(made, before))
      if (await send(client, lists)) return await verify(client, task, undone)
    }
  } catch {
    // The conversation broke while undoing: another one finds out what is left to do.
  }
  return await planBack(task, client === undefined ? undefined : undone)
}

/** Whether every change was made, or its entry was gone already. */
async function send(client: IpvsClient, lists: readonly (readonly Change[])[]): Promise<boolean> {
  let whole = true
  for (const list of lists) {
    const failures = await client.applyAll(list)
    if (list.some((change, i) => failures[i] !== undefined && !isGone(change, failures[i]))) whole = false
  }
  return whole
}

async function verify(client: IpvsClient, task: RollBack, undone: number): Promise<Outcome> {
  const { cause } = task
  const { ours: missing, theirs } = await readDifferences(client, task)
  if (missing.length > 0) return { kind: 'stuck', cause, missing }
  return { kind: 'undone', cause, undone, theirs }
}

/** What would lead back to the state before: where the steps were sent, and elsewhere, where others changed the table. */
async function readDifferences(client: IpvsClient, { rounds, sent, extent }: RollBack) {
  const { before } = rounds[0]!
  const touched = new TouchedEntries(sent.map(({ change }) => change))
  const now = await readTouched(client, extent, before, sent)
  const ours: PlanStep[] = []
  const theirs: PlanStep[] = []
  for (const step of plan(now, rulesetOf(before))) (touched.has(step.change) ? ours : theirs).push(step)
  return { ours, theirs }
}

/**
 * When it is not known what has been done, or undoing failed: reads the state and plans the way back from there.
 * @param made how many changes had been made, if that is known
 */
async function planBack(task: RollBack, made: number | undefined): Promise<Outcome> {
  let client: IpvsClient | undefined
  try {
    client = await task.open()
    const { ours } = await readDifferences(client, task)
    await send(client, byPhase(ours))
    return await verify(client, task, made ?? ours.length)
  } catch (error) {
    return { kind: 'stuck', cause: task.cause, missing: error as Error }
  } finally {
    client?.close()
  }
}

function byPhase(steps: readonly PlanStep[]): Change[][] {
  const lists = new Map<string, Change[]>()
  for (const { change, phase } of steps) {
    const list = lists.get(phase)
    if (list === undefined) lists.set(phase, [change])
    else list.push(change)
  }
  return [...lists.values()]
}

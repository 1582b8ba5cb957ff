// Rolls back a restore, and verifies by reading that the table is as before.
import type { IpvsClient } from '../ipvs/client.ts'
import type { Change } from '../model/change.ts'
import type { Ruleset } from '../model/ruleset.ts'
import { serviceKeyOf, TouchedEntries } from './change-keys.ts'
import { isGone } from './conflicts.ts'
import { type Extent, type LiveState, rulesetOf } from './live-state.ts'
import type { Cause, Outcome } from './outcome.ts'
import { plan } from './plan.ts'
import { readDifferences } from './read-differences.ts'
import type { PlanStep, Steps } from './step-list.ts'
import { undo } from './undo.ts'

/** The steps made from one state. */
export interface Round {
  readonly before: LiveState
  readonly made: Steps
}

interface RollBack {
  readonly cause: Cause
  /** In the order of execution. */
  readonly rounds: readonly Round[]
  /** All steps that were made or may have been made. */
  readonly sent: Steps
  readonly wanted: Ruleset
  readonly extent: Extent
  /** Opens another connection to the kernel if the first one failed. */
  readonly open: () => Promise<IpvsClient>
}

/** @param client undefined if the connection has failed */
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
    // The connection failed during the rollback: another one determines the remaining changes.
  }
  return await planBack(task, client === undefined ? undefined : undone)
}

/** Whether every change was made, or its entry was already gone. */
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
  const { ours: missing, theirs } = await readChanges(client, task)
  if (missing.length > 0) return { kind: 'stuck', cause, missing }
  return { kind: 'undone', cause, undone, theirs }
}

/** The changes back to the earlier state: of entries that the steps touched, and of others, changed by other programs. */
async function readChanges(client: IpvsClient, { rounds, sent, wanted, extent }: RollBack) {
  const earlier = rulesetBefore(rounds[0]!.before, wanted)
  const touched = new TouchedEntries(sent)
  const services = new Set<string | undefined>()
  for (const { change } of sent) services.add(serviceKeyOf(change))
  const now = await readDifferences(client, extent, earlier, (key) =>
    services.has(key) || !earlier.services.has(key) ? undefined : 'as wanted',
  )
  const ours: PlanStep[] = []
  const theirs: PlanStep[] = []
  for (const step of plan(now, earlier)) (touched.has(step.change) ? ours : theirs).push(step)
  return { ours, theirs }
}

/** The state before the first change: services that were as wanted, and the others. */
function rulesetBefore(state: LiveState, wanted: Ruleset): Ruleset {
  const before = rulesetOf(state)
  const services = new Map(before.services)
  for (const key of wanted.services.keys()) {
    if (state.asWanted?.has(key)) services.set(key, wanted.services.get(key)!)
  }
  return { ...before, services }
}

/**
 * Reads the state and plans the rollback from there, if the changes made are unknown or undoing them failed.
 * @param made the number of changes made, if known
 */
async function planBack(task: RollBack, made: number | undefined): Promise<Outcome> {
  let client: IpvsClient | undefined
  try {
    client = await task.open()
    const { ours } = await readChanges(client, task)
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

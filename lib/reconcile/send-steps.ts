// Sends a plan's steps, several of one phase in a datagram, and stops at the first failure.
import type { IpvsClient } from '../ipvs/client.ts'
import { ESRCH, type KernelError } from '../model/errors.ts'
import type { Interruption } from '../system/system.ts'
import { serviceKeyOf } from './change-keys.ts'
import { isConflict, isGone } from './conflicts.ts'
import type { Cause, RefusedStep } from './outcome.ts'
import { isFinal } from './phases.ts'
import type { PlanStep } from './plan.ts'

/** The number of steps between checks of the results: one datagram. */
const PORTION = 128

export interface SendOptions {
  /** Continues after a refusal, as the original does. */
  readonly keepGoing: boolean
  /** The signal that asks to stop, if one arrived in time. */
  readonly interrupted: () => Interruption | undefined
}

export interface Sent {
  readonly made: readonly PlanStep[]
  readonly refused: readonly RefusedStep[]
  /** The reason for stopping early. `conflict`: the table has changed since it was read. */
  readonly cause?: Cause | { readonly kind: 'conflict' }
}

/** @param earlier refused steps of the same file */
export async function sendSteps(
  steps: readonly PlanStep[],
  client: IpvsClient,
  { keepGoing, interrupted }: SendOptions,
  earlier: readonly RefusedStep[],
): Promise<Sent> {
  const made: PlanStep[] = []
  const refused: RefusedStep[] = []
  for (const portion of portions(steps)) {
    const [first] = portion
    const signal = interrupted()
    if (signal !== undefined && (keepGoing || !isFinal(first.phase))) {
      return { made, refused, cause: { kind: 'interrupted', signal } }
    }
    let failures: readonly (KernelError | undefined)[]
    try {
      failures = await client.applyAll(portion.map(({ change }) => change))
    } catch (error) {
      return { made, refused, cause: { kind: 'broken', error: error as Error, step: first } }
    }
    const conflicts = sort(portion, failures, made, refused, earlier)
    const [refusal] = refused
    if (refusal !== undefined && !keepGoing) return { made, refused, cause: { kind: 'refused', refusal } }
    if (conflicts > 0) return { made, refused, cause: { kind: 'conflict' } }
    // Signals arrive only when the event loop turns.
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { made, refused }
}

function* portions(steps: readonly PlanStep[]): Generator<readonly [PlanStep, ...PlanStep[]]> {
  for (let start = 0; start < steps.length; ) {
    const first = steps[start]!
    let end = start + 1
    while (end < start + PORTION && steps[end]?.phase === first.phase) end++
    yield [first, ...steps.slice(start + 1, end)]
    start = end
  }
}

/** Sorts the steps into made and refused ones; gives the number of conflicts with another program's changes. */
function sort(
  portion: readonly PlanStep[],
  failures: readonly (KernelError | undefined)[],
  made: PlanStep[],
  refused: RefusedStep[],
  earlier: readonly RefusedStep[],
): number {
  if (failures.length === 0) {
    made.push(...portion)
    return 0
  }
  let conflicts = 0
  for (const [i, step] of portion.entries()) {
    const error = failures[i]
    if (error === undefined) {
      made.push(step)
      continue
    }
    if (isGone(step.change, error)) continue
    const because =
      error.errno === ESRCH ? (refusedService(step, earlier) ?? refusedService(step, refused)) : undefined
    if (because !== undefined) refused.push({ step, error, because })
    else if (isConflict(step.change, error)) conflicts++
    else refused.push({ step, error })
  }
  return conflicts
}

/** The refused addition of this step's service. */
function refusedService({ change }: PlanStep, refused: readonly RefusedStep[]): PlanStep | undefined {
  const key = serviceKeyOf(change)
  return refused.find(({ step }) => step.change.kind === 'add-service' && serviceKeyOf(step.change) === key)
    ?.step
}

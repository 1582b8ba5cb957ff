// Sends a plan's steps, many in a datagram and none of two phases in one, and stops where it cannot go on.
import type { IpvsClient } from '../ipvs/client.ts'
import { ESRCH, type KernelError } from '../model/errors.ts'
import type { Interruption } from '../system/system.ts'
import { serviceKeyOf } from './change-keys.ts'
import { isConflict, isGone } from './conflicts.ts'
import type { Cause, RefusedStep } from './outcome.ts'
import { isFinal } from './phases.ts'
import type { PlanStep } from './plan.ts'

/** Steps that are sent before their outcome is looked at: one datagram's. */
const PORTION = 128

export interface SendOptions {
  /** Goes on after what the kernel refuses, as the original does. */
  readonly keepGoing: boolean
  /** The signal that asks to stop, if there has been one in time. */
  readonly interrupted: () => Interruption | undefined
}

export interface Sent {
  readonly made: readonly PlanStep[]
  readonly refused: readonly RefusedStep[]
  /** Why not all was sent. `conflict`: the table is not as it was read. */
  readonly cause?: Cause | { readonly kind: 'conflict' }
}

/** @param earlier what was refused of the same file before */
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
    // A signal is only heard when the event loop turns.
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

/** Adds each step to those that were made or refused; the number of those that met another program's change. */
function sort(
  portion: readonly PlanStep[],
  failures: readonly (KernelError | undefined)[],
  made: PlanStep[],
  refused: RefusedStep[],
  earlier: readonly RefusedStep[],
): number {
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

/** The refused step that should have added the service of this one. */
function refusedService({ change }: PlanStep, refused: readonly RefusedStep[]): PlanStep | undefined {
  const key = serviceKeyOf(change)
  return refused.find(({ step }) => step.change.kind === 'add-service' && serviceKeyOf(step.change) === key)
    ?.step
}

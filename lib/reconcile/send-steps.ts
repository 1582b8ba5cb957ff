// Sends a plan's steps, several of one phase in a datagram, and stops at the first failure.
import type { IpvsClient } from '../ipvs/client.ts'
import { ESRCH, KernelError } from '../model/errors.ts'
import type { Interruption } from '../system/system.ts'
import { serviceKeyOf } from './change-keys.ts'
import { isConflict, isGone } from './conflicts.ts'
import type { Cause, RefusedStep } from './outcome.ts'
import { isFinal } from './phases.ts'
import type { PlanStep, Steps } from './step-list.ts'
import { type Portion, StepPortions } from './step-portions.ts'

export interface SendOptions {
  /** Continues after a refusal, as the original does. */
  readonly keepGoing: boolean
  /** The signal that asks to stop, if one arrived in time. Absent: none does. */
  readonly interrupted?: () => Interruption | undefined
}

export interface Sent {
  readonly made: Steps
  /** Whether one of them cannot be undone. */
  readonly isFinal: boolean
  readonly refused: readonly RefusedStep[]
  /** The reason for stopping early. `conflict`: the table has changed since it was read. */
  readonly cause?: Cause | { readonly kind: 'conflict' }
}

/** @param earlier refused steps of the same file */
export async function sendSteps(
  steps: Steps,
  client: IpvsClient,
  { keepGoing, interrupted }: SendOptions,
  earlier: readonly RefusedStep[],
): Promise<Sent> {
  const tally = new Tally(steps, earlier)
  const portions = new StepPortions(steps, client.newEncoder())
  for (let portion = portions.next(); portion !== undefined; portion = portions.next()) {
    const signal = interrupted?.()
    if (signal !== undefined && (keepGoing || !isFinal(portion.phase))) {
      return tally.end({ kind: 'interrupted', signal })
    }
    const failures: Failure[] = []
    try {
      await client.applySource(portion, (index, error) => failures.push({ index, error }))
    } catch (error) {
      return tally.end({ kind: 'broken', error: error as Error, step: portion.first() })
    }
    const conflicts = tally.take(portion, failures)
    const [refusal] = tally.refused
    if (refusal !== undefined && !keepGoing) return tally.end({ kind: 'refused', refusal })
    if (conflicts > 0) return tally.end({ kind: 'conflict' })
    // Signals arrive only when the event loop turns.
    if (interrupted !== undefined) await new Promise((resolve) => setImmediate(resolve))
  }
  return tally.end()
}

/** A request of a portion that the kernel has refused. */
interface Failure {
  readonly index: number
  readonly error: KernelError
}

/** Counts the steps that were made and keeps the refused ones. */
class Tally {
  readonly refused: RefusedStep[] = []
  readonly #steps: Steps
  readonly #earlier: readonly RefusedStep[]
  #count = 0
  /** The indexes of steps that were not made. */
  readonly #failed = new Set<number>()
  #isFinal = false

  constructor(steps: Steps, earlier: readonly RefusedStep[]) {
    this.#steps = steps
    this.#earlier = earlier
  }

  /** Takes the results of the next steps; gives the number of conflicts with another program's changes. */
  take(portion: Portion, failures: readonly Failure[]): number {
    let conflicts = 0
    const steps = failures.length === 0 ? [] : portion.steps()
    for (const { index, error } of failures) {
      const step = steps[index]!
      this.#failed.add(this.#count + index)
      const { errno, request, explanation } = error
      if (this.#isConflict(step, new KernelError(errno, request, step.change, explanation))) conflicts++
    }
    this.#count += portion.length
    this.#isFinal ||= failures.length < portion.length && isFinal(portion.phase)
    return conflicts
  }

  end(cause?: Sent['cause']): Sent {
    const isWhole = cause === undefined && this.#failed.size === 0
    const made = isWhole ? this.#steps : this.#made
    const end = { made, isFinal: this.#isFinal, refused: this.refused }
    return cause === undefined ? end : { ...end, cause }
  }

  get #made(): Steps {
    const made: PlanStep[] = []
    let i = 0
    for (const step of this.#steps) {
      if (i === this.#count) break
      if (!this.#failed.has(i++)) made.push(step)
    }
    return made
  }

  /** Whether another program has made the step impossible; keeps a step that was refused for another reason. */
  #isConflict(step: PlanStep, error: KernelError): boolean {
    if (isGone(step.change, error)) return false
    const because =
      error.errno === ESRCH
        ? (refusedService(step, this.#earlier) ?? refusedService(step, this.refused))
        : undefined
    if (because !== undefined) this.refused.push({ step, error, because })
    else if (isConflict(step.change, error)) return true
    else this.refused.push({ step, error })
    return false
  }
}

/** The refused addition of this step's service. */
function refusedService({ change }: PlanStep, refused: readonly RefusedStep[]): PlanStep | undefined {
  const key = serviceKeyOf(change)
  return refused.find(({ step }) => step.change.kind === 'add-service' && serviceKeyOf(step.change) === key)
    ?.step
}

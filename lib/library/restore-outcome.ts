// How applying a plan ended, as programs read it.

import type { CallOptions } from '../ipvs/client.ts'
import type { KernelError } from '../model/errors.ts'
import type { Cause, RefusedStep as KernelRefusal, Outcome } from '../reconcile/outcome.ts'
import type { Phase } from '../reconcile/phases.ts'
import type { PlanStep as KernelStep } from '../reconcile/plan.ts'
import { type Change, readableChange } from './changes.ts'

export interface PlanStep {
  readonly change: Change
  /** The line of the file that asks for it; 0 when none does. */
  readonly line: number
  /** Steps of one phase are made together; the kernel has answered to all of them before the next phase. */
  readonly phase: Phase
}

export interface ApplyOptions extends CallOptions {
  /** Goes on after what the kernel refuses. Default: false, and everything is taken back. */
  readonly keepGoing?: boolean
}

export interface RefusedStep {
  readonly step: PlanStep
  readonly error: KernelError
}

/**
 * `made`: the table was read and is as wanted, but for what was refused (`keepGoing`).
 * `undone`: everything was taken back; all that it touched was read and is as before.
 * `stuck`: not everything could be taken back; `missing` would lead back.
 * `ended`: the signal was aborted with `keepGoing`; what was made stays.
 * `contested`: another program keeps changing the table; `missing` would lead to what is wanted.
 * `unverified`: the changes were sent, but the table could not be read after that.
 */
export interface RestoreOutcome {
  readonly kind: 'made' | 'undone' | 'stuck' | 'ended' | 'contested' | 'unverified'
  /** The steps that were made and were not taken back. */
  readonly made: readonly PlanStep[]
  /** Why everything was taken back: the first is the reason. With `keepGoing`: all that was refused. */
  readonly refused: readonly RefusedStep[]
  /** Whether the signal ended it. */
  readonly aborted: boolean
  /** Changes that are missing at the end. */
  readonly missing: readonly PlanStep[]
  /** Why the end is not known. */
  readonly error: Error | undefined
  /** The changes that take `made` back, in their order, a list for each phase. */
  readonly inverse: readonly (readonly Change[])[]
}

export function readableStep({ change, line, phase }: KernelStep): PlanStep {
  return { change: readableChange(change), line, phase }
}

export function readableOutcome(outcome: Outcome, inverse: RestoreOutcome['inverse']): RestoreOutcome {
  const cause = 'cause' in outcome ? outcome.cause : undefined
  const missing = 'missing' in outcome ? outcome.missing : []
  const steps = 'made' in outcome ? outcome.made.map(readableStep) : []
  return {
    kind: outcome.kind,
    made: steps,
    refused: ('refused' in outcome ? outcome.refused : refusalsOf(cause)).map(readableRefusal),
    aborted: outcome.kind === 'ended' || cause?.kind === 'interrupted',
    missing: missing instanceof Error ? [] : missing.map(readableStep),
    error: errorOf(outcome, cause, missing),
    inverse: steps.length === 0 ? [] : inverse,
  }
}

const refusalsOf = (cause: Cause | undefined) => (cause?.kind === 'refused' ? [cause.refusal] : [])

function readableRefusal({ step, error }: KernelRefusal): RefusedStep {
  return { step: readableStep(step), error }
}

function errorOf(outcome: Outcome, cause: Cause | undefined, missing: unknown): Error | undefined {
  if (missing instanceof Error) return missing
  if (outcome.kind === 'unverified') return outcome.error
  return cause?.kind === 'broken' ? cause.error : undefined
}

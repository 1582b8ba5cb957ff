// The outcome of applying a plan, in the library's form.

import type { CallOptions } from '../ipvs/client.ts'
import type { KernelError } from '../model/errors.ts'
import type { Cause, Outcome, RefusedStep } from '../reconcile/outcome.ts'
import type { Phase } from '../reconcile/phases.ts'
import type { PlanStep } from '../reconcile/step-list.ts'
import { type LibraryChange, readableChange } from './changes.ts'

export interface LibraryPlanStep {
  readonly change: LibraryChange
  /** The line of the file with the entry; 0 without one. */
  readonly line: number
  /** Steps of one phase are made together; the kernel has answered to all of them before the next phase. */
  readonly phase: Phase
}

export interface ApplyOptions extends CallOptions {
  /** Continues after a refusal of the kernel. Default: false, which rolls back. */
  readonly keepGoing?: boolean
}

export interface LibraryRefusedStep {
  readonly step: LibraryPlanStep
  readonly error: KernelError
}

/**
 * `made`: the table was read and is as wanted, except for refused changes (`keepGoing`).
 * `undone`: all changes were rolled back; all touched entries were read and are as before.
 * `stuck`: the rollback is incomplete; `missing` would complete it.
 * `ended`: the signal was aborted with `keepGoing`; changes made stay.
 * `contested`: another program keeps changing the table; `missing` would make it as wanted.
 * `unverified`: the changes were sent, but the table could not be read afterwards.
 */
export interface RestoreOutcome {
  readonly kind: 'made' | 'undone' | 'stuck' | 'ended' | 'contested' | 'unverified'
  /** The steps that were made and not rolled back. */
  readonly made: readonly LibraryPlanStep[]
  /** The refused steps: the first is the reason of a rollback. With `keepGoing`: all of them. */
  readonly refused: readonly LibraryRefusedStep[]
  /** Whether the signal ended it. */
  readonly aborted: boolean
  /** Changes that are missing at the end. */
  readonly missing: readonly LibraryPlanStep[]
  /** The reason why the result is unknown. */
  readonly error: Error | undefined
  /** The changes that undo `made`, in their order, a list per phase. */
  readonly inverse: readonly (readonly LibraryChange[])[]
}

export function readableStep({ change, line, phase }: PlanStep): LibraryPlanStep {
  return { change: readableChange(change), line, phase }
}

export function readableOutcome(outcome: Outcome, inverse: RestoreOutcome['inverse']): RestoreOutcome {
  const cause = 'cause' in outcome ? outcome.cause : undefined
  const missing = 'missing' in outcome ? outcome.missing : []
  const steps = 'made' in outcome ? Array.from(outcome.made, readableStep) : []
  return {
    kind: outcome.kind,
    made: steps,
    refused: ('refused' in outcome ? outcome.refused : refusalsOf(cause)).map(readableRefusal),
    aborted: outcome.kind === 'ended' || cause?.kind === 'interrupted',
    missing: missing instanceof Error ? [] : Array.from(missing, readableStep),
    error: errorOf(outcome, cause, missing),
    inverse: steps.length === 0 ? [] : inverse,
  }
}

const refusalsOf = (cause: Cause | undefined) => (cause?.kind === 'refused' ? [cause.refusal] : [])

function readableRefusal({ step, error }: RefusedStep): LibraryRefusedStep {
  return { step: readableStep(step), error }
}

function errorOf(outcome: Outcome, cause: Cause | undefined, missing: unknown): Error | undefined {
  if (missing instanceof Error) return missing
  if (outcome.kind === 'unverified') return outcome.error
  return cause?.kind === 'broken' ? cause.error : undefined
}

// How a restore ended, as data.
import type { KernelError } from '../model/errors.ts'
import type { Interruption } from '../system/system.ts'
import type { PlanStep } from './plan.ts'

/** A step that the kernel refused. */
export interface RefusedStep {
  readonly step: PlanStep
  readonly error: KernelError
  /** The step of the same file whose refusal is the reason. */
  readonly because?: PlanStep
}

/** Why a plan was given up. */
export type Cause =
  | { readonly kind: 'refused'; readonly refusal: RefusedStep }
  | { readonly kind: 'interrupted'; readonly signal: Interruption }
  /** The conversation with the kernel broke: it is unknown how much of the step's datagram was done. */
  | { readonly kind: 'broken'; readonly error: Error; readonly step: PlanStep }

export type Outcome =
  /** The table was read and is as wanted, but for what was refused (only with `keepGoing`). */
  | {
      readonly kind: 'made'
      readonly made: readonly PlanStep[]
      readonly refused: readonly RefusedStep[]
    }
  /** A signal ended it half way with `keepGoing`: what was made stays. `left`: how many steps were not made. */
  | {
      readonly kind: 'ended'
      readonly made: readonly PlanStep[]
      readonly refused: readonly RefusedStep[]
      readonly signal: Interruption
      readonly left: number
    }
  /** The changes were taken back, and all that they touched was read and is as before. */
  | {
      readonly kind: 'undone'
      readonly cause: Cause
      readonly undone: number
      /** What would undo the changes that another program made meanwhile. */
      readonly theirs: readonly PlanStep[]
    }
  /** `missing`: the changes that would still lead back; or why that is not known. */
  | { readonly kind: 'stuck'; readonly cause: Cause; readonly missing: readonly PlanStep[] | Error }
  /** Another program keeps changing the table. `missing`: the changes that would lead to what is wanted. */
  | {
      readonly kind: 'contested'
      readonly made: readonly PlanStep[]
      readonly refused: readonly RefusedStep[]
      readonly missing: readonly PlanStep[]
    }
  /** The changes were sent, but the table could not be read after that. */
  | {
      readonly kind: 'unverified'
      readonly made: readonly PlanStep[]
      readonly refused: readonly RefusedStep[]
      readonly error: Error
    }

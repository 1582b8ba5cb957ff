// The outcome of a restore, as data.
import type { KernelError } from '../model/errors.ts'
import type { Interruption } from '../system/system.ts'
import type { PlanStep, Steps } from './step-list.ts'

/** A refused step. */
export interface RefusedStep {
  readonly step: PlanStep
  readonly error: KernelError
  /** The step of the same file whose refusal caused this one. */
  readonly because?: PlanStep
}

/** The reason why a plan was abandoned. */
export type Cause =
  | { readonly kind: 'refused'; readonly refusal: RefusedStep }
  | { readonly kind: 'interrupted'; readonly signal: Interruption }
  /** The connection to the kernel failed: it is unknown which requests of the step's datagram were processed. */
  | { readonly kind: 'broken'; readonly error: Error; readonly step: PlanStep }

export type Outcome =
  /** The table was read and is as wanted, except for refused changes (only with `keepGoing`). */
  | {
      readonly kind: 'made'
      readonly made: Steps
      readonly refused: readonly RefusedStep[]
    }
  /** A signal ended it early with `keepGoing`: changes made stay. `left`: the number of steps not made. */
  | {
      readonly kind: 'ended'
      readonly made: Steps
      readonly refused: readonly RefusedStep[]
      readonly signal: Interruption
      readonly left: number
    }
  /** The changes were rolled back; all entries that they touched were read and are as before. */
  | {
      readonly kind: 'undone'
      readonly cause: Cause
      readonly undone: number
      /** The changes that would undo those of another program. */
      readonly theirs: Steps
    }
  /** `missing`: the changes that would complete the rollback; or the reason why they are unknown. */
  | { readonly kind: 'stuck'; readonly cause: Cause; readonly missing: Steps | Error }
  /** Another program keeps changing the table. `missing`: the changes that would make it as wanted. */
  | {
      readonly kind: 'contested'
      readonly made: Steps
      readonly refused: readonly RefusedStep[]
      readonly missing: Steps
    }
  /** The changes were sent, but the table could not be read afterwards. */
  | {
      readonly kind: 'unverified'
      readonly made: Steps
      readonly refused: readonly RefusedStep[]
      readonly error: Error
    }

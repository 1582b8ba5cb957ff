// What the loop tells of its turns, for whoever counts.
import type { Drift } from './drift.ts'

/** The outcome of a plan: all of it done, some of it refused by the kernel, cut off, or kept out by another restore. */
export type PlanOutcome = 'applied' | 'refused' | 'broken' | 'locked'

/** What the loop reports of each turn. */
export interface LoopCounters {
  /** Milliseconds of a turn; whether the table could be read and changed. */
  turn(milliseconds: number, ok: boolean): void
  drift(found: readonly Drift[]): void
  /** @param made changes; @param refused those that the kernel refused */
  plan(outcome: PlanOutcome, made: number, refused: number): void
}

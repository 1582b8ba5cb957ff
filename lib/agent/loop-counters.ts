// The loop's reports of its turns, for metrics.
import type { Sent } from '../reconcile/send-steps.ts'
import type { Drift } from './drift.ts'

export interface LoopCounters {
  /** Milliseconds of a turn; whether the table could be read and changed. */
  turn(milliseconds: number, ok: boolean): void
  drift(found: readonly Drift[]): void
  /** A plan was kept out by another restore. */
  locked(): void
  /** The outcome of a plan. */
  sent(sent: Sent): void
}

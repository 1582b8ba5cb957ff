// Checks and their findings.
import type { Facts } from './facts.ts'

/** `error`: some traffic is not balanced; `warning`: a failure is to be expected; `note`: verify elsewhere. */
type Severity = 'error' | 'warning' | 'note'

export interface Finding {
  readonly problem: string
  /** The facts that show the problem, and where they were read. */
  readonly evidence: string
  /** The command that removes the problem, or, with `manual`, the instruction. */
  readonly fix: string
  /** The fix is not a command that can be run here unchanged. */
  readonly manual?: true
}

export interface Check {
  readonly id: string
  readonly severity: Severity
  find(facts: Facts): Iterable<Finding>
}

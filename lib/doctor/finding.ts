// Checks and their findings.
import type { Facts } from './facts.ts'

/** `error`: something is not balanced at all; `warning`: something will go wrong; `note`: to be verified elsewhere. */
export type Severity = 'error' | 'warning' | 'note'

export interface Finding {
  readonly problem: string
  /** The facts that show it, and where they were read. */
  readonly evidence: string
  /** The command that removes the problem, or, with `manual`, the instruction. */
  readonly fix: string
  /** The fix is no command that can be run here as it is. */
  readonly manual?: true
}

export interface Check {
  readonly id: string
  readonly severity: Severity
  find(facts: Facts): Iterable<Finding>
}

// What a check is and what it finds.
import type { Facts } from './facts.ts'

/** `stops`: something is not balanced at all; `bites`: something will go wrong; `note`: to be looked at elsewhere. */
export type Severity = 'stops' | 'bites' | 'note'

export interface Finding {
  readonly problem: string
  /** What was seen, and where. */
  readonly evidence: string
  /** The one command that mends it. */
  readonly remedy: string
}

export interface Check {
  readonly id: string
  readonly severity: Severity
  find(facts: Facts): Iterable<Finding>
}

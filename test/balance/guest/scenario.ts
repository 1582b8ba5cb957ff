// A row of the ring's table.
import type { Ring } from './ring.ts'

export interface Scenario {
  readonly group: string
  readonly name: string
  /** The text that the definition (of a scheduler, say) promises. */
  readonly expected: string
  /** The observed text: a row passes if it is the expected one. Throws a KernelLacks when it cannot be tried. */
  run(ring: Ring): Promise<string>
  /** Some kernels cannot do it, and say so. */
  readonly optional?: boolean
}

export type Verdict = 'green' | 'red' | 'kernel'

export interface Row {
  readonly group: string
  readonly name: string
  readonly expected: string
  readonly seen: string
  readonly verdict: Verdict
  readonly seconds: number
  /** Numbers that are measured rather than expected. */
  readonly notes: readonly string[]
}

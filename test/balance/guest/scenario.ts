// What a row of the ring's table is.
import type { Ring } from './ring.ts'

export interface Scenario {
  readonly group: string
  readonly name: string
  /** What the definition of the scheduler, or of whatever it is, promises. */
  readonly expected: string
  /** What was seen: a green row saw exactly what was expected. Throws a KernelLacks when it cannot be tried. */
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

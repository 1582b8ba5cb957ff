// Weights that commands say they have set, until a turn has read the table after that.
import type { WeightByHand } from './drift.ts'

export class ToldWeights {
  readonly #weights: WeightByHand[] = []
  /** Those who told them, and wait for a turn to end. */
  readonly #waiting: (() => void)[] = []

  /** Resolves at the next `release`. */
  add(weight: WeightByHand): Promise<void> {
    this.#weights.push(weight)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  get count(): number {
    return this.#weights.length
  }

  /** Removes and gives the first ones: those that a reading has come after. */
  take(count: number): WeightByHand[] {
    return this.#weights.splice(0, count)
  }

  release(): void {
    for (const end of this.#waiting.splice(0)) end()
  }
}

// Records the first signal that asks the process to end, and ends the current wait.
import type { Interruption, System } from '../system/system.ts'

export class Signals {
  caught: Interruption | undefined
  /** Restores the default signal handling. */
  readonly end: () => void
  #wake = () => {}

  constructor(system: System) {
    const listen = (signal: Interruption) => {
      this.caught ??= signal
      this.#wake()
    }
    this.end = system.onInterrupt?.(listen) ?? (() => {})
  }

  /** Resolves after this many milliseconds, or at a signal. */
  sleep(milliseconds: number): Promise<void> {
    if (this.caught !== undefined) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

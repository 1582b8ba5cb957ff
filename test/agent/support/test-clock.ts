// A clock that a test turns: timers fire in their order, each after the work of the former has ended.
import type { Clock } from '../../../lib/agent/clock.ts'

interface Timer {
  readonly at: number
  readonly callback: () => void
}

export class TestClock implements Clock {
  #now = 1000
  /** Milliseconds that are added for the date: `Clock.wall()` may jump. */
  #date = Date.UTC(2026, 0, 1)
  readonly #timers = new Set<Timer>()

  now(): number {
    return this.#now
  }

  wall(): Date {
    return new Date(this.#date + this.#now)
  }

  timer(milliseconds: number, callback: () => void): () => void {
    const timer = { at: this.#now + Math.max(milliseconds, 0), callback }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Somebody sets the date. */
  setDate(by: number): void {
    this.#date += by
  }

  /** The process does not run for so long, as when a machine was suspended: all timers are late. */
  leap(milliseconds: number): void {
    this.#now += milliseconds
  }

  /** @param settled resolves when what a timer has started has ended */
  async advance(milliseconds: number, settled: () => Promise<void> = async () => {}): Promise<void> {
    const end = this.#now + milliseconds
    for (;;) {
      const due = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
      if (due === undefined) break
      this.#timers.delete(due)
      this.#now = Math.max(this.#now, due.at)
      due.callback()
      await settled()
    }
    this.#now = Math.max(this.#now, end)
  }
}

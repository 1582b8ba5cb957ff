// The order of the loop's turns: one after the other, over the whole table or over the services that verdicts are about.
import type { Clock } from './clock.ts'
import type { ServiceKeys } from './narrow.ts'

export class TurnQueue {
  readonly #clock: Clock
  readonly #run: (only: ServiceKeys | undefined) => Promise<void>
  /** The time at which the whole table is due. */
  #wholeAt = Number.POSITIVE_INFINITY
  /** Services that are due. */
  #services = new Set<string>()
  #timer: { readonly at: number; readonly cancel: () => void } | undefined
  #turn: Promise<void> | undefined
  #stopped = false

  /** @param run one turn over these services, or over the whole table; never rejects */
  constructor(clock: Clock, run: (only: ServiceKeys | undefined) => Promise<void>) {
    this.#clock = clock
    this.#run = run
  }

  /** Has a turn over the whole table begin after so many milliseconds at the latest. */
  due(wait: number): void {
    this.#wholeAt = Math.min(this.#wholeAt, this.#clock.now() + wait)
    this.#arm(this.#wholeAt)
  }

  /** The same for a turn over this service (`serviceKey`) at least. */
  dueFor(service: string, wait: number): void {
    this.#services.add(service)
    this.#arm(this.#clock.now() + wait)
  }

  /** Begins what is overdue: on a busy event loop a timer comes late, after many results. */
  beginOverdue(): void {
    if (this.#timer === undefined || this.#clock.now() <= this.#timer.at) return
    this.#timer.cancel()
    this.#begin()
  }

  /** Resolves when the turn that is under way has ended. */
  async settled(): Promise<void> {
    await this.#turn
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    await this.#turn
  }

  #arm(at: number): void {
    if (this.#stopped || at === Number.POSITIVE_INFINITY) return
    if (this.#timer !== undefined && this.#timer.at <= at) return
    this.#timer?.cancel()
    const cancel = this.#clock.timer(at - this.#clock.now(), () => this.#begin())
    this.#timer = { at, cancel }
  }

  /** A turn that is under way is not disturbed; the next begins when it has ended. */
  #begin(): void {
    this.#timer = undefined
    this.#turn = (this.#turn ?? Promise.resolve()).then(() => this.#next())
  }

  async #next(): Promise<void> {
    if (this.#stopped) return
    const services = this.#services
    const isWhole = this.#clock.now() >= this.#wholeAt
    if (isWhole || services.size > 0) {
      this.#services = new Set()
      if (isWhole) this.#wholeAt = Number.POSITIVE_INFINITY
      await this.#run(isWhole ? undefined : services)
    }
    this.#arm(this.#wholeAt)
  }
}

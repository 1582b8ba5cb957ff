// The rates of new connections of the last minute, for the sparklines of a new viewer.
import type { PageView } from './page-view.ts'

export class RateHistory {
  readonly #length: number
  #rates = new Map<string, Float32Array>()
  #taken = 0

  /** @param length readings that are kept */
  constructor(length = 60) {
    this.#length = length
  }

  take({ services, servers }: Pick<PageView, 'services' | 'servers'>): void {
    const at = this.#taken++ % this.#length
    const after = new Map<string, Float32Array>()
    for (const rows of [services, servers]) {
      for (const { key, connectionRate } of rows) {
        const rates = this.#rates.get(key) ?? new Float32Array(this.#length)
        rates[at] = Number(connectionRate)
        after.set(key, rates)
      }
    }
    this.#rates = after
  }

  /** The number of readings, and the rates by key, the oldest first, without zeros at the beginning. */
  all(): { readonly readings: number; readonly rates: Readonly<Record<string, readonly number[]>> } {
    const rates: Record<string, number[]> = {}
    for (const [key, ring] of this.#rates) {
      const begin = this.#taken % this.#length
      const own = [...ring.subarray(begin), ...ring.subarray(0, begin)]
      const first = own.findIndex((rate) => rate !== 0)
      if (first >= 0) rates[key] = own.slice(first)
    }
    return { readings: Math.min(this.#taken, this.#length), rates }
  }
}

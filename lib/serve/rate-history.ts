// The rates of new connections of the last minute, for the sparklines of a new viewer.
import type { PageView } from './page-view.ts'

/** A ring, and the last reading that had its row. */
interface Ring {
  readonly rates: Float32Array
  reading: number
}

export class RateHistory {
  readonly #length: number
  readonly #rings = new Map<string, Ring>()
  #taken = 0

  /** @param length readings that are kept */
  constructor(length = 60) {
    this.#length = length
  }

  take({ services, servers }: Pick<PageView, 'services' | 'servers'>): void {
    const at = this.#taken++ % this.#length
    let present = 0
    for (const rows of [services, servers]) {
      for (const { key, connectionRate } of rows) {
        let ring = this.#rings.get(key)
        if (ring === undefined) {
          ring = { rates: new Float32Array(this.#length), reading: 0 }
          this.#rings.set(key, ring)
        }
        ring.rates[at] = Number(connectionRate)
        if (ring.reading !== this.#taken) present++
        ring.reading = this.#taken
      }
    }
    if (present === this.#rings.size) return
    for (const [key, { reading }] of this.#rings) if (reading !== this.#taken) this.#rings.delete(key)
  }

  /** The number of readings, and the rates by key, the oldest first, without zeros at the beginning. */
  all(): { readonly readings: number; readonly rates: Readonly<Record<string, readonly number[]>> } {
    const rates: Record<string, number[]> = {}
    for (const [key, { rates: ring }] of this.#rings) {
      const begin = this.#taken % this.#length
      const own = [...ring.subarray(begin), ...ring.subarray(0, begin)]
      const first = own.findIndex((rate) => rate !== 0)
      if (first >= 0) rates[key] = own.slice(first)
    }
    return { readings: Math.min(this.#taken, this.#length), rates }
  }
}

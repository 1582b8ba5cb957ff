// A set of keys that have numbers: a bit for each.
import type { KeySet } from '../model/ruleset.ts'

export class KeyBits implements KeySet {
  readonly #numberOf: (key: string) => number
  readonly #bits: Uint8Array

  /** @param numberOf gives the number of a key, below the given one, or a negative one */
  constructor(below: number, numberOf: (key: string) => number) {
    this.#numberOf = numberOf
    this.#bits = new Uint8Array((below >> 3) + 1)
  }

  has(key: string): boolean {
    const number = this.#numberOf(key)
    return number >= 0 && (this.#bits[number >> 3]! & (1 << (number & 7))) !== 0
  }

  add(key: string): void {
    const number = this.#numberOf(key)
    this.#bits[number >> 3]! |= 1 << (number & 7)
  }
}

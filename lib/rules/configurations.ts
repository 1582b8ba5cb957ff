// The configurations of a rule file as numbers: most of its entries share a few.

/** Configurations in normal form by their numbers, equal ones once. */
export class Configurations<C extends object> {
  readonly #fields: readonly (keyof C)[]
  readonly #normal: (config: C) => C
  readonly #all: C[] = []
  /** By the configuration's values. */
  readonly #numbers = new Map<string, number>()
  /** By the first object with these values: the reader of lines gives the same one again. */
  readonly #given = new Map<C, number>()

  constructor(fields: readonly (keyof C)[], normal: (config: C) => C) {
    this.#fields = fields
    this.#normal = normal
  }

  get length(): number {
    return this.#all.length
  }

  numberOf(given: C): number {
    const known = this.#given.get(given)
    if (known !== undefined) return known
    const config = this.#normal(given)
    // Names have no NUL.
    let key = ''
    for (const field of this.#fields) key += `${config[field]}\0`
    const number = this.#numbers.get(key)
    if (number !== undefined) return number
    const next = this.#all.push(config) - 1
    this.#numbers.set(key, next)
    this.#given.set(given, next)
    return next
  }

  at(number: number): C {
    return this.#all[number]!
  }
}

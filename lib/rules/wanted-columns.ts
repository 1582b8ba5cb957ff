// Entries of a rule file in columns of numbers: an object for each entry would take five times the memory.

/** A list of numbers from 0 to 2^31-1. */
export class NumberList {
  #values = new Int32Array(64)
  #length = 0

  get length(): number {
    return this.#length
  }

  /** Gives the number's index. */
  push(value: number): number {
    if (this.#length === this.#values.length) {
      const larger = new Int32Array(this.#length * 2)
      larger.set(this.#values)
      this.#values = larger
    }
    this.#values[this.#length] = value
    return this.#length++
  }

  at(index: number): number {
    return this.#values[index]!
  }

  set(index: number, value: number): void {
    this.#values[index] = value
  }
}

/** Configurations in normal form as numbers, equal ones as the same: most entries of a file share a few. */
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

/** The configurations and lines of entries, by the order of their addition. */
export class EntryColumns<C extends object> {
  readonly #configurations: Configurations<C>
  readonly #configs = new NumberList()
  readonly #lines = new NumberList()
  /** The first configurations of entries that were edited. */
  readonly #added = new Map<number, number>()

  constructor(configurations: Configurations<C>) {
    this.#configurations = configurations
  }

  /** Gives the entry's number. */
  add(config: C, line: number): number {
    this.#configs.push(this.#configurations.numberOf(config))
    return this.#lines.push(line)
  }

  edit(entry: number, config: C, line: number): void {
    if (!this.#added.has(entry)) this.#added.set(entry, this.#configs.at(entry))
    this.#configs.set(entry, this.#configurations.numberOf(config))
    this.#lines.set(entry, line)
  }

  config(entry: number): C {
    return this.#configurations.at(this.#configs.at(entry))
  }

  line(entry: number): number {
    return this.#lines.at(entry)
  }

  /** Whether the entry has this configuration, or had it when it was added. */
  hasOrHad(entry: number, config: C): boolean {
    const number = this.#configurations.numberOf(config)
    return number === this.#configs.at(entry) || number === this.#added.get(entry)
  }
}

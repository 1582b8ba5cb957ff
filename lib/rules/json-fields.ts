// The fields of one object of a document, each checked when read; a field that is never read is refused.
import { type Address, type Family, parseAddress, parseStrictIPv4 } from '../model/address.ts'
import { serviceFlag, tunnelFlag } from '../model/flag-names.ts'
import { SCHEDNAME_MAXLEN } from '../model/limits.ts'
import { type Netmask, netmaskFromAddress, netmaskFromPrefix } from '../model/netmask.ts'

/** A refusal of a part of a document. The message begins with its path. */
export class FieldError extends Error {
  override readonly name = 'Refusal'
}

/** The longest name of a scheduler, an engine or an interface, in bytes. */
const LONGEST_NAME = SCHEDNAME_MAXLEN - 1

export class Fields {
  readonly source: object
  readonly #values: Readonly<Record<string, unknown>>
  readonly #path: string
  readonly #known = new Set<string>()
  readonly #problem: string | undefined

  /** @param value an object; reading fields of another value refuses it */
  constructor(value: unknown, path: string) {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    this.#problem = isObject ? undefined : 'must be an object'
    this.source = isObject ? value : {}
    this.#values = this.source as Readonly<Record<string, unknown>>
    this.#path = path
  }

  refuse(field: string, problem: string): never {
    const path = [this.#path, field].filter((part) => part !== '').join('.')
    throw new FieldError(path === '' ? problem : `${path}: ${problem}`)
  }

  required<T>(field: string, value: T | undefined): T {
    return value ?? this.refuse(field, 'is missing')
  }

  integer(field: string, min: number, max: number): number | undefined {
    return this.#read(field, `must be an integer from ${min} to ${max}`, (value) =>
      Number.isInteger(value) && Number(value) >= min && Number(value) <= max ? Number(value) : undefined,
    )
  }

  word<T extends string>(field: string, words: readonly T[]): T | undefined {
    return this.#read(field, `must be one of ${words.join(', ')}`, (value) =>
      words.find((word) => word === value),
    )
  }

  /** A name in the kernel, such as a scheduler's. */
  name(field: string): string | undefined {
    return this.#read(field, `must be a name of at most ${LONGEST_NAME} bytes`, (value) =>
      typeof value === 'string' &&
      !/[\s\0]/.test(value) &&
      new TextEncoder().encode(value).length <= LONGEST_NAME
        ? value
        : undefined,
    )
  }

  address(field: string): Address | undefined {
    return this.#read(field, 'must be an address', (value) =>
      typeof value === 'string' ? parseAddress(value) : undefined,
    )
  }

  netmask(field: string, family: Family): Netmask | undefined {
    return this.#read(
      field,
      family === 'inet' ? 'must be a netmask' : 'must be a prefix length from 1 to 128',
      (value) => {
        if (typeof value !== 'string') return undefined
        if (family === 'inet') {
          const mask = parseStrictIPv4(value)
          return mask && netmaskFromAddress(mask)
        }
        return /^[1-9]\d{0,2}$/.test(value) && Number(value) <= 128
          ? netmaskFromPrefix(Number(value))
          : undefined
      },
    )
  }

  boolean(field: string): boolean | undefined {
    return this.#read(field, 'must be true or false', (value) =>
      typeof value === 'boolean' ? value : undefined,
    )
  }

  serviceFlags(field: string, scheduler: string): number {
    return this.#flags(field, (name) => serviceFlag(name, scheduler))
  }

  tunnelFlags(field: string): number {
    return this.#flags(field, tunnelFlag)
  }

  object(field: string): Fields | undefined {
    if (this.#problem !== undefined) return undefined
    return this.#read(field, '', (value) => new Fields(value, this.#join(field)))
  }

  /** The items of a list, each with its path. Another value has none, and end() refuses it. */
  *list(field: string): Generator<readonly [unknown, string], void, undefined> {
    const value = this.#values[field]
    if (!Array.isArray(value)) return
    this.#known.add(field)
    for (const [i, item] of value.entries()) yield [item, `${this.#join(field)}[${i}]`]
  }

  /** Marks fields as known without checking their values. */
  skip(fields: readonly string[]): void {
    for (const field of fields) this.#known.add(field)
  }

  /** Refuses fields that were not read. @param lists fields that are read later, and must be lists */
  end(lists: readonly string[] = []): void {
    if (this.#problem !== undefined) this.refuse('', this.#problem)
    for (const [field, value] of Object.entries(this.#values)) {
      if (lists.includes(field)) {
        if (!Array.isArray(value)) this.refuse(field, 'must be a list')
      } else if (!this.#known.has(field)) {
        this.refuse(field, LISTS.includes(field) ? 'must be a list' : 'unknown field')
      }
    }
  }

  #join(field: string): string {
    return this.#path === '' ? field : `${this.#path}.${field}`
  }

  #read<T>(field: string, problem: string, read: (value: unknown) => T | undefined): T | undefined {
    if (this.#problem !== undefined) this.refuse('', this.#problem)
    this.#known.add(field)
    if (!Object.hasOwn(this.#values, field)) return undefined
    return read(this.#values[field]) ?? this.refuse(field, problem)
  }

  #flags(field: string, bitOf: (name: string) => number | undefined): number {
    const names = this.#read(field, 'must be a list of flags', (value) =>
      Array.isArray(value) ? value : undefined,
    )
    let bits = 0
    for (const name of names ?? []) {
      const bit = typeof name === 'string' ? bitOf(name) : undefined
      if (bit === undefined) this.refuse(field, `unknown flag ${JSON.stringify(name)}`)
      bits |= bit
    }
    return bits >>> 0
  }
}

/** The document's lists. */
const LISTS = ['services', 'daemons']

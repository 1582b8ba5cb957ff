// Entries of a rule file in rows of numbers, with an index by their keys: an object for each would take five times the memory.
// The C host reads and writes the same rows (native/entries.c).
import type { Configurations } from './configurations.ts'

/** No entry. */
export const NONE = -1

/** The numbers of a row. The last two are of services. */
export const ROW = {
  /** Of a server the number of its service, of a service the protocol; 0 for a service by firewall mark. */
  owner: 0,
  /** An IPv4 address or a firewall mark; or the number of an IPv6 address among `texts`. */
  address: 1,
  /** The port, or the family of a firewall mark, and the bits of `KIND`. */
  port: 2,
  config: 3,
  line: 4,
  /** The next server of the same service; of a service the first one. */
  next: 5,
  /** The sequence number of the dump that had the server last. */
  seen: 6,
  last: 6,
  count: 7,
} as const
export const SERVER_ROW = 7
export const SERVICE_ROW = 8

export const KIND = {
  /** The address is a text. */
  text: 0x10000,
  /** The entry has been deleted. Its place in the index is not used again. */
  deleted: 0x20000,
} as const
const PORT = 0xffff

const FIRST_ROWS = 64

/** A key's place in the index, before collisions; native/entries.c has the same. */
function hashOf(owner: number, address: number, port: number): number {
  let hash = Math.imul(address, 0x9e3779b1) ^ Math.imul(owner, 0x85ebca6b) ^ Math.imul(port, 0xc2b2ae35)
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d)
  return hash ^ (hash >>> 15)
}

function hashOfText(text: string): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0
  return hash
}

/** Entries of one kind, by the order of their addition. */
export class EntryRows<C extends object> {
  length = 0
  rows: Int32Array
  /** The entries' numbers, from 1, by their keys' hashes; 0: free. */
  index = new Int32Array(2 * FIRST_ROWS)
  readonly #size: number
  readonly #texts: string[] = []
  readonly configurations: Configurations<C>
  /** The first configurations of entries that were edited. */
  readonly #added = new Map<number, number>()

  /** @param size of a row */
  constructor(size: number, configurations: Configurations<C>) {
    this.#size = size
    this.rows = new Int32Array(FIRST_ROWS * size)
    this.configurations = configurations
  }

  /** Makes room for so many more. */
  reserve(more: number): void {
    const room = this.length + more
    if (this.rows.length < room * this.#size) {
      const rows = new Int32Array(room * this.#size)
      rows.set(this.rows.subarray(0, this.length * this.#size))
      this.rows = rows
    }
    let places = this.index.length
    while (places * 3 < room * 4) places *= 2
    if (places === this.index.length) return
    this.index = new Int32Array(places)
    for (let entry = 0; entry < this.length; entry++) {
      const port = this.at(entry, ROW.port)
      const place = this.#placeOf(this.at(entry, ROW.owner), this.#addressOf(entry), port & PORT)
      this.index[place] = entry + 1
    }
  }

  find(owner: number, address: number | string, port: number): number {
    return this.index[this.#placeOf(owner, address, port)]! - 1
  }

  /** Gives the number of the entry, which must not be there yet. */
  add(owner: number, address: number | string, port: number, config: C, line: number): number {
    if ((this.length + 1) * this.#size > this.rows.length) this.reserve(Math.max(this.length, FIRST_ROWS))
    const entry = this.length++
    const isText = typeof address === 'string'
    this.set(entry, ROW.owner, owner)
    this.set(entry, ROW.port, isText ? port | KIND.text : port)
    this.set(entry, ROW.address, isText ? this.#texts.push(address) - 1 : address)
    this.set(entry, ROW.config, this.configurations.numberOf(config))
    this.set(entry, ROW.line, line)
    this.set(entry, ROW.next, NONE)
    this.set(entry, ROW.last, NONE)
    this.index[this.#placeOf(owner, address, port)] = entry + 1
    return entry
  }

  edit(entry: number, config: C, line: number): void {
    if (!this.#added.has(entry)) this.#added.set(entry, this.at(entry, ROW.config))
    this.set(entry, ROW.config, this.configurations.numberOf(config))
    this.set(entry, ROW.line, line)
  }

  delete(entry: number): void {
    this.set(entry, ROW.port, this.at(entry, ROW.port) | KIND.deleted)
  }

  isDeleted(entry: number): boolean {
    return (this.at(entry, ROW.port) & KIND.deleted) !== 0
  }

  owner(entry: number): number {
    return this.at(entry, ROW.owner)
  }

  /** An IPv4 address or a firewall mark as a number, or an IPv6 address. */
  address(entry: number): number | string {
    const address = this.#addressOf(entry)
    return typeof address === 'string' ? address : address >>> 0
  }

  port(entry: number): number {
    return this.at(entry, ROW.port) & PORT
  }

  config(entry: number): C {
    return this.configurations.at(this.at(entry, ROW.config))
  }

  line(entry: number): number {
    return this.at(entry, ROW.line)
  }

  /** Whether the entry has this configuration, or had it when it was added. */
  hasOrHad(entry: number, config: C): boolean {
    const number = this.configurations.numberOf(config)
    return number === this.at(entry, ROW.config) || number === this.#added.get(entry)
  }

  at(entry: number, word: number): number {
    return this.rows[entry * this.#size + word]!
  }

  set(entry: number, word: number, value: number): void {
    this.rows[entry * this.#size + word] = value
  }

  #addressOf(entry: number): number | string {
    const address = this.at(entry, ROW.address)
    return (this.at(entry, ROW.port) & KIND.text) === 0 ? address : this.#texts[address]!
  }

  /** The place of a key in the index, or the free one for it. */
  #placeOf(owner: number, address: number | string, port: number): number {
    const isText = typeof address === 'string'
    const mask = this.index.length - 1
    let place = hashOf(owner, isText ? hashOfText(address) : address, port) & mask
    const wanted = isText ? port | KIND.text : port
    for (; ; place = (place + 1) & mask) {
      const entry = this.index[place]! - 1
      if (entry < 0) return place
      if (this.at(entry, ROW.port) !== wanted || this.at(entry, ROW.owner) !== owner) continue
      if (isText ? this.#addressOf(entry) === address : this.at(entry, ROW.address) === (address | 0))
        return place
    }
  }
}

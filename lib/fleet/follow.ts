// Follows the keys with a prefix: reads them, then watches from that revision on; when the connection fails, from the last
// revision that was seen; and reads them anew when that is no longer kept, or not yet reached.
import type { Store, StoreEntry, StoreError, StoreEvent } from './store.ts'

/** Time as the parts of a fleet see it; the agent's clock is one. */
export interface FleetTime {
  now(): number
  timer(milliseconds: number, callback: () => void): () => void
}

export interface FollowOptions {
  readonly store: Store
  readonly prefix: string
  readonly time: FleetTime
  /** Called with all keys, after the first reading and after each change. */
  readonly changed: (entries: ReadonlyMap<string, StoreEntry>) => void
  /** Why the keys cannot be followed now; undefined: they are followed again. */
  readonly trouble?: (error: StoreError | undefined) => void
}

/** The pause after a failure, in milliseconds; doubled with each further one. */
const FIRST_PAUSE = 100
const LONGEST_PAUSE = 3000

export class Follower {
  readonly #options: FollowOptions
  #entries = new Map<string, StoreEntry>()
  /** The last revision of which all is known; undefined: nothing is. */
  #revision: number | undefined
  #pause = FIRST_PAUSE
  #failing = false
  #end: () => void = () => {}
  #stopped = false

  constructor(options: FollowOptions) {
    this.#options = options
  }

  start(): void {
    void this.#begin()
  }

  stop(): void {
    this.#stopped = true
    this.#end()
  }

  async #begin(): Promise<void> {
    if (this.#stopped) return
    try {
      if (this.#revision === undefined) await this.#read()
    } catch (error) {
      return this.#retry(error as StoreError)
    }
    if (this.#stopped || this.#revision === undefined) return
    this.#end = this.#options.store.watch(this.#options.prefix, this.#revision + 1, {
      began: (revision) => {
        this.#works()
        if (revision < (this.#revision ?? 0)) this.#readAnew()
      },
      events: (events, revision) => {
        this.#works()
        this.#take(events, revision)
      },
      ended: (error) => {
        if (error.failure === 'compacted') {
          this.#revision = undefined
          void this.#begin()
        } else this.#retry(error)
      },
    })
  }

  async #read(): Promise<void> {
    const { store, prefix, changed } = this.#options
    const { entries, revision } = await store.list(prefix)
    if (this.#stopped) return
    this.#entries = new Map(entries.map((entry) => [entry.key, entry]))
    this.#revision = revision
    changed(this.#entries)
  }

  /**
   * The cluster was restored from a snapshot: it has revisions of another history, and the watch would begin after them. After a
   * pause, for a member that is only late says the same for a moment.
   */
  #readAnew(): void {
    this.#end()
    this.#revision = undefined
    this.#end = this.#options.time.timer(this.#pause, () => void this.#begin())
  }

  #take(events: readonly StoreEvent[], revision: number): void {
    if (this.#stopped) return
    this.#revision = Math.max(revision, this.#revision ?? 0)
    if (events.length === 0) return
    this.#entries = new Map(this.#entries)
    for (const event of events) {
      if (event.kind === 'put') this.#entries.set(event.entry.key, event.entry)
      else this.#entries.delete(event.key)
    }
    this.#options.changed(this.#entries)
  }

  #works(): void {
    this.#pause = FIRST_PAUSE
    if (this.#failing) this.#options.trouble?.(undefined)
    this.#failing = false
  }

  #retry(error: StoreError): void {
    if (this.#stopped) return
    this.#failing = true
    this.#options.trouble?.(error)
    if (this.#stopped) return
    this.#end = this.#options.time.timer(this.#pause, () => void this.#begin())
    this.#pause = Math.min(2 * this.#pause, LONGEST_PAUSE)
  }
}

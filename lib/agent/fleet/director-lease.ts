// A director's key in the store: written with a lease, kept alive, written again when it has changed or the lease was lost.
// Of two agents of one name the later one has it; the earlier one has a key beside it, so that both are seen.

import type { FleetKeys } from '../../fleet/fleet-keys.ts'
import { type DirectorReport, writeValue } from '../../fleet/fleet-values.ts'
import type { FleetTime } from '../../fleet/follow.ts'
import { type Operation, type Store, StoreError } from '../../fleet/store.ts'

export interface DirectorLeaseOptions {
  readonly store: Store
  readonly keys: FleetKeys
  readonly time: FleetTime
  readonly wall: () => Date
  readonly name: string
  /** Of the machine: tells agents of one name apart, for people. */
  readonly host: string
  readonly groups: readonly string[]
  /** Called when `lease` has changed. */
  readonly changed: () => void
  /** Why the key cannot be written; undefined: it is written again. */
  readonly trouble: (error: StoreError | undefined) => void
  /** Another agent of this name has come, and has the key; false: it has gone. */
  readonly taken: (isTaken: boolean) => void
}

/** Seconds after which a director that does not report counts as gone. */
export const LEASE_SECONDS = 10

/** Milliseconds: changes that come together are written together. */
const DEBOUNCE = 50
const KEEP_ALIVE = (LEASE_SECONDS * 1000) / 3
const RETRY = 1000

type Report = Omit<DirectorReport, 'written'>

export class DirectorLease {
  readonly #options: DirectorLeaseOptions
  #report: Report | undefined
  /** The last text that was written, without the time. */
  #written = ''
  #lease: bigint | undefined
  /** The key that was written with the lease. */
  #key: 'none' | 'director' | 'rival' = 'none'
  #writing = false
  #failing = false
  #taken = false
  #cancelWrite: (() => void) | undefined
  #cancelKeep = () => {}
  #stopped = false

  constructor(options: DirectorLeaseOptions) {
    this.#options = options
  }

  /** Whether another agent has the name; it came later, so this one leaves the key to it. */
  get isTaken(): boolean {
    return this.#taken
  }

  /** Of the director's key; undefined: it is not this agent's. */
  get lease(): bigint | undefined {
    return this.#key === 'director' && !this.#taken ? this.#lease : undefined
  }

  /** Has the report written, soon, if it differs from the last. */
  report(report: Report): void {
    this.#report = report
    this.#due(DEBOUNCE)
  }

  /** The key stays until the lease ends: an agent that starts again has not been gone. */
  stop(): void {
    this.#stopped = true
    this.#cancelWrite?.()
    this.#cancelKeep()
  }

  #due(wait: number): void {
    if (this.#stopped || this.#cancelWrite !== undefined) return
    this.#cancelWrite = this.#options.time.timer(wait, () => {
      this.#cancelWrite = undefined
      if (!this.#writing) void this.#write()
    })
  }

  /** The text that is to be written. */
  get #wanted(): string {
    const { host } = this.#options
    return this.#taken ? writeValue({ host }) : JSON.stringify(this.#report)
  }

  async #write(): Promise<void> {
    const report = this.#report
    if (report === undefined || this.#stopped) return
    const text = this.#wanted
    if (text === this.#written && this.#lease !== undefined) return
    this.#writing = true
    try {
      await (this.#taken ? this.#putRival(text) : this.#put(report))
      this.#written = text
      if (this.#failing) this.#options.trouble(undefined)
      this.#failing = false
      this.#writing = false
      if (this.#wanted !== text) this.#due(DEBOUNCE)
    } catch (error) {
      this.#writing = false
      this.#fail(error as Error)
    }
  }

  async #put(report: Report): Promise<void> {
    const { store, keys, name, groups, wall, changed } = this.#options
    const lease = await this.#granted()
    const written = wall().toISOString()
    const operations: Operation[] = [
      { put: keys.director(name), value: writeValue({ ...report, written }), lease },
    ]
    const former = this.#key
    if (former !== 'director')
      operations.push({ put: keys.member(name), value: writeValue({ name, groups, seen: written }) })
    if (former === 'rival') operations.push({ remove: keys.rival(name, lease) })
    await store.transact([], operations)
    if (this.#lease !== lease || this.#stopped) return
    this.#key = 'director'
    if (former !== 'director') changed()
  }

  async #putRival(value: string): Promise<void> {
    const { store, keys, name, trouble } = this.#options
    const lease = await this.#granted()
    try {
      await store.transact([], [{ put: keys.rival(name, lease), value, lease }])
      this.#key = 'rival'
    } catch (error) {
      if (!(error instanceof StoreError) || error.failure !== 'denied') throw error
      trouble(error)
    }
  }

  async #granted(): Promise<bigint> {
    if (this.#lease !== undefined) return this.#lease
    const lease = await this.#options.store.grant(LEASE_SECONDS)
    this.#lease = lease
    this.#key = 'none'
    this.#written = ''
    this.#keep(lease)
    return lease
  }

  #keep(lease: bigint): void {
    if (this.#stopped) return
    this.#cancelKeep = this.#options.time.timer(KEEP_ALIVE, () => {
      this.#options.store.keepAlive(lease).then(
        (lasts) => (lasts ? void this.#look(lease) : this.#lose()),
        // It may still last: the next question may come in time.
        () => this.#keep(lease),
      )
    })
  }

  /** Goes on with the lease. Leaves the key to an agent that has come later, and takes it when that has gone. */
  async #look(lease: bigint): Promise<void> {
    const isTaken = await this.#isOthers(lease).catch(() => this.#taken)
    if (this.#lease !== lease || this.#stopped) return
    this.#keep(lease)
    if (isTaken === this.#taken) return
    this.#taken = isTaken
    this.#written = ''
    this.#options.taken(isTaken)
    this.#options.changed()
    this.#due(0)
  }

  /** Whether the key is that of another lease. Both agents would write over each other for ever. */
  async #isOthers(lease: bigint): Promise<boolean> {
    const { store, keys, name } = this.#options
    const [entry] = (await store.get(keys.director(name), { keysOnly: true })).entries
    return entry !== undefined && entry.lease !== lease
  }

  #lose(): void {
    if (this.#stopped || this.#lease === undefined) return
    this.#lease = undefined
    this.#key = 'none'
    this.#cancelKeep()
    this.#options.changed()
    this.#due(0)
  }

  #fail(cause: Error): void {
    if (this.#stopped) return
    const error = cause instanceof StoreError ? cause : new StoreError('other', cause.message)
    if (error.failure === 'no-lease') {
      this.#lose()
      return
    }
    if (!this.#failing) this.#options.trouble(error)
    this.#failing = true
    this.#due(RETRY)
  }
}

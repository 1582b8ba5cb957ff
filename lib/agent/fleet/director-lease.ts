// A director's key in the store: written with a lease, kept alive, written again when it has changed or the lease was lost.

import type { FleetKeys } from '../../fleet/fleet-keys.ts'
import { type DirectorReport, writeValue } from '../../fleet/fleet-values.ts'
import type { FleetTime } from '../../fleet/follow.ts'
import { type Store, StoreError } from '../../fleet/store.ts'

export interface DirectorLeaseOptions {
  readonly store: Store
  readonly keys: FleetKeys
  readonly time: FleetTime
  readonly wall: () => Date
  readonly name: string
  readonly groups: readonly string[]
  /** Called when there is a lease, and when it is lost. */
  readonly changed: (lease: bigint | undefined) => void
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
/** Milliseconds until a name that another agent has is asked for again. */
const TAKEN_RETRY = LEASE_SECONDS * 1000

export class DirectorLease {
  readonly #options: DirectorLeaseOptions
  #report: Omit<DirectorReport, 'written'> | undefined
  /** The last report that was written, without the time. */
  #written = ''
  #lease: bigint | undefined
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

  get lease(): bigint | undefined {
    return this.#lease
  }

  /** Has the report written, soon, if it differs from the last. */
  report(report: Omit<DirectorReport, 'written'>): void {
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

  async #write(): Promise<void> {
    const report = this.#report
    if (report === undefined || this.#stopped) return
    const text = JSON.stringify(report)
    if (text === this.#written && this.#lease !== undefined) return
    this.#writing = true
    try {
      if (this.#taken && (await this.#isOthers())) {
        this.#writing = false
        this.#due(TAKEN_RETRY)
        return
      }
      if (this.#taken) this.#options.taken(false)
      this.#taken = false
      await this.#put(report)
      this.#written = text
      if (this.#failing) this.#options.trouble(undefined)
      this.#failing = false
      this.#writing = false
      if (this.#report !== report) this.#due(DEBOUNCE)
    } catch (error) {
      this.#writing = false
      this.#fail(error as Error)
    }
  }

  async #put(report: Omit<DirectorReport, 'written'>): Promise<void> {
    const { store, keys, name, groups, wall } = this.#options
    const isNew = this.#lease === undefined
    const lease = this.#lease ?? (await store.grant(LEASE_SECONDS))
    const written = wall().toISOString()
    const value = writeValue({ ...report, written })
    const member = { put: keys.member(name), value: writeValue({ name, groups, seen: written }) }
    await store.transact([], [{ put: keys.director(name), value, lease }, ...(isNew ? [member] : [])])
    if (!isNew || this.#stopped) return
    this.#lease = lease
    this.#keep(lease)
    this.#options.changed(lease)
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

  /** Goes on with the lease, unless the key is another agent's by now. */
  async #look(lease: bigint): Promise<void> {
    if (await this.#isOthers().catch(() => false)) this.#yield()
    else this.#keep(lease)
  }

  async #isOthers(): Promise<boolean> {
    const { store, keys, name } = this.#options
    const [entry] = (await store.get(keys.director(name), { keysOnly: true })).entries
    return entry !== undefined && entry.lease !== this.#lease
  }

  /** Of two agents of one name the later one has it: both would write over each other for ever. */
  #yield(): void {
    if (this.#stopped || this.#lease === undefined) return
    this.#taken = true
    this.#lease = undefined
    this.#options.taken(true)
    this.#options.changed(undefined)
    this.#due(TAKEN_RETRY)
  }

  #lose(): void {
    if (this.#stopped || this.#lease === undefined) return
    this.#lease = undefined
    this.#cancelKeep()
    this.#options.changed(undefined)
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

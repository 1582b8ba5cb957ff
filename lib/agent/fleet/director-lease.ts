// A director's key in the store: written with a lease, kept alive, written again when it has changed or the lease was lost.
// A second key, without a lease, has the time at which the director was last there. Of two agents of one name the later one has
// both keys; the earlier one has a key of its own, so that both are seen.

import type { FleetKeys } from '../../fleet/fleet-keys.ts'
import { type DirectorReport, type MemberRecord, writeValue } from '../../fleet/fleet-values.ts'
import type { FleetTime } from '../../fleet/follow.ts'
import { type Operation, type Store, StoreError } from '../../fleet/store.ts'

export interface DirectorLeaseOptions {
  readonly store: Store
  readonly keys: FleetKeys
  readonly time: FleetTime
  readonly wall: () => Date
  /** From 0 to 1. */
  readonly random: () => number
  readonly name: string
  /** Of the machine: tells agents of one name apart, for people. */
  readonly host: string
  readonly groups: readonly string[]
  /** Called when `lease` has changed. */
  readonly changed: () => void
  /** The reason why the key cannot be written; undefined: it is written again. */
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

/**
 * The longest time between two writes of the time, in milliseconds, and the part of it by which it is shortened at random.
 * etcd keeps each, with some 160 bytes, until it is compacted.
 */
const SEEN_INTERVAL = 300_000
const SEEN_JITTER = 0.2
/** Milliseconds that an agent that ends waits until its last time is written. */
const FAREWELL = 1000

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
  #cancelSeen = () => {}
  /** The last revisions that were applied, by group. */
  #applied: MemberRecord['groups']
  #stopped = false

  constructor(options: DirectorLeaseOptions) {
    this.#options = options
    this.#applied = Object.fromEntries(options.groups.map((group) => [group, 0]))
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
    const applied = Object.entries(report.groups).filter(([, { result }]) => result === 'applied')
    this.#applied = {
      ...this.#applied,
      ...Object.fromEntries(applied.map(([group, { revision }]) => [group, revision])),
    }
    this.#due(DEBOUNCE)
  }

  /** The key stays until the lease ends: an agent that starts again has not been gone. Resolves soon, also without etcd. */
  async stop(): Promise<void> {
    const isOurs = this.lease !== undefined
    this.#stopped = true
    this.#cancelWrite?.()
    this.#cancelKeep()
    this.#cancelSeen()
    if (!isOurs) return
    await new Promise<void>((resolve) => {
      const cancel = this.#options.time.timer(FAREWELL, resolve)
      void this.#putSeen().then(() => {
        cancel()
        resolve()
      })
    })
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
      // The lease may have been lost meanwhile, and the key with it.
      if (this.#wanted !== text || this.#lease === undefined) this.#due(DEBOUNCE)
    } catch (error) {
      this.#writing = false
      this.#fail(error as Error)
    }
  }

  async #put(report: Report): Promise<void> {
    const { store, keys, name, wall, changed } = this.#options
    const lease = await this.#granted()
    const written = wall().toISOString()
    const operations: Operation[] = [
      { put: keys.director(name), value: writeValue({ ...report, written }), lease },
      this.#member(written),
    ]
    const former = this.#key
    if (former === 'rival') operations.push({ remove: keys.rival(name, lease) })
    await store.transact([], operations)
    if (this.#lease !== lease || this.#stopped) return
    this.#key = 'director'
    this.#dueSeen()
    if (former !== 'director') changed()
  }

  #member(seen: string): Operation {
    const { keys, name } = this.#options
    return { put: keys.member(name), value: writeValue({ name, groups: this.#applied, seen }) }
  }

  /** At different times, so that directors that have come together do not write together. */
  #dueSeen(): void {
    const { time, random } = this.#options
    this.#cancelSeen()
    this.#cancelSeen = time.timer(SEEN_INTERVAL * (1 - SEEN_JITTER * random()), () => {
      if (this.lease === undefined) return
      void this.#putSeen()
      this.#dueSeen()
    })
  }

  /** The report stays as it is: nobody who watches is woken. A failure is no event: the next time comes. */
  async #putSeen(): Promise<void> {
    const { store, wall } = this.#options
    await store.transact([], [this.#member(wall().toISOString())]).catch(() => {})
  }

  async #putRival(value: string): Promise<void> {
    const { store, keys, name } = this.#options
    const lease = await this.#granted()
    await store.transact([], [{ put: keys.rival(name, lease), value, lease }])
    this.#key = 'rival'
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
      // Also if that was known before: what it has made due was passed over during the write.
      this.#due(0)
      return
    }
    if (!this.#failing) this.#options.trouble(error)
    this.#failing = true
    this.#due(RETRY)
  }
}

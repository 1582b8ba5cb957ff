// A cluster in memory with the semantics of etcd that a fleet relies on: revisions, transactions, watches from a revision,
// compaction, leases. Faults: a connection that is cut, answers that get lost.
import {
  type Condition,
  type Operation,
  type RangeOptions,
  type RangeResult,
  type Store,
  type StoreEntry,
  StoreError,
  type StoreEvent,
  type TransactionResult,
  type Watcher,
} from '../../../lib/fleet/store.ts'

export interface FakeTime {
  now(): number
  timer(milliseconds: number, callback: () => void): () => void
}

interface Lease {
  readonly seconds: number
  readonly keys: Set<string>
  kept: number
  cancel: () => void
}

interface FakeWatch {
  readonly prefix: string
  readonly watcher: Watcher
  readonly connection: FakeConnection
  readonly from: number
}

/** etcd's --max-request-bytes. */
const MOST_BYTES = 1.5 * 1024 * 1024
/** etcd's --max-txn-ops. */
const MOST_OPERATIONS = 128

export class FakeEtcd {
  revision = 1
  readonly keys = new Map<string, StoreEntry>()
  readonly #log: { readonly revision: number; readonly events: readonly StoreEvent[] }[] = []
  readonly #leases = new Map<bigint, Lease>()
  readonly #watches = new Set<FakeWatch>()
  readonly #time: FakeTime
  #compacted = 0
  #lastLease = 100n

  constructor(time: FakeTime) {
    this.#time = time
  }

  /** The events of each revision, also of those that a client would not get any more. */
  get history(): readonly (readonly StoreEvent[])[] {
    return this.#log.map(({ events }) => events)
  }

  connect(): FakeConnection {
    return new FakeConnection(this)
  }

  /** Forgets all revisions before this one. */
  compact(revision = this.revision): void {
    this.#compacted = revision
  }

  /** The function that it returns makes the state what it is now, as `etcdctl snapshot restore`. */
  snapshot(): () => void {
    const { revision } = this
    const kept = [...this.keys]
    return () => {
      this.revision = revision
      this.keys.clear()
      for (const [key, entry] of kept) this.keys.set(key, entry)
      this.#log.splice(this.#log.findLastIndex((each) => each.revision <= revision) + 1)
    }
  }

  range(matches: (key: string) => boolean, { keysOnly, limit }: RangeOptions): RangeResult {
    const all = [...this.keys.values()].filter(({ key }) => matches(key))
    all.sort((a, b) => (a.key < b.key ? -1 : 1))
    const entries = all
      .slice(0, limit)
      .map((entry) => (keysOnly ? { ...entry, value: new Uint8Array(0) } : entry))
    return { revision: this.revision, entries }
  }

  transact(conditions: readonly Condition[], operations: readonly Operation[]): TransactionResult {
    const size = operations.reduce((sum, each) => sum + ('put' in each ? each.value.length : 0), 0)
    if (size > MOST_BYTES) throw new StoreError('too-large', 'too large')
    if (Math.max(operations.length, conditions.length) > MOST_OPERATIONS)
      throw new StoreError('other', 'etcdserver: too many operations in txn request')
    const puts = operations.map((each) => ('put' in each ? each.put : each.remove))
    if (new Set(puts).size < puts.length) throw new StoreError('other', 'duplicate key given in txn request')
    const met = conditions.every(
      ({ key, modRevision }) => (this.keys.get(key)?.modRevision ?? 0) === modRevision,
    )
    if (!met) return { done: false, revision: this.revision }
    for (const each of operations) {
      const lease = 'put' in each ? (each.lease ?? 0n) : 0n
      if (lease !== 0n && !this.#leases.has(lease)) {
        throw new StoreError('no-lease', 'etcdserver: requested lease not found')
      }
    }
    this.#change(operations)
    return { done: true, revision: this.revision }
  }

  #change(operations: readonly Operation[]): void {
    const next = this.revision + 1
    const events: StoreEvent[] = []
    for (const each of operations) {
      const key = 'put' in each ? each.put : each.remove
      const old = this.keys.get(key)
      if (old !== undefined) this.#leases.get(old.lease)?.keys.delete(key)
      if ('remove' in each) {
        if (this.keys.delete(key)) events.push({ kind: 'remove', key })
        continue
      }
      const value = typeof each.value === 'string' ? new TextEncoder().encode(each.value) : each.value
      const lease = each.lease ?? 0n
      const entry = { key, value, createRevision: old?.createRevision ?? next, modRevision: next, lease }
      this.keys.set(key, entry)
      this.#leases.get(lease)?.keys.add(key)
      events.push({ kind: 'put', entry })
    }
    if (events.length === 0) return
    this.revision = next
    this.#log.push({ revision: next, events })
    for (const watch of this.#watches) this.#deliver(watch, events, next)
  }

  #deliver(watch: FakeWatch, events: readonly StoreEvent[], revision: number): void {
    const own = events.filter((event) => keyOf(event).startsWith(watch.prefix))
    if (own.length === 0 || revision < watch.from) return
    queueMicrotask(() => {
      if (this.#watches.has(watch)) watch.watcher.events(own, revision)
    })
  }

  watch(watch: FakeWatch): () => void {
    const { from } = watch
    this.#watches.add(watch)
    if (from > 0 && from < this.#compacted) {
      queueMicrotask(() => this.#end(watch, new StoreError('compacted', 'no longer kept')))
      return () => this.#watches.delete(watch)
    }
    queueMicrotask(() => {
      if (this.#watches.has(watch)) watch.watcher.began?.(this.revision)
    })
    // All that was comes at once.
    const past = from > 0 ? this.#log.filter(({ revision }) => revision >= from) : []
    const own = past.filter(({ events }) => events.some((event) => keyOf(event).startsWith(watch.prefix)))
    const events = own.flatMap(({ events }) => events)
    this.#deliver(watch, events, own.at(-1)?.revision ?? 0)
    return () => this.#watches.delete(watch)
  }

  #end(watch: FakeWatch, error: StoreError): void {
    if (this.#watches.delete(watch)) watch.watcher.ended(error)
  }

  /** Ends the watches of a connection. */
  drop(connection: FakeConnection): void {
    for (const watch of [...this.#watches]) {
      if (watch.connection === connection)
        this.#end(watch, new StoreError('unavailable', 'the connection is cut'))
    }
  }

  grant(seconds: number): bigint {
    const id = ++this.#lastLease
    const lease = { seconds, keys: new Set<string>(), kept: 0, cancel: () => {} }
    this.#leases.set(id, lease)
    this.keepAlive(id)
    return id
  }

  keepAlive(id: bigint): boolean {
    const lease = this.#leases.get(id)
    if (lease === undefined) return false
    lease.cancel()
    lease.kept = this.#time.now()
    lease.cancel = this.#time.timer(lease.seconds * 1000, () => this.revoke(id))
    return true
  }

  leaseAge(id: bigint): number | undefined {
    const lease = this.#leases.get(id)
    return lease && Math.floor((this.#time.now() - lease.kept) / 1000)
  }

  revoke(id: bigint): void {
    const lease = this.#leases.get(id)
    if (lease === undefined) return
    lease.cancel()
    this.#leases.delete(id)
    this.#change([...lease.keys].map((key) => ({ remove: key })))
  }
}

const keyOf = (event: StoreEvent) => (event.kind === 'put' ? event.entry.key : event.key)

/** A client's connection. */
export class FakeConnection implements Store {
  /** Whether nothing gets through. */
  isCut = false
  /** Transactions that are done, but whose answer gets lost. */
  lostAnswers = 0
  readonly #etcd: FakeEtcd

  constructor(etcd: FakeEtcd) {
    this.#etcd = etcd
  }

  cut(): void {
    this.isCut = true
    this.#etcd.drop(this)
  }

  restore(): void {
    this.isCut = false
  }

  async #reach(): Promise<void> {
    await Promise.resolve()
    if (this.isCut) throw new StoreError('unavailable', 'the connection is cut')
  }

  async get(key: string, options: RangeOptions = {}): Promise<RangeResult> {
    await this.#reach()
    return this.#etcd.range((each) => each === key, options)
  }

  async list(prefix: string, options: RangeOptions = {}): Promise<RangeResult> {
    await this.#reach()
    return this.#etcd.range((each) => each.startsWith(prefix), options)
  }

  async transact(
    conditions: readonly Condition[],
    operations: readonly Operation[],
  ): Promise<TransactionResult> {
    await this.#reach()
    const result = this.#etcd.transact(conditions, operations)
    if (this.lostAnswers > 0) {
      this.lostAnswers--
      throw new StoreError('unavailable', 'the answer is lost')
    }
    return result
  }

  watch(prefix: string, from: number, watcher: Watcher): () => void {
    if (!this.isCut) return this.#etcd.watch({ prefix, watcher, connection: this, from })
    let closed = false
    queueMicrotask(() => {
      if (!closed) watcher.ended(new StoreError('unavailable', 'the connection is cut'))
    })
    return () => {
      closed = true
    }
  }

  async grant(seconds: number): Promise<bigint> {
    await this.#reach()
    return this.#etcd.grant(seconds)
  }

  async keepAlive(lease: bigint): Promise<boolean> {
    await this.#reach()
    return this.#etcd.keepAlive(lease)
  }

  async leaseAge(lease: bigint): Promise<number | undefined> {
    await this.#reach()
    return this.#etcd.leaseAge(lease)
  }

  async revoke(lease: bigint): Promise<void> {
    await this.#reach()
    this.#etcd.revoke(lease)
  }

  close(): void {
    this.cut()
  }
}

// The store of a fleet as its users see it: etcd's ranges, transactions, watches and leases. lib/fleet/etcd-store.ts speaks
// to a cluster; tests have one in memory.

/** A key with its value. Revisions are those of the store, which counts its transactions. */
export interface StoreEntry {
  readonly key: string
  readonly value: Uint8Array
  readonly createRevision: number
  readonly modRevision: number
  /** 0n: no lease. */
  readonly lease: bigint
}

export interface RangeResult {
  /** The store's revision at the time of the reading. */
  readonly revision: number
  /** Sorted by key. */
  readonly entries: readonly StoreEntry[]
}

export interface RangeOptions {
  /** Leaves the values out. */
  readonly keysOnly?: boolean
  readonly limit?: number
  /** Accepts the state of one member, which may be old. For values that never change. */
  readonly serializable?: boolean
}

/** A condition of a transaction: the revision of a key's last change; 0: there is no such key. */
export interface Condition {
  readonly key: string
  readonly modRevision: number
}

export type Operation =
  | { readonly put: string; readonly value: Uint8Array | string; readonly lease?: bigint }
  | { readonly remove: string }

export interface TransactionResult {
  /** Whether all conditions were met, and so the operations done. */
  readonly done: boolean
  readonly revision: number
}

export type StoreEvent =
  | { readonly kind: 'put'; readonly entry: StoreEntry }
  | { readonly kind: 'remove'; readonly key: string }

export interface Watcher {
  /** The watch has begun. @param revision that of the member: a lower one than was seen before is that of another history */
  began?(revision: number): void
  /** All events of one or more revisions, in order; without events: nothing has changed up to this revision. */
  events(events: readonly StoreEvent[], revision: number): void
  /** The end of the watch, unless `close` ended it. `compacted`: the revisions after the last one are gone. */
  ended(error: StoreError): void
}

export interface Store {
  /** A key, or all keys that begin with a prefix. */
  get(key: string, options?: RangeOptions): Promise<RangeResult>
  list(prefix: string, options?: RangeOptions): Promise<RangeResult>
  /** Does all operations or none. May have been done even if it rejects as `unavailable`. */
  transact(conditions: readonly Condition[], operations: readonly Operation[]): Promise<TransactionResult>
  /** Events of keys that begin with the prefix, from a revision on; the function that it returns ends it. */
  watch(prefix: string, from: number, watcher: Watcher): () => void
  /** A lease of so many seconds: its keys are removed when it is not kept alive. */
  grant(seconds: number): Promise<bigint>
  /** Whether the lease still exists, and so lasts its whole time again. */
  keepAlive(lease: bigint): Promise<boolean>
  revoke(lease: bigint): Promise<void>
  /** Seconds since the lease was kept alive; undefined: there is no such lease. */
  leaseAge(lease: bigint): Promise<number | undefined>
  close(): void
}

export type StoreFailure =
  /** No member has answered, or the cluster has no leader. */
  | 'unavailable'
  /** The user may not read or write the key. */
  | 'denied'
  /** User and password, or the certificate, are not accepted. */
  | 'unauthenticated'
  /** The lease of a put does not exist, or no longer. */
  | 'no-lease'
  /** The revisions of a watch are no longer kept. */
  | 'compacted'
  /** More than the cluster takes in a request. */
  | 'too-large'
  /** The cluster takes no more data. */
  | 'full'
  | 'other'

export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code = 'STORE'
  constructor(
    readonly failure: StoreFailure,
    message: string,
  ) {
    super(message)
  }
}

const decoder = new TextDecoder()

export const textOf = ({ value }: StoreEntry): string => decoder.decode(value)

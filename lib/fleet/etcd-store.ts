// The store of a fleet in an etcd cluster, by its interface of version 3.
import { type ClusterSettings, EtcdChannels, PATIENCE } from './etcd-channels.ts'
import { storeError } from './etcd-errors.ts'
import {
  COMPARE_MOD_REVISION,
  EVENT_DELETE,
  GRANT,
  KEEP_ALIVE,
  RANGE,
  REVOKE,
  TIME_TO_LIVE,
  TXN,
  WATCH,
} from './etcd-messages.ts'
import { type DecodedMessage, decodeMessage, type Encodable, encodeMessage } from './protobuf.ts'
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
} from './store.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

export class EtcdStore implements Store {
  readonly #channels: EtcdChannels

  constructor(settings: ClusterSettings) {
    this.#channels = new EtcdChannels(settings)
  }

  get(key: string, options?: RangeOptions): Promise<RangeResult> {
    return this.#range({ key: encoder.encode(key) }, options)
  }

  list(prefix: string, options?: RangeOptions): Promise<RangeResult> {
    return this.#range(allWith(prefix), options)
  }

  async #range(
    keys: { readonly key: Uint8Array; readonly end?: Uint8Array },
    { keysOnly, limit, serializable }: RangeOptions = {},
  ): Promise<RangeResult> {
    const { header, entries } = await this.#channels.ask(RANGE, {
      ...keys,
      ...(keysOnly === true && { keysOnly }),
      ...(limit !== undefined && { limit }),
      ...(serializable === true && { serializable }),
    })
    return { revision: header?.revision ?? 0, entries: entries.map(entryOf) }
  }

  async transact(
    conditions: readonly Condition[],
    operations: readonly Operation[],
  ): Promise<TransactionResult> {
    const { header, succeeded } = await this.#channels.ask(TXN, {
      compare: conditions.map(({ key, modRevision }) => ({
        target: COMPARE_MOD_REVISION,
        key: encoder.encode(key),
        modRevision,
      })),
      success: operations.map(operationOf),
    })
    return { done: succeeded, revision: header?.revision ?? 0 }
  }

  async grant(seconds: number): Promise<bigint> {
    const { lease, error } = await this.#channels.ask(GRANT, { seconds })
    if (error !== '') throw new StoreError('other', error)
    return lease
  }

  async revoke(lease: bigint): Promise<void> {
    await this.#channels.ask(REVOKE, { lease })
  }

  async leaseAge(lease: bigint): Promise<number | undefined> {
    const { seconds, granted } = await this.#channels.ask(TIME_TO_LIVE, { lease })
    return seconds < 0 ? undefined : granted - seconds
  }

  /** A stream for one question: a stream that stays would have to be moved to another member too. */
  async keepAlive(lease: bigint): Promise<boolean> {
    const { client } = this.#channels
    const metadata = await this.#channels.metadata()
    try {
      return await new Promise<boolean>((resolve, reject) => {
        const stream = client.makeBidiStreamRequest(
          KEEP_ALIVE.path,
          (given: Encodable<typeof KEEP_ALIVE.request.fields>) =>
            Buffer.from(encodeMessage(KEEP_ALIVE.request, given)),
          (bytes) => decodeMessage(KEEP_ALIVE.answer, bytes),
          metadata,
          { deadline: Date.now() + PATIENCE },
        )
        stream.on('data', ({ seconds }: DecodedMessage<typeof KEEP_ALIVE.answer.fields>) => {
          resolve(seconds > 0)
          stream.end()
        })
        stream.on('error', reject)
        stream.on('end', () => reject(new StoreError('unavailable', 'the member has ended the stream')))
        stream.write({ lease })
      })
    } catch (cause) {
      const error = storeError(cause as Error)
      this.#recover(error, client)
      throw error
    }
  }

  watch(prefix: string, from: number, watcher: Watcher): () => void {
    let stream: { cancel(): void } | undefined
    let closed = false
    const { client } = this.#channels
    const end = (cause: Error) => {
      clearTimeout(timer)
      if (closed) return
      closed = true
      stream?.cancel()
      const error = storeError(cause)
      this.#recover(error, client)
      watcher.ended(error)
    }
    const timer = setTimeout(() => end(new StoreError('unavailable', 'the watch does not begin')), PATIENCE)
    const open = async () => {
      const metadata = await this.#channels.metadata()
      // A member that has lost the others must say so.
      metadata.set('hasleader', 'true')
      if (closed) return
      const opened = client.makeBidiStreamRequest(
        WATCH.path,
        (given: Encodable<typeof WATCH.request.fields>) => Buffer.from(encodeMessage(WATCH.request, given)),
        (bytes) => decodeMessage(WATCH.answer, bytes),
        metadata,
      )
      stream = opened
      opened.on('data', (answer: DecodedMessage<typeof WATCH.answer.fields>) => {
        if (closed) return
        const error = refusalOf(answer)
        if (error !== undefined) return end(error)
        clearTimeout(timer)
        if (answer.created) watcher.began?.(answer.header?.revision ?? 0)
        // The first answer has the revision of the moment, up to which events may still follow.
        if (!answer.created) watcher.events(answer.events.flatMap(eventsOf), revisionOf(answer))
      })
      opened.on('error', end)
      opened.on('end', () => end(new StoreError('unavailable', 'the member has ended the stream')))
      opened.write({ create: { ...allWith(prefix), startRevision: from, progressNotify: true } })
    }
    open().catch(end)
    return () => {
      clearTimeout(timer)
      closed = true
      stream?.cancel()
    }
  }

  close(): void {
    this.#channels.close()
  }

  #recover(error: StoreError, client: EtcdChannels['client']): void {
    if (error.failure === 'unavailable') this.#channels.moveOn(client)
    if (error.failure === 'unauthenticated') this.#channels.forgetToken()
  }
}

function refusalOf({
  canceled,
  compactRevision,
  cancelReason,
}: DecodedMessage<typeof WATCH.answer.fields>): StoreError | undefined {
  if (!canceled) return undefined
  return compactRevision > 0
    ? new StoreError('compacted', `the revisions before ${compactRevision} are no longer kept`)
    : storeError(new Error(cancelReason || 'the watch was cancelled'))
}

/** The revision up to which a watch has been told everything: the header's is already that of events that follow. */
const revisionOf = ({ events, header }: DecodedMessage<typeof WATCH.answer.fields>): number =>
  events.at(-1)?.entry?.modRevision ?? header?.revision ?? 0

/** The range of the keys that begin with a prefix: up to the prefix with its last byte one higher. */
function allWith(prefix: string): { readonly key: Uint8Array; readonly end: Uint8Array } {
  const key = encoder.encode(prefix)
  const end = key.slice()
  // The last byte of UTF-8 is never 0xff.
  end[end.length - 1]!++
  return { key, end }
}

type KeyValue = DecodedMessage<typeof RANGE.answer.fields>['entries'][number]

const entryOf = ({ key, value, createRevision, modRevision, lease }: KeyValue): StoreEntry => ({
  key: decoder.decode(key),
  value,
  createRevision,
  modRevision,
  lease,
})

function eventsOf({
  type,
  entry,
}: DecodedMessage<typeof WATCH.answer.fields>['events'][number]): StoreEvent[] {
  if (entry === undefined) return []
  return type === EVENT_DELETE
    ? [{ kind: 'remove', key: decoder.decode(entry.key) }]
    : [{ kind: 'put', entry: entryOf(entry) }]
}

function operationOf(operation: Operation) {
  if ('remove' in operation) return { remove: { key: encoder.encode(operation.remove) } }
  const { put, value, lease } = operation
  const bytes = typeof value === 'string' ? encoder.encode(value) : value
  return { put: { key: encoder.encode(put), value: bytes, ...(lease !== undefined && { lease }) } }
}

// The contract of a store, on a real etcd and on the one in memory: tests with the one in memory say something about etcd.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Store, StoreError, type StoreEvent, textOf } from '../../lib/fleet/store.ts'
import { until } from '../support/until.ts'
import { EtcdCluster } from './support/etcd-cluster.ts'
import { FakeEtcd } from './support/fake-etcd.ts'

interface Subject {
  connect(): Store
  compact(revision: number): void
  stop(): Promise<void>
}

const SUBJECTS: Readonly<Record<string, () => Promise<Subject>>> = {
  'in memory': async () => {
    const etcd = new FakeEtcd({
      now: () => performance.now(),
      timer: (milliseconds, callback) => {
        const timer = setTimeout(callback, milliseconds)
        return () => clearTimeout(timer)
      },
    })
    return { connect: () => etcd.connect(), compact: (to) => etcd.compact(to), stop: async () => {} }
  },
  'of etcd': async () => {
    const cluster = await EtcdCluster.start()
    return {
      connect: () => cluster.connect(),
      compact: (to) => void cluster.control('compaction', `${to}`),
      stop: () => cluster.stop(),
    }
  },
}

/** The events of a watch, and waiting for them. */
class Watched {
  readonly events: StoreEvent[] = []
  revisions: number[] = []
  error: StoreError | undefined
  began: number | undefined
  readonly close: () => void

  constructor(store: Store, prefix: string, from: number) {
    this.close = store.watch(prefix, from, {
      began: (revision) => {
        this.began = revision
      },
      events: (events, revision) => {
        this.events.push(...events)
        this.revisions.push(revision)
      },
      ended: (error) => {
        this.error = error
      },
    })
  }

  async until(met: () => boolean): Promise<void> {
    await until(() => {
      if (met()) return true
      if (this.error !== undefined) throw this.error
      return false
    })
  }

  get short(): string[] {
    return this.events.map((event) =>
      event.kind === 'put' ? `${event.entry.key}=${textOf(event.entry)}` : `-${event.key}`,
    )
  }
}

describe.each(Object.entries(SUBJECTS))('a store %s', (_, make) => {
  let subject: Subject
  let store: Store
  beforeAll(async () => {
    subject = await make()
    store = subject.connect()
  })
  afterAll(async () => {
    store?.close()
    await subject?.stop()
  })

  const put = async (key: string, value: string) => (await store.transact([], [{ put: key, value }])).revision

  it('has keys with the revisions of their creation and change', async () => {
    const first = await put('/keys/a', '1')
    const second = await put('/keys/a', '2')
    expect(second).toBe(first + 1)
    const { revision, entries } = await store.get('/keys/a')
    expect(revision).toBe(second)
    expect(entries.map((entry) => ({ ...entry, value: textOf(entry) }))).toEqual([
      { key: '/keys/a', value: '2', createRevision: first, modRevision: second, lease: 0n },
    ])
  })

  it('lists the keys with a prefix in order, and no others', async () => {
    await put('/list/b', '1')
    await put('/list/a', '2')
    await put('/list0', '3')
    await put('/lis', '4')
    const { entries } = await store.list('/list/')
    expect(entries.map(({ key }) => key)).toEqual(['/list/a', '/list/b'])
    const names = await store.list('/list/', { keysOnly: true, limit: 1, serializable: true })
    expect(names.entries.map((entry) => `${entry.key}${textOf(entry)}`)).toEqual(['/list/a'])
  })

  it('does all of a transaction, in one revision, or nothing', async () => {
    const operations = [
      { put: '/txn/a', value: '1' },
      { put: '/txn/b', value: '1' },
    ]
    const first = await store.transact([{ key: '/txn/a', modRevision: 0 }], operations)
    expect(first.done).toBe(true)
    const { entries } = await store.list('/txn/')
    expect(entries.map(({ modRevision }) => modRevision)).toEqual([first.revision, first.revision])
    const again = await store.transact([{ key: '/txn/a', modRevision: 0 }], [{ remove: '/txn/b' }])
    expect(again).toEqual({ done: false, revision: first.revision })
    expect((await store.list('/txn/')).entries).toHaveLength(2)
    const removal = await store.transact(
      [{ key: '/txn/a', modRevision: first.revision }],
      [{ remove: '/txn/b' }],
    )
    expect(removal.done).toBe(true)
    expect((await store.list('/txn/')).entries).toHaveLength(1)
  })

  it('does not count a transaction that changes nothing', async () => {
    const before = await put('/nothing/a', '1')
    expect(await store.transact([], [{ remove: '/nothing/b' }])).toEqual({ done: true, revision: before })
  })

  it('refuses to write a key twice in a transaction', async () => {
    const twice = [
      { put: '/twice', value: '1' },
      { put: '/twice', value: '2' },
    ]
    await expect(store.transact([], twice)).rejects.toMatchObject({ failure: 'other' })
  })

  it('takes 128 operations in a transaction, and refuses more', async () => {
    const removals = Array.from({ length: 129 }, (_, i) => ({ remove: `/many/${i}` }))
    expect((await store.transact([], removals.slice(1))).done).toBe(true)
    await expect(store.transact([], removals)).rejects.toMatchObject({
      failure: 'other',
      message: expect.stringMatching(/too many operations/),
    })
  })

  it('refuses more than a request may have', async () => {
    for (const size of [1.5 * 1024 * 1024 + 1000, 10_000_000]) {
      const value = new Uint8Array(size)
      await expect(store.transact([], [{ put: '/large', value }])).rejects.toMatchObject({
        failure: 'too-large',
      })
    }
    await store.transact([], [{ put: '/large', value: new Uint8Array(1_400_000) }])
    expect((await store.get('/large')).entries[0]!.value.length).toBe(1_400_000)
  })

  it('watches from a revision on: what was, then what comes', async () => {
    const first = await put('/watch/a', '1')
    await put('/watch/a', '2')
    await put('/unwatched', '1')
    const watched = new Watched(store, '/watch/', first + 1)
    await watched.until(() => watched.events.length >= 1)
    const last = await store.transact([], [{ put: '/watch/b', value: '3' }, { remove: '/watch/a' }])
    await watched.until(() => watched.events.length >= 3)
    expect(watched.short.sort()).toEqual(['-/watch/a', '/watch/a=2', '/watch/b=3'])
    // The events of a revision come together.
    expect(watched.revisions).toEqual([first + 1, last.revision])
    watched.close()
    await put('/watch/a', '4')
    expect(watched.events).toHaveLength(3)
    expect(watched.error).toBeUndefined()
  })

  it('says at the beginning of a watch which revision it has, also if that is an earlier one', async () => {
    const revision = await put('/begun/a', '1')
    const watched = new Watched(store, '/begun/', revision + 1000)
    await watched.until(() => watched.began !== undefined)
    expect(watched.began).toBe(revision)
    await put('/begun/a', '2')
    expect([watched.events, watched.error]).toEqual([[], undefined])
    watched.close()
  })

  it('ends a watch from a revision that is no longer kept', async () => {
    const first = await put('/compacted/a', '1')
    const second = await put('/compacted/a', '2')
    const third = await put('/compacted/a', '3')
    subject.compact(second)
    const late = new Watched(store, '/compacted/', first)
    await late.until(() => late.error !== undefined)
    expect(late.error).toMatchObject({ failure: 'compacted' })
    const early = new Watched(store, '/compacted/', third)
    await early.until(() => early.events.length >= 1)
    expect(early.short).toEqual(['/compacted/a=3'])
    early.close()
  })

  it('removes the keys of a lease that ends, and not those that were written anew', async () => {
    /** A lease with two keys, of which one has been written anew before its end. */
    const begin = async (): Promise<{ readonly lease: bigint; readonly revision: number }> => {
      const lease = await store.grant(5)
      const keys = ['/lease/a', '/lease/b']
      const first = await store
        .transact(
          [],
          keys.map((key) => ({ put: key, value: '1', lease })),
        )
        .catch((error: StoreError) => error)
      if (!(first instanceof Error)) {
        const condition = { key: '/lease/b', modRevision: first.revision }
        const { done, revision } = await store.transact([condition], [{ put: '/lease/b', value: '2' }])
        if (done) return { lease, revision }
      } else if (first.failure !== 'no-lease') throw first
      // The lease has ended before, on a busy machine.
      return await begin()
    }
    const { lease, revision } = await begin()
    const watched = new Watched(store, '/lease/', revision + 1)
    await watched.until(() => watched.events.length >= 1)
    expect(watched.short).toEqual(['-/lease/a'])
    expect(await store.keepAlive(lease)).toBe(false)
    expect(await store.leaseAge(lease)).toBeUndefined()
    watched.close()
    await expect(store.transact([], [{ put: '/lease/a', value: '1', lease }])).rejects.toMatchObject({
      failure: 'no-lease',
    })
  })

  it('says that a lease lasts, and of which keys, and removes them when it is revoked', async () => {
    const lease = await store.grant(3600)
    await store.transact([], [{ put: '/revoked', value: '1', lease }])
    expect((await store.get('/revoked')).entries[0]).toMatchObject({ lease })
    expect(await store.keepAlive(lease)).toBe(true)
    expect(await store.leaseAge(lease)).toBeLessThan(3600)
    await store.revoke(lease)
    expect((await store.get('/revoked')).entries).toEqual([])
  })
})

it('says which members did not answer', async () => {
  const store = (await import('../../lib/fleet/etcd-store.ts')).EtcdStore
  const lost = new store({ endpoints: ['127.0.0.1:1', '127.0.0.1:2'] })
  const error = await lost.get('/a').catch((error: StoreError) => error)
  expect(error).toBeInstanceOf(StoreError)
  expect((error as StoreError).failure).toBe('unavailable')
  expect((error as StoreError).message).toMatch(
    /^no member of the cluster answers: 127\.0\.0\.1:1: .*; 127\.0\.0\.1:2: /,
  )
  const watched = new Watched(lost, '/a', 1)
  await watched.until(() => watched.error !== undefined)
  expect(watched.error).toMatchObject({ failure: 'unavailable' })
  lost.close()
})

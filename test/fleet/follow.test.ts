// Following the keys with a prefix, over connections that fail and revisions that are no longer kept.
import { beforeEach, expect, it } from '@jest/globals'
import { Follower } from '../../lib/fleet/follow.ts'
import { type StoreEntry, type StoreError, textOf } from '../../lib/fleet/store.ts'
import { TestClock } from '../agent/support/test-clock.ts'
import { FakeEtcd } from './support/fake-etcd.ts'

let clock: TestClock
let etcd: FakeEtcd
let states: string[]
let troubles: (string | undefined)[]

beforeEach(() => {
  clock = new TestClock()
  etcd = new FakeEtcd(clock)
  states = []
  troubles = []
})

const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

function follow() {
  const store = etcd.connect()
  const follower = new Follower({
    store,
    prefix: '/a/',
    time: clock,
    changed: (entries: ReadonlyMap<string, StoreEntry>) =>
      void states.push([...entries.values()].map((entry) => entry.key.slice(3) + textOf(entry)).join(' ')),
    trouble: (error: StoreError | undefined) => void troubles.push(error?.failure),
  })
  follower.start()
  return { store, follower }
}

async function write(key: string, value: string): Promise<void> {
  etcd.transact([], [value === '' ? { remove: key } : { put: key, value }])
  await settle()
}

it('gives the state, and each change of it', async () => {
  await write('/a/x', '1')
  await write('/b/x', '1')
  follow()
  await settle()
  await write('/a/y', '2')
  await write('/a/x', '')
  await write('/b/x', '2')
  expect(states).toEqual(['x1', 'x1 y2', 'y2'])
  expect(troubles).toEqual([])
})

it('begins when the cluster answers', async () => {
  const { store } = follow()
  store.cut()
  await settle()
  store.restore()
  await write('/a/x', '1')
  expect(states).toEqual([])
  await clock.advance(100, settle)
  expect(states).toEqual(['x1'])
  expect(troubles).toEqual(['unavailable', undefined])
})

it('goes on after a cut from the revision that it knows, with all that was missed at once', async () => {
  const { store } = follow()
  await settle()
  store.cut()
  for (const value of ['1', '2', '3']) await write('/a/x', value)
  await clock.advance(10_000, settle)
  store.restore()
  await clock.advance(3000, settle)
  expect(states).toEqual(['', 'x3'])
  expect(troubles.at(-1)).toBeUndefined()
})

it('reads anew what is no longer kept', async () => {
  await write('/a/x', '1')
  const { store } = follow()
  await settle()
  store.cut()
  await write('/a/x', '')
  await write('/a/y', '2')
  await write('/a/y', '3')
  etcd.compact()
  store.restore()
  await clock.advance(3000, settle)
  await write('/a/z', '4')
  expect(states).toEqual(['x1', 'y3', 'y3 z4'])
})

it('reads anew from a cluster that was restored to an earlier revision', async () => {
  await write('/a/x', '1')
  const restore = etcd.snapshot()
  const { store } = follow()
  await settle()
  for (const value of ['2', '3', '4']) await write('/a/x', value)
  store.cut()
  restore()
  store.restore()
  await clock.advance(3000, settle)
  await write('/a/y', '1')
  expect(states).toEqual(['x1', 'x2', 'x3', 'x4', 'x1', 'x1 y1'])
})

it('says nothing after its end', async () => {
  const { follower } = follow()
  await settle()
  follower.stop()
  await write('/a/x', '1')
  await clock.advance(60_000, settle)
  expect(states).toEqual([''])
})

// A watcher that does not read for a while, on a real etcd: more comes than the connection holds, and nothing is lost.
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { Follower } from '../../lib/fleet/follow.ts'
import { systemTime } from '../../lib/fleet/rollout-progress.ts'
import type { StoreEntry } from '../../lib/fleet/store.ts'
import { until } from '../support/until.ts'
import { CuttableNetwork } from './support/cuttable-network.ts'
import { EtcdCluster } from './support/etcd-cluster.ts'

/** Bytes of a value, and changes: far more than the buffers of the sockets have, together. */
const SIZE = 1_000_000
const CHANGES = 30

let cluster: EtcdCluster
let network: CuttableNetwork
const cleanups: (() => void)[] = []
beforeAll(async () => {
  cluster = await EtcdCluster.start()
  network = await CuttableNetwork.to(cluster.endpoints)
})
afterAll(async () => {
  for (const cleanup of cleanups) cleanup()
  network?.stop()
  await cluster?.stop()
})

it('gets all changes when it reads again', async () => {
  const writer = cluster.connect()
  const reader = cluster.connect({ endpoints: network.endpoints })
  const put = (n: number) => writer.transact([], [{ put: `/slow/${n}`, value: new Uint8Array(SIZE).fill(n) }])
  let entries: ReadonlyMap<string, StoreEntry> = new Map()
  const sizes: number[] = []
  const follower = new Follower({
    store: reader,
    prefix: '/slow/',
    time: systemTime,
    changed: (now) => {
      entries = now
      sizes.push(now.size)
    },
  })
  cleanups.push(
    () => follower.stop(),
    () => writer.close(),
    () => reader.close(),
  )
  follower.start()
  await put(0)
  await until(() => entries.size === 1)
  network.cut()
  for (let n = 1; n <= CHANGES; n++) await put(n)
  const before = entries.size
  network.restore()
  await until(() => entries.size === CHANGES + 1)
  // The rest came after the cut, and in order.
  expect(before).toBeLessThan(CHANGES + 1)
  expect(sizes).toEqual([...sizes].sort((a, b) => a - b))
  for (let n = 0; n <= CHANGES; n++) {
    const value = entries.get(`/slow/${n}`)!.value
    expect([n, value.length, value[0], value.at(-1)]).toEqual([n, SIZE, n, n])
  }
})

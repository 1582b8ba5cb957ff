// The carrier of rollouts at its end.
import { expect, it } from '@jest/globals'
import { RolloutCarrier } from '../../lib/agent/fleet/rollout-carrier.ts'
import { fleetKeys } from '../../lib/fleet/fleet-keys.ts'
import type { Rollout } from '../../lib/fleet/fleet-values.ts'
import { TestClock } from '../agent/support/test-clock.ts'
import { FakeEtcd } from './support/fake-etcd.ts'
import { PREFIX } from './support/fleet-machine.ts'

const rollout: Rollout = {
  revision: 2,
  from: { revision: 1, document: 'a' },
  waves: [['director']],
  wave: 0,
  state: 'running',
  wait: 1,
  patience: 60,
  down: {},
}
const revision = { revision: 2, document: 'b' }

it.each([
  [false, 1],
  [true, 0],
])(
  'follows the directors when it is elected, but not after its end (stopped: %s)',
  async (isStopped, count) => {
    const clock = new TestClock()
    const etcd = new FakeEtcd(clock)
    const store = etcd.connect()
    const keys = fleetKeys(PREFIX)
    const listed: string[] = []
    const { list } = store
    store.list = (prefix, options) => {
      listed.push(prefix)
      return list.call(store, prefix, options)
    }
    const lease = await store.grant(10)
    const carrier = new RolloutCarrier({
      store,
      keys,
      time: clock,
      group: 'web',
      name: 'director',
      lease: () => lease,
      stepped: () => {},
      denied: () => {},
    })
    carrier.consider({
      current: revision,
      rollout,
      settled: revision,
      marks: { current: 1, rollout: 1, lead: 0 },
      lead: undefined,
    })
    if (isStopped) carrier.stop()
    await new Promise(setImmediate)
    expect((await store.get(keys.lead('web'))).entries).toHaveLength(1)
    expect(listed.filter((prefix) => prefix === keys.directors)).toHaveLength(count)
    carrier.stop()
  },
)

// The time that a large plan takes to compute; the rest of the speed is measured by scripts/bench.
import { expect, it } from '@jest/globals'
import type { Address } from '../../lib/model/address.ts'
import { hostNetmask } from '../../lib/model/netmask.ts'
import type { VirtualService } from '../../lib/model/virtual-service.ts'
import { type LiveState, rulesetOf } from '../../lib/reconcile/live-state.ts'
import { plan } from '../../lib/reconcile/plan.ts'

const [SERVICES, SERVERS] = [10_000, 10]
/** Milliseconds of the processor. It takes some 150; a plan that looked for each server among all would take hours. */
const LIMIT = 60_000

const address = (n: number, net: number) => `${net}.${n >> 16}.${(n >> 8) & 255}.${n & 255}` as Address

function state(weight: (n: number) => number): LiveState {
  const table = Array.from({ length: SERVICES }, (_, n) => ({
    service: {
      id: { family: 'inet', protocol: 'tcp', address: address(n, 10), port: 80 },
      config: { scheduler: 'wlc', flags: 0, timeout: 0, netmask: hostNetmask('inet'), engine: '' },
    },
    destinations: Array.from({ length: SERVERS }, (_, i) => ({
      id: { family: 'inet', address: address(n * SERVERS + i, 11), port: 80 },
      config: {
        forwarding: 'masquerade',
        weight: weight(n * SERVERS + i),
        upperThreshold: 0,
        lowerThreshold: 0,
        tunnelType: 'ipip',
        tunnelPort: 0,
        tunnelFlags: 0,
      },
    })),
  })) as unknown as VirtualService[]
  return { table, timeouts: undefined, daemons: undefined }
}

it(`a plan for ${SERVICES} services × ${SERVERS}`, () => {
  const live = state(() => 1)
  const times = (wanted: ReturnType<typeof rulesetOf>, steps: number) =>
    Array.from({ length: 5 }, () => {
      // The processor's time: the machine may be busy with other tests.
      const start = process.cpuUsage()
      expect(plan(live, wanted).length).toBe(steps)
      return process.cpuUsage(start).user / 1000
    })
  const same = Math.min(...times(rulesetOf(state(() => 1)), 0))
  const some = Math.min(
    ...times(rulesetOf(state((n) => (n % 100 === 0 ? 2 : 1))), (SERVICES * SERVERS) / 100),
  )
  const all = Math.min(...times(rulesetOf({ ...live, table: [] }), SERVICES))
  process.stderr.write(
    `plan of ${SERVICES} × ${SERVERS}: ${same.toFixed()} ms unchanged, ${some.toFixed()} ms with one in a hundred changed, ${all.toFixed()} ms all removed\n`,
  )
  expect(Math.max(same, some, all)).toBeLessThan(LIMIT)
})

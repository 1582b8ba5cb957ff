// The parts of the live table, and of a plan, that are kept.
import { describe, expect, it } from '@jest/globals'
import { IpvsClient } from '../../lib/ipvs/client.ts'
import { plan } from '../../lib/reconcile/plan.ts'
import { readDifferences } from '../../lib/reconcile/read-differences.ts'
import { formatChange } from '../../lib/rules/change-lines.ts'
import { readRules } from '../../lib/rules/read-lines.ts'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'
import { run } from '../support/run.ts'

const EXTENT = { timeouts: false, daemons: false }
const rulesOf = (services: number, weight = 1) =>
  Array.from({ length: services }, (_, n) => [
    `-A -t 10.0.0.${n}:80 -s rr`,
    `-a -t 10.0.0.${n}:80 -r 192.168.0.1:80 -m -w ${n === 3 ? weight : 1}`,
    `-a -t 10.0.0.${n}:80 -r 192.168.0.2:80 -m -w 1`,
  ])
    .flat()
    .join('\n')

async function differences(live: string, wanted: string) {
  const kernel = new FakeKernel()
  await run(kernel, '-R', { input: live })
  const names = { look: () => undefined } as never
  const { ruleset } = await readRules(wanted, { posix: false, names })
  const client = await IpvsClient.open({ transport: kernel.connect() })
  const state = await readDifferences(client, EXTENT, ruleset)
  client.close()
  return { state, steps: plan(state, ruleset) }
}

describe('of a live table', () => {
  it('nothing is kept if it is as wanted', async () => {
    const { state, steps } = await differences(rulesOf(6), rulesOf(6))
    expect(state.table).toEqual([])
    expect(steps.length).toBe(0)
  })

  it('the services that differ are kept, with all their servers', async () => {
    const { state, steps } = await differences(`${rulesOf(6)}\n-A -f 1 -s rr`, rulesOf(6, 7))
    expect(state.table.map(({ destinations }) => destinations.length).sort()).toEqual([0, 2])
    expect(Array.from(steps, ({ change }) => formatChange(change))).toEqual([
      '-e -t 10.0.0.3:80 -r 192.168.0.1:80 -m -w 7',
      '-D -f 1',
    ])
  })
})

it('a new service is one part of a plan, and each time the same steps', async () => {
  const { steps } = await differences('', rulesOf(2))
  expect(steps.length).toBe(6)
  expect([...steps.services()]).toEqual(['tcp 10.0.0.0 80', 'tcp 10.0.0.1 80'])
  const lines = () => Array.from(steps, ({ change, line }) => `${line}: ${formatChange(change)}`)
  expect(lines()).toEqual(
    rulesOf(2)
      .split('\n')
      .map((text, i) => `${i + 1}: ${text}`),
  )
  expect(lines()).toEqual(lines())
})

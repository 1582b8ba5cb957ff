// The balancing ring: real packets through the test kernel's IPVS, whose table is made with our command. Each scenario
// is a row of the table that is printed at the end, with the expected and the observed text.

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { bundle } from '../support/bundle.ts'
import { Guest, type Worker } from '../support/guest.ts'
import { ROOT } from '../support/program.ts'
import type { Row } from './guest/scenario.ts'
import { SCENARIOS } from './guest/scenarios/index.ts'
import { formatRows } from './table.ts'

/** Protocols and tunnels that the kernel does not load by itself. */
const MODULES = ['sctp', 'ipip', 'sit', 'ip6_tunnel', 'ip_gre', 'fou']

let guest: Guest
let director: Worker
const rows: Row[] = []

beforeAll(async () => {
  guest = await Guest.start()
  await guest.run(['modprobe', '-a', ...MODULES])
  await guest.run(['ip', 'netns', 'add', 'director'])
  const main = await bundle('balance/guest/main.ts', 'balance.cjs')
  const node = ['ip', 'netns', 'exec', 'director', process.execPath, main, ROOT]
  const { IPVSADM_LONG } = process.env
  const env = IPVSADM_LONG === undefined ? {} : { IPVSADM_LONG }
  director = await guest.worker(node, { env })
})

afterAll(async () => {
  await guest?.stop()
  process.stderr.write(formatRows(rows))
})

describe.each([...new Set(SCENARIOS.map(({ group }) => group))])('%s', (group) => {
  it.each(SCENARIOS.filter((scenario) => scenario.group === group))('$name', async (scenario) => {
    const row = (await director.request(SCENARIOS.indexOf(scenario))) as Row
    rows.push(row)
    if (row.verdict === 'kernel') expect(scenario.optional).toBe(true)
    else expect(row.seen).toBe(scenario.expected)
  })
})

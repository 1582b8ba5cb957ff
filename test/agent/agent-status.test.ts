// The answer of `agent status`, as JSON and as text.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import Ajv from 'ajv/dist/2020.js'
import { agentStatus, formatStatus } from '../../lib/agent/agent-status.ts'
import { configuration, rulesOf, World } from './support/world.ts'

const RULES = `-A -t 192.0.2.1:80 -s wlc
-a -t 192.0.2.1:80 -r 198.51.100.1:8080 -m -w 10
-a -t 192.0.2.1:80 -r 198.51.100.2:8080 -m -w 10
-a -t 192.0.2.1:80 -r 198.51.100.3:8080 -m -w 10
-A -f 7 -6
-a -f 7 -6 -r 2001:db8::1 -g
`

async function world(): Promise<World> {
  const world = new World(configuration({ down: 'remove' }))
  world.loop.setRules(await rulesOf(RULES))
  return world
}

const facts = (world: World, problems: readonly string[] = []) => ({
  process: 42,
  started: new Date(world.clock.wall().getTime() - 90_061_000),
  rules: { file: '/etc/ipvsadm/rules', read: world.clock.wall(), problems },
})

const status = (each: World, problems?: readonly string[]) =>
  agentStatus(facts(each, problems), each.loop.status)

it('says what each server is, since when, and what its weight comes from', async () => {
  const each = await world()
  await each.result(true)
  await each.result(false, '100.2 ', { times: 3 })
  await each.type('-e --keep -t 192.0.2.1:80 -r 198.51.100.3:8080 -w 2')
  await each.pass(65_000)
  expect(formatStatus(status(each), each.clock.wall())).toBe(`\
agent: process 42, running for 1d 1h, 1 of 4 servers down
rules: /etc/ipvsadm/rules, read 0s ago

tcp 192.0.2.1:80: 2 of 3 up
  server             state  for    weight   held by   last result
  198.51.100.1:8080  up     1m 5s  10       rules     connected
  198.51.100.2:8080  down   1m 5s  - of 10  down      connection refused
  198.51.100.3:8080  up     1m 5s  2 of 10  operator  connected

fwmark 7 inet6: 1 of 1 up
  server           state  for    weight  held by  last result
  [2001:db8::1]:0  up     1m 5s  1       rules    connected
`)
  expect(status(each).services[0]).toEqual({
    service: 'tcp 192.0.2.1:80',
    up: 2,
    total: 3,
    minimum: false,
    fallback: false,
    servers: expect.arrayContaining([
      {
        server: '198.51.100.2:8080',
        state: 'down',
        since: expect.stringMatching(/^2026-01-01T00:00:01/),
        weight: null,
        ruleWeight: 10,
        heldBy: 'down',
        last: { up: false, detail: 'connection refused', ms: 1, at: expect.any(String) },
      },
    ]),
  })
})

it('says what is wrong, and that the table is left as it is', async () => {
  const each = await world()
  expect(formatStatus(status(each, ['line 3: \u001b[2Jbad']), each.clock.wall())).toBe(`\
agent: process 42, running for 1d 1h, not all servers are checked yet; the table is left as it is
rules: /etc/ipvsadm/rules, read 0s ago
  wrong, not in use: line 3: \\x1b[2Jbad
`)
})

const schema = JSON.parse(readFileSync(join(__dirname, '../../docs/agent-status.schema.json'), 'utf8'))
const validate = new Ajv({ strict: true, allErrors: true }).compile(schema)

it('is by its schema whatever a weight comes from, and every word of that is seen', async () => {
  const seen = new Set<string>()
  const take = (each: World) => {
    const made = status(each)
    expect([validate(made), validate.errors]).toEqual([true, null])
    for (const { servers } of made.services) for (const { heldBy } of servers) seen.add(heldBy)
  }
  const rules = `-A -t 192.0.2.1:80 -s wlc\n-a -t 192.0.2.1:80 -r 198.51.100.1:80 -m -w 10\n-a -t 192.0.2.1:80 -r 198.51.100.2:80 -m -w 10\n`
  const balancing = async (policy: Parameters<typeof configuration>[0]) => {
    const each = new World(configuration(policy))
    each.loop.setRules(await rulesOf(rules))
    await each.result(true)
    take(each)
    return each
  }
  const few = await balancing({ minimum: 2 })
  await few.result(false, '100.2 ', { times: 3 })
  take(few)
  const { id, config } = [...(await rulesOf(rules)).services.get('tcp 192.0.2.1 80')!.servers.values()][0]!
  const none = await balancing({ fallback: [{ ...id, address: '203.0.113.1' as typeof id.address, config }] })
  await none.result(false, '', { times: 3 })
  take(none)
  const slow = await balancing({ slowStart: 60_000 })
  await slow.result(false, '100.2 ', { times: 3 })
  take(slow)
  await slow.result(true, '100.2 ', { times: 2 })
  await slow.result(true, '100.1 ', { weight: 50 })
  take(slow)
  slow.kernel.setCounters('tcp 192.0.2.1:80', { active: 1 }, '198.51.100.1:80')
  const left = rules.replace(/.*100[.]1:80.*\n/, '')
  slow.loop.setRules(await rulesOf(`${left}-a -t 192.0.2.1:80 -r 198.51.100.3:80 -m\n`))
  await slow.type('-e --keep -t 192.0.2.1:80 -r 198.51.100.2:80 -w 4')
  await slow.pass(4000)
  take(slow)
  const { properties } = schema.properties.services.items.properties.servers.items
  const words: readonly string[] = properties.heldBy.enum
  expect([...seen].sort()).toEqual(words.toSorted())
})

// The answer of `agent status`, as JSON and as text.
import { expect, it } from '@jest/globals'
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

fwmark 7 ipv6: 1 of 1 up
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

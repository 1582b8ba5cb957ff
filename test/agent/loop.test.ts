// The loop: what it does to the table for verdicts, new rules and a restart.
import { describe, expect, it } from '@jest/globals'
import { configuration, rulesOf, World } from './support/world.ts'

const RULES = `-A -t 192.0.2.1:80 -s wlc
-a -t 192.0.2.1:80 -r 198.51.100.1:80 -m -w 10
-a -t 192.0.2.1:80 -r 198.51.100.2:80 -m -w 10
-a -t 192.0.2.1:80 -r 198.51.100.3:80 -m -w 10
`
const SERVICE = 'tcp 192.0.2.1:80'
const weights = (...list: (number | undefined)[]) =>
  Object.fromEntries(
    list.flatMap((weight, i) => (weight === undefined ? [] : [[`198.51.100.${i + 1}:80`, weight]])),
  )

async function balancer(...words: ConstructorParameters<typeof World>): Promise<World> {
  const world = new World(...words)
  world.loop.setRules(await rulesOf(RULES))
  await world.pass(0)
  return world
}

async function balancing(...words: ConstructorParameters<typeof World>): Promise<World> {
  const world = await balancer(...words)
  await world.result(true)
  expect(world.weights).toEqual({ [SERVICE]: weights(10, 10, 10) })
  return world
}

describe('the start', () => {
  it('fills an empty table with the servers that are up', async () => {
    const world = await balancer()
    await world.pass(60_000)
    expect(world.changes).toBe(0)
    await world.result(true, '100.1 ')
    await world.result(true, '100.2 ')
    expect(world.changes).toBe(0)
    await world.result(false, '100.3 ')
    expect(world.weights).toEqual({ [SERVICE]: weights(10, 10) })
    await world.result(false, '100.3 ', { times: 2 })
    expect(world.weights).toEqual({ [SERVICE]: weights(10, 10, 0) })
  })

  it('does not read the table for each verdict while others are waited for', async () => {
    const world = await balancer()
    const { length } = world.kernel.requests
    await world.result(true, '100.1 ')
    await world.result(true, '100.2 ')
    expect(world.kernel.requests).toHaveLength(length)
    await world.result(true, '100.3 ')
    expect(world.weights).toEqual({ [SERVICE]: weights(10, 10, 10) })
  })

  it('takes the live table as it is until every server has been checked', async () => {
    const world = new World()
    await world.type('', `${RULES.replace('.2:80 -m -w 10', '.2:80 -m -w 0')}-A -u 192.0.2.9:53\n`)
    const before = world.kernel.snapshot()
    const { changes } = world
    world.loop.setRules(await rulesOf(RULES))
    await world.pass(60_000)
    await world.result(true, '100.1 ')
    await world.result(false, '100.2 ')
    await world.pass(60_000)
    expect(world.kernel.snapshot()).toEqual(before)
    expect(world.changes).toBe(changes)
    await world.result(true, '100.3 ')
    // The second has failed once, which is no verdict; the other service is not of the rules.
    expect(world.kernel.snapshot()).toEqual(before)
    await world.result(true, '100.2 ')
    expect(world.weights).toEqual({ [SERVICE]: weights(10, 10, 10), 'udp 192.0.2.9:53': {} })
  })

  it('never sends a healthy server away when it is started again', async () => {
    const world = await balancing()
    const seen: unknown[] = []
    world.kernel.meanwhile(() => seen.push(world.weights[SERVICE]))
    for (let i = 0; i < 5; i++) {
      world.restart()
      world.loop.setRules(await rulesOf(RULES))
      await world.pass(1000)
      await world.result(false, '100.1 ')
      await world.result(true)
    }
    expect(seen.length).toBeGreaterThan(10)
    expect(new Set(seen.map((each) => JSON.stringify(each)))).toEqual(
      new Set([JSON.stringify(weights(10, 10, 10))]),
    )
  })

  it('takes a server that died meanwhile away', async () => {
    const world = await balancing()
    world.restart()
    world.loop.setRules(await rulesOf(RULES))
    await world.pass(0)
    await world.result(true, '100.1 ')
    await world.result(true, '100.2 ')
    await world.result(false, '100.3 ', { times: 3 })
    expect(world.weights).toEqual({ [SERVICE]: weights(10, 10, 0) })
  })
})

describe('verdicts', () => {
  it('take a server away and bring it back within 200 ms', async () => {
    const world = await balancing()
    await world.result(false, '100.2 ', { times: 2 })
    expect(world.weights[SERVICE]).toEqual(weights(10, 10, 10))
    await world.result(false, '100.2 ')
    expect(world.weights[SERVICE]).toEqual(weights(10, 0, 10))
    await world.result(true, '100.2 ')
    expect(world.weights[SERVICE]).toEqual(weights(10, 0, 10))
    await world.result(true, '100.2 ')
    expect(world.weights[SERVICE]).toEqual(weights(10, 10, 10))
    expect(world.events('server-down')).toHaveLength(1)
    expect(world.events('server-up')).toHaveLength(4)
  })

  it('remove the entry of a server with `down: remove`', async () => {
    const world = await balancing(configuration({ down: 'remove' }))
    await world.result(false, '100.2 ', { times: 3 })
    expect(world.weights[SERVICE]).toEqual(weights(10, undefined, 10))
    await world.result(true, '100.2 ', { times: 2 })
    expect(world.weights[SERVICE]).toEqual(weights(10, 10, 10))
    expect(world.events('drift')).toEqual([])
  })

  it('change one thing alone: counters and other servers are not touched', async () => {
    const world = await balancing()
    const { changes } = world
    await world.result(false, '100.2 ', { times: 3 })
    expect(world.changes - changes).toBe(1)
  })

  it('use all servers while fewer than the minimum are up', async () => {
    const world = await balancing(configuration({ minimum: 2 }))
    await world.result(false, '100.1 ', { times: 3 })
    expect(world.weights[SERVICE]).toEqual(weights(0, 10, 10))
    await world.result(false, '100.2 ', { times: 3 })
    expect(world.weights[SERVICE]).toEqual(weights(10, 10, 10))
    expect(world.events('minimum-used')).toHaveLength(1)
    await world.result(true, '100.2 ', { times: 2 })
    expect(world.weights[SERVICE]).toEqual(weights(0, 10, 10))
    expect(world.events('minimum-ended')).toHaveLength(1)
  })

  it('use the fallback servers while none is up, and let their connections end after that', async () => {
    const [sorry] = (await rulesOf('-A -t 192.0.2.1:80\n-a -t 192.0.2.1:80 -r 203.0.113.1:80 -m')).services
      .get('tcp 192.0.2.1 80')!
      .servers.values()
    const { id, config } = sorry!
    const world = await balancing(configuration({ fallback: [{ ...id, port: undefined, config }] }))
    await world.result(false, '', { times: 3 })
    expect(world.weights[SERVICE]).toEqual({ ...weights(0, 0, 0), '203.0.113.1:80': 1 })
    world.kernel.setCounters(SERVICE, { active: 3 }, '203.0.113.1:80')
    await world.result(true, '100.1 ', { times: 2 })
    expect(world.weights[SERVICE]).toEqual({ ...weights(10, 0, 0), '203.0.113.1:80': 0 })
    world.kernel.setCounters(SERVICE, { active: 0 }, '203.0.113.1:80')
    await world.pass(2000)
    expect(world.weights[SERVICE]).toEqual(weights(10, 0, 0))
    expect(world.events('drift')).toEqual([])
  })

  it('let the weight of a server that came back grow', async () => {
    const world = await balancing(configuration({ slowStart: 10_000 }))
    await world.result(false, '100.1 ', { times: 3 })
    await world.result(true, '100.1 ', { times: 2 })
    const seen = new Set<number | undefined>()
    for (let i = 0; i < 12; i++) {
      seen.add(world.weights[SERVICE]?.['198.51.100.1:80'])
      await world.pass(1000)
    }
    expect([...seen]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect(world.events('drift')).toEqual([])
  })

  it('give a server the percentage of its weight that its check says', async () => {
    const world = await balancing()
    await world.result(true, '100.1 ', { weight: 50 })
    expect(world.weights[SERVICE]).toEqual(weights(5, 10, 10))
    await world.result(true, '100.1 ', { weight: 0 })
    expect(world.weights[SERVICE]).toEqual(weights(0, 10, 10))
    await world.result(true, '100.1 ', { weight: 1 })
    expect(world.weights[SERVICE]).toEqual(weights(1, 10, 10))
    await world.result(true, '100.1 ', { weight: 100 })
    expect(world.weights[SERVICE]).toEqual(weights(10, 10, 10))
  })

  it.each([
    ['has failed', {}],
    ['could not be made', { inconclusive: true }],
  ] as const)('leave a server the percentage that it has said last when a check %s', async (_name, more) => {
    const world = await balancing()
    await world.result(true, '100.1 ', { weight: 0 })
    await world.result(true, '100.2 ', { weight: 50 })
    for (const part of ['100.1 ', '100.2 ']) await world.result(false, part, more)
    await world.pass(2000)
    expect(world.weights[SERVICE]).toEqual(weights(0, 5, 10))
    await world.result(false, '100.2 ', { times: 3 })
    expect(world.weights[SERVICE]).toEqual(weights(0, 0, 10))
    await world.result(true, '100.2 ', { times: 2 })
    expect(world.weights[SERVICE]).toEqual(weights(0, 10, 10))
  })
})

describe('new rules', () => {
  const WITHOUT_THIRD = RULES.replace(/.*\.3:80.*\n/, '')

  it('drain a server that left them, and delete it then', async () => {
    const world = await balancing()
    world.kernel.setCounters(SERVICE, { active: 2, persistent: 1 }, '198.51.100.3:80')
    world.loop.setRules(await rulesOf(WITHOUT_THIRD))
    await world.pass(0)
    expect(world.weights[SERVICE]).toEqual(weights(10, 10, 0))
    await world.pass(20_000)
    expect(world.weights[SERVICE]).toEqual(weights(10, 10, 0))
    world.kernel.setCounters(SERVICE, { active: 0, persistent: 0 }, '198.51.100.3:80')
    await world.pass(2000)
    expect(world.weights[SERVICE]).toEqual(weights(10, 10))
  })

  it('delete it with its connections after `drainTimeout`', async () => {
    const world = await balancing()
    world.kernel.setCounters(SERVICE, { active: 2 }, '198.51.100.3:80')
    world.loop.setRules(await rulesOf(WITHOUT_THIRD))
    await world.pass(58_000)
    expect(world.weights[SERVICE]).toEqual(weights(10, 10, 0))
    await world.pass(4000)
    expect(world.weights[SERVICE]).toEqual(weights(10, 10))
  })

  it('bring it back whole if it returns to them', async () => {
    const world = await balancing()
    world.kernel.setCounters(SERVICE, { active: 2 }, '198.51.100.3:80')
    world.loop.setRules(await rulesOf(WITHOUT_THIRD))
    await world.pass(2000)
    world.loop.setRules(await rulesOf(RULES))
    await world.result(true, '100.3 ')
    expect(world.weights[SERVICE]).toEqual(weights(10, 10, 10))
  })

  it('drain and delete a service that left them', async () => {
    const world = await balancing()
    world.kernel.setCounters(SERVICE, { active: 1 }, '198.51.100.1:80')
    world.loop.setRules(await rulesOf('-A -t 192.0.2.2:80'))
    await world.pass(2000)
    expect(world.weights).toEqual({ [SERVICE]: weights(0), 'tcp 192.0.2.2:80': {} })
    world.kernel.setCounters(SERVICE, { active: 0 }, '198.51.100.1:80')
    await world.pass(4000)
    expect(world.weights).toEqual({ 'tcp 192.0.2.2:80': {} })
  })

  it('add a server when it is up, and not before', async () => {
    const world = await balancing()
    world.loop.setRules(await rulesOf(`${RULES}-a -t 192.0.2.1:80 -r 198.51.100.4:80 -m -w 10\n`))
    await world.pass(10_000)
    expect(world.weights[SERVICE]).toEqual(weights(10, 10, 10))
    await world.result(true, '100.4 ')
    expect(world.weights[SERVICE]).toEqual(weights(10, 10, 10, 10))
  })

  it('change nothing but what they say anew', async () => {
    const world = await balancing()
    await world.result(false, '100.1 ', { times: 3 })
    const { changes } = world
    world.loop.setRules(await rulesOf(RULES.replace('.2:80 -m -w 10', '.2:80 -m -w 7')))
    await world.pass(10_000)
    expect(world.weights[SERVICE]).toEqual(weights(0, 7, 10))
    expect(world.changes - changes).toBe(1)
  })

  it('set timeouts once, and leave them to the operator then', async () => {
    const world = new World()
    world.loop.setRules(await rulesOf(`${RULES}--set 100 20 30\n`))
    await world.result(true)
    expect(world.kernel.snapshot().timeouts).toMatchObject({ tcp: 100 })
    await world.type('--set 200 20 30')
    await world.pass(10_000)
    expect(world.kernel.snapshot().timeouts).toMatchObject({ tcp: 200 })
  })
})

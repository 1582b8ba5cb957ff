// Changes of the table by others, and what the agent makes of them.
import { describe, expect, it } from '@jest/globals'
import { ENOMEM } from '../../lib/model/errors.ts'
import { parseScope, type Scope } from '../../lib/reconcile/scope.ts'
import { run } from '../support/run.ts'
import { configuration, rulesOf, World } from './support/world.ts'

const RULES = `-A -t 192.0.2.1:80 -s wlc
-a -t 192.0.2.1:80 -r 198.51.100.1:80 -m -w 10
-a -t 192.0.2.1:80 -r 198.51.100.2:80 -m -w 10
-A -t 192.0.2.2:80 -s wlc
-a -t 192.0.2.2:80 -r 198.51.100.1:80 -m -w 10
`
const FIRST = 'tcp 192.0.2.1:80'
const SECOND = 'tcp 192.0.2.2:80'
const WHOLE = {
  [FIRST]: { '198.51.100.1:80': 10, '198.51.100.2:80': 10 },
  [SECOND]: { '198.51.100.1:80': 10 },
}
const withFirst = (one: number, two = 10) => ({
  ...WHOLE,
  [FIRST]: { '198.51.100.1:80': one, '198.51.100.2:80': two },
})
/** The first server of the first service. */
const SERVER = '2.1 80 198.51.100.1 80'
const WORDS = '-t 192.0.2.1:80 -r 198.51.100.1:80'

async function balancing(...words: ConstructorParameters<typeof World>): Promise<World> {
  const world = new World(...words)
  world.loop.setRules(await rulesOf(RULES))
  await world.result(true)
  expect(world.weights).toEqual(WHOLE)
  return world
}

describe('a change by hand', () => {
  it('of a weight stays, is reported once, and is respected by verdicts', async () => {
    const world = await balancing()
    await world.type(`-e --keep ${WORDS} -w 3`)
    const { changes } = world
    await world.pass(60_000)
    expect(world.weights).toEqual(withFirst(3))
    expect(world.changes).toBe(changes)
    expect(world.events('drift')).toEqual([
      {
        level: 'warning',
        event: 'drift',
        change: 'server-changed',
        entry: 'tcp 192.0.2.1 80 198.51.100.1 80',
        fields: 'weight',
        before: 10,
        after: 3,
        action: 'kept',
      },
    ])
    await world.result(false, SERVER, { times: 3 })
    expect(world.weights).toEqual(withFirst(0))
    await world.result(true, SERVER, { times: 2 })
    expect(world.weights).toEqual(withFirst(3))
  })

  it('is remembered before it is reported: what a report says outlives a SIGKILL', async () => {
    const order: string[] = []
    const world = await balancing(configuration(), {
      remember: () => void order.push('remembered'),
      log: (_level, event) => void order.push(event),
    })
    order.splice(0)
    await world.type(`-e --keep ${WORDS} -w 3`)
    await world.pass(4000)
    expect(order).toEqual(['remembered', 'drift'])
  })

  it('ends when the operator puts it back, and when the rules change it', async () => {
    const world = await balancing()
    await world.type(`-e --keep ${WORDS} -w 3`)
    await world.pass(4000)
    await world.type(`-e --keep ${WORDS} -w 10`)
    await world.pass(4000)
    expect(world.loop.status.memory.held.servers.size).toBe(0)
    await world.type(`-e --keep ${WORDS} -w 3`)
    await world.pass(4000)
    world.loop.setRules(await rulesOf(RULES.replace('.1:80 -m -w 10', '.1:80 -m -w 20')))
    await world.pass(0)
    expect(world.weights).toEqual(withFirst(20))
  })

  it('is judged by the rules that were in force then', async () => {
    const world = await balancing()
    await world.type(`-e --keep ${WORDS} -w 3`)
    await world.pass(4000)
    // Both before the agent looks again.
    await world.type(`-e --keep ${WORDS} -w 7`)
    world.loop.setRules(await rulesOf(RULES.replace(/.*1:80 -r 198.51.100.1:80.*\n/, '')))
    await world.pass(4000)
    expect(world.weights).toEqual({ ...WHOLE, [FIRST]: { '198.51.100.2:80': 10 } })
  })

  it.each([
    ['drained', `-e --keep ${WORDS} -w 0`, withFirst(0)],
    ['deleted', `-d ${WORDS}`, { [FIRST]: { '198.51.100.2:80': 10 }, [SECOND]: { '198.51.100.1:80': 10 } }],
    ['its service deleted', '-D -t 192.0.2.1:80', { [SECOND]: { '198.51.100.1:80': 10 } }],
    [
      'another server added',
      '-a -t 192.0.2.1:80 -r 198.51.100.9:80 -m -w 2',
      { ...WHOLE, [FIRST]: { ...WHOLE[FIRST], '198.51.100.9:80': 2 } },
    ],
    ['another service added', '-A -t 192.0.2.9:80', { ...WHOLE, 'tcp 192.0.2.9:80': {} }],
  ])('is not fought: %s', async (_name, words, expected) => {
    const world = await balancing()
    await world.type(words)
    const { changes } = world
    await world.pass(4000)
    await world.result(true)
    await world.pass(60_000)
    expect(world.weights).toEqual(expected)
    expect(world.changes).toBe(changes)
    expect(world.events('drift')).toHaveLength(1)
  })

  it('to a server that is down stays until the next verdict', async () => {
    const world = await balancing()
    await world.result(false, SERVER, { times: 3 })
    await world.type(`-e --keep ${WORDS} -w 10`)
    await world.pass(60_000)
    expect(world.weights).toEqual(WHOLE)
    await world.result(true, SERVER, { times: 2 })
    await world.result(false, SERVER, { times: 3 })
    expect(world.weights).toEqual(withFirst(0))
    await world.result(true, SERVER, { times: 2 })
    expect(world.weights).toEqual(WHOLE)
  })

  it.each(['drain', '-e --keep', '-e -m'])('%s of a server that is down keeps it out', async (command) => {
    const world = await balancing()
    await world.result(false, SERVER, { times: 3 })
    const words = command === 'drain' ? `drain ${WORDS}` : `${command} ${WORDS} -w 0`
    await world.type(words)
    await world.pass(0)
    expect(world.events('drift')).toMatchObject([
      { change: 'server-confirmed', entry: 'tcp 192.0.2.1 80 198.51.100.1 80', weight: 0, action: 'kept' },
    ])
    await world.result(true, SERVER, { times: 2 })
    await world.pass(60_000)
    expect(world.weights).toEqual(withFirst(0))
    await world.result(false, SERVER, { times: 3 })
    await world.result(true, SERVER, { times: 2 })
    expect(world.weights).toEqual(withFirst(0))
    await world.type(`-e --keep ${WORDS} -w 10`)
    await world.pass(4000)
    expect(world.weights).toEqual(WHOLE)
    expect(world.loop.status.memory.held.servers.size).toBe(0)
  })

  it('that arrives after the server has come up again is carried out', async () => {
    const world = await balancing()
    await world.result(false, SERVER, { times: 3 })
    await world.result(true, SERVER, { times: 2 })
    expect(world.weights).toEqual(WHOLE)
    void world.loop.setByHand('tcp 192.0.2.1 80', '198.51.100.1 80', 0)
    await world.pass(0)
    expect(world.weights).toEqual(withFirst(0))
  })

  it('to the weight that the server has anyway is nothing to report', async () => {
    const world = await balancing()
    await world.type(`-e --keep ${WORDS} -w 10`)
    await world.type(`-e --keep ${WORDS} -w 3`)
    await world.pass(4000)
    await world.type(`-e --keep ${WORDS} -w 3`)
    await world.pass(4000)
    void world.loop.setByHand('tcp 192.0.2.1 80', '203.0.113.9 80', 0)
    void world.loop.setByHand('tcp 192.0.2.9 80', '203.0.113.9 80', 0)
    await world.pass(4000)
    expect(world.events('drift')).toHaveLength(1)
    expect(world.weights).toEqual(withFirst(3))
  })

  it('of a server that is down is reported and not kept with `drift: correct`', async () => {
    const world = await balancing(configuration({}, { drift: 'correct' }))
    await world.result(false, SERVER, { times: 3 })
    await world.type(`-e --keep ${WORDS} -w 0`)
    await world.pass(0)
    expect(world.events('drift')).toMatchObject([{ change: 'server-confirmed', action: 'corrected' }])
    await world.result(true, SERVER, { times: 2 })
    expect(world.weights).toEqual(WHOLE)
  })

  it('is taken back with `drift: correct`', async () => {
    const world = await balancing(configuration({}, { drift: 'correct' }))
    await world.type(`-e --keep ${WORDS} -w 3`)
    await world.type('-E -t 192.0.2.2:80 -s rr')
    await world.type('-a -t 192.0.2.1:80 -r 198.51.100.9:80 -m -w 2')
    await world.type('-A -t 192.0.2.9:80')
    await world.pass(10_000)
    expect(world.weights).toEqual(WHOLE)
    expect(world.kernel.snapshot().services[SECOND]).toMatchObject({ scheduler: 'wlc' })
    expect(world.events('drift').map(({ change, action }) => `${change} ${action}`)).toEqual([
      'server-changed corrected',
      'server-added corrected',
      'service-changed corrected',
      'service-added corrected',
    ])
  })

  it.each(['a reload', 'a restart'])(
    'that was kept is taken back when %s sets `drift: correct`',
    async (event) => {
      const world = await balancing()
      await world.type(`-e --keep ${WORDS} -w 3`)
      await world.type('-A -t 192.0.2.9:80')
      await world.pass(4000)
      expect(world.weights).toEqual({ ...withFirst(3), 'tcp 192.0.2.9:80': {} })
      const { memory } = world.loop.status
      const correct = configuration({}, { drift: 'correct' })
      if (event === 'a restart') {
        world.restart(correct)
        world.loop.recall({ ...memory, ours: new Set() })
      }
      world.loop.setRules(await rulesOf(RULES), correct)
      await world.result(true)
      await world.pass(4000)
      expect(world.weights).toEqual(WHOLE)
      expect(world.loop.status.memory.held).toEqual({ services: new Map(), servers: new Map() })
    },
  )

  it.each([
    ['a weight of 5', '-e --keep', '-w 5', 5],
    ['a weight of 0', '-e --keep', '-w 0', 0],
    ['its deletion', '-d', '', undefined],
  ])(
    'to a fallback server stays while it is used, and ends with that: %s',
    async (_name, act, to, weight) => {
      const [sorry] = (await rulesOf('-A -t 192.0.2.1:80\n-a -t 192.0.2.1:80 -r 203.0.113.1:80 -m')).services
        .get('tcp 192.0.2.1 80')!
        .servers.values()
      const { id, config } = sorry!
      const world = await balancing(configuration({ fallback: [{ ...id, config }] }))
      const used = (weight: number | undefined) => ({
        ...withFirst(0, 0),
        [FIRST]: { ...withFirst(0, 0)[FIRST], ...(weight !== undefined && { '203.0.113.1:80': weight }) },
      })
      const down = () => world.result(false, 'tcp 192.0.2.1 ', { times: 3 })
      await down()
      expect(world.weights).toEqual(used(1))
      await world.type(`${act} -t 192.0.2.1:80 -r 203.0.113.1:80 ${to}`)
      await world.pass(10_000)
      expect(world.weights).toEqual(used(weight))
      await world.result(true, 'tcp 192.0.2.1 ', { times: 2 })
      await world.pass(4000)
      expect(world.weights).toEqual(WHOLE)
      expect(world.loop.status.memory.held.servers.size).toBe(0)
      await down()
      expect(world.weights).toEqual(used(1))
      expect(world.events('drift')).toHaveLength(1)
    },
  )

  it('that is told before there are rules is no reason to wait for them', async () => {
    const world = new World()
    await world.type('', RULES)
    let isSeen = false
    void world.loop.setByHand('tcp 192.0.2.1 80', '198.51.100.1 80', 0).then(() => {
      isSeen = true
    })
    await world.pass(100)
    expect(isSeen).toBe(true)
    world.loop.setRules(await rulesOf(RULES))
    await world.result(true)
    expect(world.weights).toEqual(withFirst(0))
  })

  it('made during a reading, after its server was read, is not mixed with what it replaced', async () => {
    const world = new World()
    const address = (i: number) => `10.0.${i >> 8}.${i & 255}`
    const services = Array.from(
      { length: 200 },
      (_, i) => `-A -t ${address(i)}:80\n-a -t ${address(i)}:80 -r 198.51.100.1:80 -m\n`,
    )
    world.loop.setRules(await rulesOf(services.join('')))
    await world.result(true)
    await world.pass(4000)
    let read = ''
    world.kernel.meanwhile(({ command }) => {
      const last = world.kernel.requests.at(-1)
      if (command !== 'GET_DEST' || last?.command !== 'GET_DEST' || read !== '') return
      read = last.subject
      const server = `-t ${read.replace('tcp ', '')} -r 198.51.100.1:80`
      void world.type(`-e --keep ${server} -w 3 -x 100`)
    })
    await world.pass(4000)
    expect(world.kernel.snapshot().services[read]?.destinations['198.51.100.1:80']).toMatchObject({
      weight: 3,
      upper: 100,
    })
    expect(world.events('drift')).toMatchObject([
      { change: 'server-changed', fields: 'weight,upperThreshold' },
    ])
  })

  it.each([
    ['narrower', [['192.0.2.0/24'], ['192.0.2.1/32']]],
    ['wider', [['192.0.2.1/32'], ['192.0.2.0/24']]],
    ['without any service', [['192.0.2.0/24'], ['203.0.113.0/24']]],
  ])('is not what a scope shows that a reload makes %s', async (_name, [before, after]) => {
    const scopes = [before, after].map((words) => parseScope(words ?? []) as Scope)
    const world = new World(configuration({}, { scope: scopes[0] }))
    await world.type('', `${RULES}-A -t 192.0.2.9:80\n`)
    world.loop.setRules(await rulesOf(RULES), configuration({}, { scope: scopes[0] }))
    await world.result(true)
    await world.pass(4000)
    world.loop.setRules(await rulesOf(RULES), configuration({}, { scope: scopes[1] }))
    await world.result(true)
    await world.pass(4000)
    expect(world.events('drift')).toEqual([])
    expect(world.weights).toEqual({ ...WHOLE, 'tcp 192.0.2.9:80': {} })
    await world.type('-A -t 192.0.2.8:80')
    await world.pass(4000)
    expect(world.events('drift')).toHaveLength(after?.[0] === '192.0.2.0/24' ? 1 : 0)
  })

  it('leaves no mark behind when what was added is gone', async () => {
    const world = await balancing()
    const add = async () => {
      await world.type('-A -t 192.0.2.9:80')
      await world.type('-a -t 192.0.2.9:80 -r 198.51.100.9:80 -m')
      await world.type('-a -t 192.0.2.1:80 -r 198.51.100.9:80 -m')
      await world.pass(4000)
      const { services, servers } = world.loop.status.memory.held
      expect([services.size, servers.size]).toEqual([1, 2])
    }
    await add()
    await world.type('-D -t 192.0.2.9:80')
    await world.type('-d -t 192.0.2.1:80 -r 198.51.100.9:80')
    await world.pass(4000)
    const nothing = { services: new Map(), servers: new Map() }
    expect(world.loop.status.memory.held).toEqual(nothing)
    await add()
    await world.type('-C')
    await world.pass(4000)
    expect(world.weights).toEqual(WHOLE)
    expect(world.loop.status.memory.held).toEqual(nothing)
  })

  it('made while the agent acts is not overwritten later', async () => {
    const world = await balancing()
    let done = false
    world.kernel.meanwhile(({ command }) => {
      if (command !== 'SET_DEST' || done) return
      done = true
      void world.type('-e --keep -t 192.0.2.1:80 -r 198.51.100.2:80 -w 4')
    })
    await world.result(false, SERVER, { times: 3 })
    await world.pass(10_000)
    expect(world.weights).toEqual(withFirst(0, 4))
  })
})

describe('a fault', () => {
  it('that clears the table is repaired as a whole', async () => {
    const world = await balancing()
    await world.result(false, SERVER, { times: 3 })
    await world.type('-C')
    await world.pass(2000)
    expect(world.weights).toEqual(withFirst(0))
    expect(world.events('drift')).toMatchObject([{ change: 'table-cleared' }])
  })

  it('that unloads ip_vs is repaired, with one line for it and one for its end', async () => {
    const world = await balancing()
    world.kernel.removeFamily()
    await world.pass(2000)
    expect(world.events('kernel-fails')).toHaveLength(1)
    await world.pass(2000)
    expect(world.weights).toEqual(WHOLE)
    expect(world.events('kernel-works')).toHaveLength(1)
  })

  it.each([
    ['refuses a change', (world: World) => world.kernel.failAt(1, ENOMEM)],
    ['loses a reply', (world: World) => world.kernel.truncateReply(1, 10)],
    ['cannot list the table', (world: World) => world.kernel.failDumps(3, ENOMEM)],
    ['interrupts its dumps', (world: World) => world.kernel.interruptDumps(3)],
  ])('of a kernel that %s is got over', async (_name, fail) => {
    const world = await balancing()
    fail(world)
    await world.result(false, SERVER, { times: 3 })
    await world.pass(10_000)
    expect(world.weights).toEqual(withFirst(0))
    await world.result(true, SERVER, { times: 2 })
    await world.pass(10_000)
    expect(world.weights).toEqual(WHOLE)
    expect(world.events('drift')).toEqual([])
  })

  it.each([
    ['loses a reply', (world: World) => world.kernel.truncateReply(1, 10)],
    ['cannot list the table', (world: World) => world.kernel.failDumps(1, ENOMEM)],
  ])('of a kernel that %s hides no change by hand', async (_name, fail) => {
    const world = await balancing()
    await run(world.kernel, `-e --keep ${WORDS} -w 3`)
    fail(world)
    await world.pass(10_000)
    expect(world.events('kernel-fails')).toHaveLength(1)
    expect(world.events('drift')).toMatchObject([{ change: 'server-changed', before: 10, after: 3 }])
    expect(world.weights).toEqual(withFirst(3))
  })

  it('that unloads ip_vs loses the timeouts, which are set again', async () => {
    const world = new World()
    world.loop.setRules(await rulesOf(`${RULES}--set 100 20 30\n`))
    await world.result(true)
    await world.pass(2000)
    world.kernel.removeFamily()
    await world.pass(10_000)
    expect(world.weights).toEqual(WHOLE)
    expect(world.kernel.snapshot().timeouts).toMatchObject({ tcp: 100 })
  })

  it('in one entry does not keep the others from their changes', async () => {
    const world = await balancing()
    // The kernel knows no such scheduler.
    world.loop.setRules(await rulesOf(`-A -t 192.0.2.3:80 -s nope\n${RULES.replace('-w 10', '-w 5')}`))
    await world.pass(10_000)
    expect(world.weights).toEqual(withFirst(5))
    expect(world.events('refused')).toMatchObject([{ line: 1, code: 'ENOENT' }])
  })

  it.each([
    ['a day ahead', 86_400_000],
    ['ten years back', -315_360_000_000],
  ])('that sets the date %s changes nothing', async (_name, by) => {
    const world = await balancing(configuration({ slowStart: 10_000 }))
    const { changes } = world
    world.clock.setDate(by)
    await world.pass(10_000)
    await world.result(true)
    expect(world.changes).toBe(changes)
    expect(world.weights).toEqual(WHOLE)
  })

  it('that suspends the machine is no verdict', async () => {
    const world = await balancing()
    const { changes } = world
    world.clock.leap(3_600_000)
    await world.pass(10_000)
    expect(world.changes).toBe(changes)
  })

  it('that takes ten thousand servers down is one change of the table, and as many lines as verdicts', async () => {
    const server = (i: number) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`
    const count = 10_000
    const lines = Array.from({ length: count }, (_, i) => `-a -f 1 -r ${server(i + 1)}:0 -m`)
    const world = new World()
    world.loop.setRules(await rulesOf(`-A -f 1 -s rr\n${lines.join('\n')}\n`))
    await world.result(true)
    await world.result(false, '', { times: 3 })
    const [service] = Object.values(world.weights)
    expect(Object.keys(service ?? {})).toHaveLength(count)
    expect(Object.values(service ?? {}).every((weight) => weight === 0)).toBe(true)
    expect(world.events('server-down')).toHaveLength(count)
    expect(world.events('table-changed').map(({ changes }) => changes)).toEqual([count + 1, count])
    await world.result(true, '', { times: 2 })
    expect(Object.values(Object.values(world.weights)[0] ?? {}).every((weight) => weight === 1)).toBe(true)
  })
})

// Turns for verdicts: they concern the services that the verdicts are about, and no other.
import { describe, expect, it } from '@jest/globals'
import { ENOMEM } from '../../lib/model/errors.ts'
import type { LockOutcome } from '../../lib/system/system.ts'
import { run } from '../support/run.ts'
import { configuration, rulesOf, World } from './support/world.ts'

const COUNT = 20
const address = (service: number) => `192.0.2.${service + 1}`
const RULES = Array.from(
  { length: COUNT },
  (_, i) => `-A -t ${address(i)}:80 -s wlc
-a -t ${address(i)}:80 -r 198.51.100.1:80 -m -w 10
-a -t ${address(i)}:80 -r 198.51.100.2:80 -m -w 10
`,
).join('')
const name = (service: number) => `tcp ${address(service)}:80`
/** The key of the first server of a service. */
const server = (service: number) => `tcp ${address(service)} 80 198.51.100.1 80`

async function balancing(...words: ConstructorParameters<typeof World>): Promise<World> {
  const world = new World(...words)
  world.loop.setRules(await rulesOf(RULES))
  await world.result(true)
  // The first turn after the rules were set has found nothing to do.
  await world.pass(2000)
  return world
}

/** The requests since, as words. */
function requestsOf(world: World, act: () => Promise<void>): Promise<string[]> {
  const { length } = world.kernel.requests
  return act().then(() =>
    world.kernel.requests.slice(length).map(({ command, subject }) => `${command} ${subject}`.trim()),
  )
}

describe('a verdict', () => {
  it('has its own service read and changed, and no other', async () => {
    const world = await balancing()
    const requests = await requestsOf(world, () => world.result(false, server(3), { times: 3 }))
    expect(requests).toEqual([
      `GET_SERVICE ${name(3)}`,
      `GET_DEST ${name(3)}`,
      `SET_DEST ${name(3)} 198.51.100.1:80`,
    ])
    expect(world.weights[name(3)]).toEqual({ '198.51.100.1:80': 0, '198.51.100.2:80': 10 })
  })

  it('leaves the whole table to the interval', async () => {
    const world = await balancing()
    const whole = ['GET_SERVICE', ...Array.from({ length: COUNT }, (_, i) => `GET_DEST ${name(i)}`)]
    await world.result(false, server(3), { times: 3 })
    expect((await requestsOf(world, () => world.pass(2000))).toSorted()).toEqual(whole.toSorted())
  })

  it('keeps what an operator has done in the same service just before', async () => {
    const world = await balancing()
    await world.type(`-e --keep -t ${address(3)}:80 -r 198.51.100.2:80 -w 4`)
    await world.result(false, server(3), { times: 3 })
    expect(world.weights[name(3)]).toEqual({ '198.51.100.1:80': 0, '198.51.100.2:80': 4 })
    expect(world.events('drift')).toMatchObject([{ change: 'server-changed', before: 10, after: 4 }])
    await world.pass(10_000)
    expect(world.weights[name(3)]).toEqual({ '198.51.100.1:80': 0, '198.51.100.2:80': 4 })
    expect(world.events('drift')).toHaveLength(1)
  })

  it('keeps it also when nothing has told the agent, as the original ipvsadm does not', async () => {
    const world = await balancing()
    await run(world.kernel, `-e --keep -t ${address(3)}:80 -r 198.51.100.2:80 -w 4`)
    const requests = await requestsOf(world, () => world.result(false, server(3), { times: 3 }))
    // Two readings agree that it was changed.
    const reading = [`GET_SERVICE ${name(3)}`, `GET_DEST ${name(3)}`]
    expect(requests).toEqual([...reading, ...reading, `SET_DEST ${name(3)} 198.51.100.1:80`])
    expect(world.events('drift')).toMatchObject([{ change: 'server-changed', before: 10, after: 4 }])
    await world.pass(10_000)
    expect(world.weights[name(3)]).toEqual({ '198.51.100.1:80': 0, '198.51.100.2:80': 4 })
    expect(world.events('drift')).toHaveLength(1)
  })

  it('has the whole table read while a change that the kernel has refused is to be made', async () => {
    const world = await balancing()
    world.kernel.failAt(3, ENOMEM)
    await world.result(false, server(5), { times: 3 })
    expect(world.events('refused')).toHaveLength(1)
    expect(world.weights[name(5)]).toEqual({ '198.51.100.1:80': 10, '198.51.100.2:80': 10 })
    await world.result(false, server(3), { times: 3 })
    for (const service of [3, 5])
      expect(world.weights[name(service)]).toEqual({ '198.51.100.1:80': 0, '198.51.100.2:80': 10 })
  })

  it('has the whole table read while new rules are to be applied', async () => {
    let isLocked = false
    const lock = async (): Promise<LockOutcome> =>
      isLocked ? { holder: 'a restore' } : { lock: { release: () => {} } }
    const world = await balancing(configuration(), { lock })
    isLocked = true
    world.loop.setRules(await rulesOf(RULES.replaceAll('wlc', 'rr')))
    await world.pass(100)
    expect(world.events('table-locked')).toHaveLength(1)
    isLocked = false
    await world.result(false, server(3), { times: 3 })
    const schedulers = Object.values(world.kernel.snapshot().services).map(({ scheduler }) => scheduler)
    expect(new Set(schedulers)).toEqual(new Set(['rr']))
  })

  it.each(['a restore that runs', 'a failure'])(
    'is acted on soon after %s, however long the interval',
    async (obstacle) => {
      let isLocked = false
      const lock = async (): Promise<LockOutcome> =>
        isLocked ? { holder: 'a restore' } : { lock: { release: () => {} } }
      const world = await balancing(configuration({}, { interval: 3_600_000 }), { lock })
      if (obstacle === 'a failure') world.kernel.truncateReply(1, 10)
      else isLocked = true
      await world.result(false, server(3), { times: 3 })
      expect(world.events(isLocked ? 'table-locked' : 'kernel-fails')).toHaveLength(1)
      isLocked = false
      await world.pass(2000)
      expect(world.weights[name(3)]).toEqual({ '198.51.100.1:80': 0, '198.51.100.2:80': 10 })
    },
  )

  it('does not hide a change of another service, which the next whole reading finds', async () => {
    const world = await balancing()
    await world.type(`-d -t ${address(5)}:80 -r 198.51.100.2:80`)
    await world.result(false, server(3), { times: 3 })
    expect(world.events('drift')).toEqual([])
    await world.pass(2000)
    expect(world.events('drift')).toMatchObject([{ change: 'server-deleted' }])
    expect(world.weights[name(5)]).toEqual({ '198.51.100.1:80': 10 })
  })

  it('finds the table cleared, and has all of it restored', async () => {
    const world = await balancing()
    await world.type('-C')
    await world.result(false, server(3), { times: 3 })
    expect(world.events('drift')).toMatchObject([{ change: 'table-cleared' }])
    expect(Object.keys(world.weights)).toHaveLength(COUNT)
    expect(world.weights[name(3)]).toEqual({ '198.51.100.1:80': 0, '198.51.100.2:80': 10 })
  })

  it('keeps a service deleted that the operator has deleted', async () => {
    const world = await balancing()
    await world.type(`-D -t ${address(3)}:80`)
    await world.result(false, server(3), { times: 3 })
    await world.result(true, server(3), { times: 2 })
    expect(world.events('drift')).toMatchObject([{ change: 'service-deleted' }])
    expect(Object.keys(world.weights)).toHaveLength(COUNT - 1)
  })

  it('leaves what drains and what starts in other services', async () => {
    const world = await balancing(configuration({ slowStart: 10_000 }))
    await world.result(false, server(1), { times: 3 })
    await world.result(true, server(1), { times: 2 })
    world.kernel.setCounters(name(2), { active: 1 }, '198.51.100.2:80')
    world.loop.setRules(
      await rulesOf(RULES.replace(`-a -t ${address(2)}:80 -r 198.51.100.2:80 -m -w 10\n`, '')),
    )
    await world.pass(100)
    const { draining, starting } = world.loop.status.memory
    expect([...draining.keys(), ...starting.keys()]).toEqual([
      `tcp ${address(2)} 80 198.51.100.2 80`,
      server(1),
    ])
    await world.result(false, server(3), { times: 3 })
    expect(world.loop.status.memory).toMatchObject({ draining, starting })
    await world.pass(10_000)
    expect(world.weights[name(1)]).toEqual({ '198.51.100.1:80': 10, '198.51.100.2:80': 10 })
  })

  it('leaves the notes of all services in the status', async () => {
    const world = await balancing()
    await world.result(false, server(3), { times: 3 })
    const { notes } = world.loop.status
    expect(notes.map(({ key, up, total }) => `${key}: ${up} of ${total}`)).toEqual(
      Array.from({ length: COUNT }, (_, i) => `tcp ${address(i)} 80: ${i === 3 ? 1 : 2} of 2`),
    )
  })
})

it('new rules that come during a reading are not mixed with the old ones', async () => {
  const world = await balancing()
  await world.result(false, server(3), { times: 3 })
  const others = RULES.replace(`-a -t ${address(3)}:80 -r 198.51.100.1:80 -m -w 10\n`, '')
  const rules = await rulesOf(`${others}--set 100 20 30\n`)
  world.kernel.setCounters(name(3), { active: 1 }, '198.51.100.1:80')
  const weights: unknown[] = []
  let isSet = false
  world.kernel.meanwhile(({ command }) => {
    weights.push(world.weights[name(3)]?.['198.51.100.1:80'])
    if (command !== 'GET_DEST' || isSet) return
    isSet = true
    world.loop.setRules(rules)
  })
  await world.result(false, 'tcp 192.0.2.4 80 198.51.100.2 80', { times: 3 })
  // The server that left the rules while it was down never gets traffic again.
  expect(new Set(weights)).toEqual(new Set([0]))
  expect(world.kernel.snapshot().timeouts).toMatchObject({ tcp: 100 })
})

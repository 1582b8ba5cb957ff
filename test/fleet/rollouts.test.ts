// Rollouts over directors in this process: waves, failures, and the death of whoever carries them on.
import { describe, expect, it } from '@jest/globals'
import type { Rollout } from '../../lib/fleet/fleet-values.ts'
import { StoreError, textOf } from '../../lib/fleet/store.ts'
import { PLAN, POLICY } from '../agent/support/world.ts'
import { FleetWorld, keys, rulesWith, tableWith } from './support/fleet-world.ts'

const OLD = tableWith(1)
const NEW = tableWith(2)

async function started(names = ['a', 'b', 'c', 'd']): Promise<FleetWorld> {
  const world = await FleetWorld.start(...names)
  await world.push(rulesWith(1))
  await world.pass(1000)
  return world
}

const rollout = (world: FleetWorld) => world.value<Rollout>(keys.rollout('web'))!
const lead = (world: FleetWorld) => {
  const entry = world.etcd.keys.get(keys.lead('web'))
  return entry && textOf(entry)
}

it('goes in waves, each after the time to wait', async () => {
  const world = await started()
  await world.push(rulesWith(2), { canary: '1', batch: '50%', wait: '30s' })
  await world.pass(1000)
  expect(world.tables).toEqual({ a: NEW, b: OLD, c: OLD, d: OLD })
  await world.pass(28_000)
  expect(world.tables).toEqual({ a: NEW, b: OLD, c: OLD, d: OLD })
  await world.pass(3000)
  expect(world.tables).toEqual({ a: NEW, b: NEW, c: NEW, d: OLD })
  expect(rollout(world)).toMatchObject({ wave: 1, state: 'running' })
  await world.pass(31_000)
  expect(world.tables).toEqual({ a: NEW, b: NEW, c: NEW, d: NEW })
  await world.pass(31_000)
  expect(rollout(world)).toMatchObject({ wave: 2, state: 'done' })
  expect(lead(world)).toBeUndefined()
  expect((await world.machine.type('status')).outcome).toBe('done')
})

it('does not depend on the clocks of the machines', async () => {
  const world = await FleetWorld.start(
    { name: 'a', skew: 3_600_000 },
    { name: 'b', skew: -3_600_000 },
    { name: 'c' },
  )
  await world.push(rulesWith(1))
  await world.pass(1000)
  await world.push(rulesWith(2), { batch: '1', wait: '5s' })
  await world.pass(4000)
  expect(world.tables).toEqual({ a: NEW, b: OLD, c: OLD })
  await world.pass(14_000)
  expect(world.tables).toEqual({ a: NEW, b: NEW, c: NEW })
  expect(rollout(world).state).toBe('done')
})

it('stays where it is while its key is wrong, and is carried on when it is right again', async () => {
  const world = await started()
  await world.push(rulesWith(2), { batch: '50%', wait: '5s' })
  await world.pass(1000)
  const key = keys.rollout('web')
  const { value } = world.etcd.keys.get(key)!
  world.etcd.transact([], [{ put: key, value: '{' }])
  await world.pass(1000)
  let count = 0
  for (const { connection } of world.directors) {
    const transact = connection.transact.bind(connection)
    connection.transact = (conditions, ...rest) => {
      if (conditions.some((condition) => condition.key === key)) count++
      return transact(conditions, ...rest)
    }
  }
  await world.pass(20_000)
  expect(count).toBe(0)
  expect(world.tables).toEqual({ a: NEW, b: NEW, c: OLD, d: OLD })
  for (const name of ['a', 'c']) expect(world.result(name)!.errors![0]).toContain(key)
  world.etcd.transact([], [{ put: key, value }])
  await world.pass(20_000)
  // Done, or failed by a report from before.
  expect(rollout(world).state).not.toBe('running')
  for (const name of ['a', 'c']) expect(world.result(name)).toMatchObject({ result: 'applied', errors: [] })
})

describe('a director that may not carry it', () => {
  /** Refuses changes of one key for one director, and counts them. */
  function deny(world: FleetWorld, name: string, key: string) {
    const { connection } = world.director(name)
    const transact = connection.transact.bind(connection)
    const denied = { count: 0, end: () => void Object.assign(connection, { transact }) }
    connection.transact = async (conditions, operations) => {
      if (!operations.some((each) => ('put' in each ? each.put : each.remove) === key))
        return await transact(conditions, operations)
      denied.count++
      throw new StoreError('denied', 'etcdserver: permission denied')
    }
    return denied
  }

  it.each([keys.lead('web'), keys.rollout('web')])('tries again: %s', async (key) => {
    const world = await started(['a', 'b'])
    const denied = ['a', 'b'].map((name) => deny(world, name, key))
    await world.push(rulesWith(2), { batch: '1', wait: '5s' })
    await world.pass(60_000)
    expect(rollout(world)).toMatchObject({ wave: 0, state: 'running' })
    expect(world.directors.map((each) => each.events('rollout-not-carried').length)).toEqual([1, 1])
    for (const { count, end } of denied) {
      expect(count).toBeGreaterThan(2)
      expect(count).toBeLessThan(15)
      end()
    }
    await world.pass(60_000)
    expect(rollout(world).state).toBe('done')
  })

  it('leaves it to another, also when it has been elected', async () => {
    const world = await started(['a', 'b'])
    await world.push(rulesWith(2), { batch: '1', wait: '5s' })
    await world.pass(1000)
    const first = lead(world)!
    deny(world, first, keys.rollout('web'))
    await world.pass(60_000)
    expect(rollout(world).state).toBe('done')
    expect(world.director(first).events('rollout-not-carried')).toHaveLength(1)
  })
})

describe('a canary that fails puts all back, and says why', () => {
  it('because the kernel refuses a change', async () => {
    const world = await started()
    await world.push(rulesWith(2).replace('rr', 'nosuch'), { canary: '1', wait: '5s' })
    await world.pass(5000)
    expect(rollout(world)).toMatchObject({
      state: 'failed',
      reason: 'a: -E -t 192.0.2.1:80 -s nosuch: ENOENT',
    })
    expect(world.tables).toEqual({ a: OLD, b: OLD, c: OLD, d: OLD })
    expect(world.result('a')).toEqual({ revision: 1, result: 'applied', errors: [] })
    const { outcome, output } = await world.machine.type('status')
    expect(outcome).toBe('found')
    expect(output).toMatch(/web: revision 1, .*\n {2}the rollout of revision 2 failed: a: -E /)
  })

  it('because more of its servers are down', async () => {
    const world = await FleetWorld.start(
      ...['a', 'b'].map((name) => ({
        name,
        config: {
          defaults: { check: { kind: 'tcp' as const, ...PLAN }, policy: POLICY },
        },
      })),
    )
    await world.push(rulesWith(1, 1))
    await world.pass(1000)
    for (const director of world.directors) director.check(true)
    await world.pass(1000)
    // One server is down before.
    for (const director of world.directors) director.check(false, '10.0.0.2')
    await world.pass(1000)
    expect(world.report('a')).toMatchObject({ down: 1 })
    await world.push(rulesWith(1, 1, 1), { canary: '1', wait: '20s', patience: '1m' })
    await world.pass(1000)
    // A server that has not been checked keeps the revision from counting as applied.
    expect(world.result('a')).toMatchObject({ revision: 2, result: 'applying' })
    world.director('a').check(true, '10.0.0.3')
    await world.pass(10_000)
    expect(rollout(world).state).toBe('running')
    world.director('a').check(false, '10.0.0.3')
    await world.pass(5000)
    expect(rollout(world)).toMatchObject({
      state: 'failed',
      reason: 'a: 2 servers are down, 1 before',
    })
    expect(world.directors.map(({ name }) => world.result(name)?.revision)).toEqual([1, 1])
  })

  it('because it dies', async () => {
    const world = await started()
    await world.push(rulesWith(2), { canary: '1', wait: '30s' })
    await world.pass(1000)
    const a = world.director('a')
    a.kill()
    await world.pass(40_000)
    expect(rollout(world)).toMatchObject({ state: 'failed', reason: 'a has gone' })
    expect(a.table).toEqual(NEW)
    await a.start()
    await world.pass(1000)
    expect(world.tables).toEqual({ a: OLD, b: OLD, c: OLD, d: OLD })
  })

  it('because it does not hear of the revision', async () => {
    const world = await started(['a', 'b'])
    // Its lease is kept alive, but nothing changes.
    const a = world.director('a')
    a.connection.watch = () => () => {}
    a.connection.cut()
    a.connection.restore()
    await world.pass(2000)
    await world.push(rulesWith(2), { canary: '1', patience: '20s' })
    await world.pass(30_000)
    expect(rollout(world)).toMatchObject({ state: 'failed', reason: 'a has not applied it in 20 s' })
    expect(world.tables).toEqual({ a: OLD, b: OLD })
  })
})

it('survives the death of each director that carries it, but for those of the wave', async () => {
  const world = await started()
  await world.push(rulesWith(2), { canary: '1', batch: '1', wait: '20s', patience: '5m' })
  await world.pass(1000)
  const carriers = new Set<string>()
  for (let i = 0; i < 3 && rollout(world).state === 'running'; i++) {
    const name = lead(world)!
    expect(name).toBeDefined()
    carriers.add(name)
    const victim = world.director(name)
    // It comes back before its lease ends, as systemd starts it again: it is not gone, but carries nothing.
    victim.kill()
    await world.pass(2000)
    await victim.start()
    await world.pass(12_000)
  }
  await world.pass(120_000)
  expect(rollout(world)).toMatchObject({ state: 'done' })
  expect(world.tables).toEqual({ a: NEW, b: NEW, c: NEW, d: NEW })
  expect(world.directors.flatMap(({ log }) => log).filter(({ event }) => event === 'rollout')).toHaveLength(4)
})

it('waits while nobody reaches the cluster, and goes on afterwards', async () => {
  const world = await started(['a', 'b'])
  await world.push(rulesWith(2), { batch: '1', wait: '2s' })
  for (const director of world.directors) director.connection.cut()
  // Not so long that leases end.
  await world.pass(8000)
  expect(rollout(world)).toMatchObject({ state: 'running', wave: 0 })
  for (const director of world.directors) director.connection.restore()
  await world.pass(30_000)
  expect(rollout(world)).toMatchObject({ state: 'done' })
  expect(world.tables).toEqual({ a: NEW, b: NEW })
})

it('goes on when the answer to the one who was elected gets lost', async () => {
  const world = await started(['a', 'b'])
  for (const { connection } of world.directors) {
    const transact = connection.transact.bind(connection)
    let isLost = false
    connection.transact = async (conditions, operations) => {
      const elects = operations.some((each) => 'put' in each && each.put === keys.lead('web'))
      if (elects && !isLost) connection.lostAnswers = 1
      isLost ||= elects
      return await transact(conditions, operations)
    }
  }
  await world.push(rulesWith(2), { batch: '1', wait: '2s' })
  await world.pass(30_000)
  expect(rollout(world)).toMatchObject({ state: 'done' })
  expect(world.tables).toEqual({ a: NEW, b: NEW })
  expect(lead(world)).toBeUndefined()
})

it('gives way to a push, which all get at once', async () => {
  const world = await started()
  await world.push(rulesWith(2), { canary: '1', wait: '1h' })
  await world.pass(1000)
  await world.push(rulesWith(3))
  await world.pass(1000)
  const table = tableWith(3)
  expect(world.tables).toEqual({ a: table, b: table, c: table, d: table })
  expect(rollout(world)).toBeUndefined()
  expect(lead(world)).toBeUndefined()
})

it('does not give the revision to a director that comes meanwhile, until it is done', async () => {
  const world = await FleetWorld.start('a', 'b')
  await world.push(rulesWith(1))
  await world.pass(1000)
  world.director('b').kill()
  await world.pass(15_000)
  await world.push(rulesWith(2), { canary: '1', wait: '20s' })
  await world.director('b').start()
  await world.pass(2000)
  expect(world.tables).toEqual({ a: NEW, b: OLD })
  await world.pass(30_000)
  expect(world.tables).toEqual({ a: NEW, b: NEW })
})

// The last time of a director that has gone: written by itself, seldom, so that those who watch are not woken.
import { describe, expect, it } from '@jest/globals'
import { formatFleetStatus } from '../../lib/fleet/fleet-status.ts'
import type { MemberRecord } from '../../lib/fleet/fleet-values.ts'
import { StoreError, type StoreEvent, textOf } from '../../lib/fleet/store.ts'
import type { FleetDirectorStatus, FleetStatus } from '../../lib/model/fleet-state.ts'
import { until } from '../support/until.ts'
import { type DirectorOptions, FleetWorld, keys, rulesWith, startBoth } from './support/fleet-world.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

const keyOf = (event: StoreEvent) => (event.kind === 'put' ? event.entry.key : event.key)

const member = (world: FleetWorld, name: string) => world.value<MemberRecord>(keys.member(name))!

async function statusOf(world: FleetWorld): Promise<FleetStatus> {
  return JSON.parse((await world.machine.type('status', undefined, { json: true })).output)
}

const rowOf = ({ groups }: FleetStatus, name: string): FleetDirectorStatus =>
  groups[0]!.directors.find((row) => row.name === name)!

/** A world that has revision 1, with nothing more to report. */
async function quiet(...directors: readonly (string | DirectorOptions)[]): Promise<FleetWorld> {
  const world = await FleetWorld.start(...directors)
  await world.push(rulesWith(1))
  await world.pass(1000)
  return world
}

describe('a director that has gone', () => {
  it('was there a few minutes before, by its own clock, with the revision that it had applied', async () => {
    const world = await quiet({ name: 'a', skew: -HOUR }, 'b')
    expect(rowOf(await statusOf(world), 'a')).toMatchObject({ revision: 1, seen: 0, lastSeen: null })
    await world.push(rulesWith(1).replace('rr', 'nosuch'))
    await world.pass(11 * MINUTE)
    expect(world.result('a')).toMatchObject({ revision: 2, result: 'refused' })
    const end = world.clock.wall().getTime() - HOUR
    world.director('a').kill()
    await world.pass(MINUTE)
    const status = await statusOf(world)
    expect(rowOf(status, 'a')).toMatchObject({ state: 'gone', revision: 1, seen: null })
    const seen = Date.parse(rowOf(status, 'a').lastSeen!)
    expect(end - seen).toBeGreaterThanOrEqual(0)
    expect(end - seen).toBeLessThanOrEqual(5 * MINUTE)
    expect(formatFleetStatus(status, new Date(seen + 3 * MINUTE))).toMatch(
      /\n {2}a {9}1 {9}gone .* {2}3m ago by its clock\n/,
    )
    // Its clock was ahead of the one of the reader.
    expect(formatFleetStatus(status, new Date(seen - 3 * MINUTE))).toContain(
      `at ${rowOf(status, 'a').lastSeen} by its clock\n`,
    )
  })

  it('says when it has ended, if it could', async () => {
    const world = await quiet('a')
    await world.pass(2 * MINUTE)
    const end = world.clock.wall().toISOString()
    await world.director('a').fleet.stop()
    expect(world.director('a').connection.isCut).toBe(true)
    await world.pass(MINUTE)
    expect(rowOf(await statusOf(world), 'a')).toMatchObject({ state: 'gone', lastSeen: end })
  })

  it('does not wait long for a cluster that does not answer', async () => {
    const world = await quiet('a')
    const { fleet, connection } = world.director('a')
    connection.transact = () => new Promise(() => {})
    const stopped = fleet.stop()
    await world.settle()
    expect(connection.isCut).toBe(false)
    await world.pass(1000)
    await stopped
    expect(connection.isCut).toBe(true)
  })

  it.each([
    ['has never applied a revision', { groups: { web: 0 }, seen: '2026-01-01T00:00:00.000Z' }],
    ['has written no date', { groups: { web: 3 }, seen: 'yesterday' }],
  ])('and %s is shown without', async (_, record) => {
    const world = await quiet('a')
    const value = JSON.stringify({ name: 'b', ...record })
    world.etcd.transact([], [{ put: keys.member('b'), value }])
    const status = await statusOf(world)
    expect(rowOf(status, 'b')).toMatchObject({
      revision: record.groups.web || null,
      lastSeen: record.seen.startsWith('2026') ? record.seen : null,
    })
    const line = formatFleetStatus(status, new Date('2026-01-01T00:01:00.000Z')).match(/\n( {2}b .*)\n/)![1]!
    expect(line.trim().replace(/ +/g, ' ')).toBe(
      record.groups.web === 0 ? 'b - gone - 0 0 60s ago by its clock' : 'b 3 gone - 0 0 -',
    )
  })

  it('is passed over when its key is that of something else', async () => {
    const world = await quiet('a')
    world.etcd.transact([], [{ put: keys.member('b'), value: '[]' }])
    expect((await statusOf(world)).groups[0]!.directors).toHaveLength(1)
  })
})

describe('a director that has nothing to report', () => {
  it('writes its time every five minutes, and no key that anybody watches', async () => {
    const world = await quiet('a')
    const before = world.etcd.history.length
    await world.pass(16 * MINUTE)
    const events = world.etcd.history.slice(before).flat()
    expect(events.map(keyOf)).toEqual(Array(3).fill(keys.member('a')))
    expect(member(world, 'a').groups).toEqual({ web: 1 })

    const watched = world.machine.type('status', undefined, { watch: true })
    const prefixes: string[] = []
    const { connection } = world.machine
    const watch = connection!.watch.bind(connection)
    connection!.watch = (prefix, ...words) => {
      prefixes.push(prefix)
      return watch(prefix, ...words)
    }
    await until(() => world.machine.written.output !== '', watched)
    world.machine.signal('SIGINT')
    await watched
    expect(prefixes).toContain(keys.directors)
    expect(prefixes.filter((prefix) => keys.member('a').startsWith(prefix))).toEqual([])
  })

  it('does so at another time than those that have come with it', async () => {
    const names = Array.from({ length: 5 }, (_, i) => `d${i}`)
    const world = await quiet(...names.map((name, i) => ({ name, random: () => i / 5 })))
    const before = world.etcd.history.length
    const times = new Map<string, number>()
    for (let second = 0; second < 300; second++) {
      await world.pass(1000)
      for (const key of world.etcd.history.slice(before).flat().map(keyOf))
        if (!times.has(key)) times.set(key, second)
    }
    expect([...times.keys()].sort()).toEqual(names.map(keys.member).sort())
    expect(new Set(times.values()).size).toBe(5)
    expect(Math.min(...times.values())).toBeGreaterThanOrEqual(239)
  })

  it('goes on when a write fails, without a word', async () => {
    const world = await quiet('a')
    const { connection, log } = world.director('a')
    const transact = connection.transact.bind(connection)
    let refused = 0
    connection.transact = async () => {
      refused++
      throw new StoreError('full', 'etcdserver: mvcc: database space exceeded')
    }
    const { length } = log
    await world.pass(6 * MINUTE)
    expect(refused).toBe(1)
    connection.transact = transact
    const before = world.etcd.revision
    await world.pass(5 * MINUTE)
    expect(world.etcd.revision).toBe(before + 1)
    expect(log.slice(length)).toEqual([])
  })
})

it('leaves the key to another agent that has taken the name, also at its end', async () => {
  const world = new FleetWorld([{ name: 'a' }, { name: 'a', skew: HOUR }])
  const [first, _second] = await startBoth(world)
  const before = world.etcd.history.length
  const start = world.clock.wall().getTime()
  await world.pass(11 * MINUTE)
  const times = world.etcd.history
    .slice(before)
    .flatMap((events) =>
      events.flatMap((event) =>
        event.kind === 'put' && event.entry.key === keys.member('a')
          ? (JSON.parse(textOf(event.entry)) as MemberRecord).seen
          : [],
      ),
    )
  expect(times).toHaveLength(2)
  expect(Math.min(...times.map((time) => Date.parse(time)))).toBeGreaterThan(start + HOUR)
  const { seen } = member(world, 'a')
  await first.fleet.stop()
  expect(member(world, 'a').seen).toBe(seen)
})

// Agents of one name: the later one has it, all are seen, and the name goes to another when it is free.
import { expect, it } from '@jest/globals'
import { hostText } from '../../lib/agent/fleet/host-text.ts'
import { StoreError } from '../../lib/fleet/store.ts'
import { type Director, FleetWorld, keys, rulesWith, startBoth, tableWith } from './support/fleet-world.ts'

/** The keys of agents whose name another one has taken. */
const rivals = (world: FleetWorld) => [...world.etcd.keys.keys()].filter((key) => key.startsWith(keys.rivals))

it('of two agents of one name the later one has it, until it goes', async () => {
  const world = new FleetWorld([
    { name: 'a', host: 'one' },
    { name: 'a', host: 'two' },
  ])
  const [first, second] = await startBoth(world)
  const later = world.etcd.keys.get(keys.director('a'))!.lease
  await world.push(rulesWith(2))
  await world.pass(30_000)
  // Both have the rules; the key stays with one of them.
  expect([first.table, second.table]).toEqual([tableWith(2), tableWith(2)])
  expect(world.etcd.keys.get(keys.director('a'))!.lease).toBe(later)
  expect(first.events('fleet-name-taken')).toHaveLength(1)
  expect(first.problems).toEqual(['another agent has the name a, and reports in its place: see fleet status'])
  expect(second.events('fleet-name-taken')).toEqual([])
  const { outcome, output } = await world.machine.type('status')
  expect(outcome).toBe('found')
  expect(output).toMatch(/\n {2}a {9}2 {9}duplicate .*\n {2}a: 2 agents of this name: two, one\n$/)
  second.kill()
  await world.pass(30_000)
  expect(first.events('fleet-name-free')).toHaveLength(1)
  expect([first.problems, world.report('a')?.groups.web?.revision]).toEqual([[], 2])
  expect(world.etcd.keys.get(keys.director('a'))!.lease).not.toBe(later)
  expect(rivals(world)).toEqual([])
  expect((await world.machine.type('status')).outcome).toBe('done')
})

it('three agents of one name are all seen, also when one has lost its lease, until they go', async () => {
  const world = new FleetWorld(['one', 'two', 'three'].map((host) => ({ name: 'a', host })))
  await world.push(rulesWith(1))
  for (const director of world.directors) {
    await director.start()
    await world.pass(5000)
  }
  const hosts = async () =>
    /agents of this name: (.*)/.exec((await world.machine.type('status')).output)?.[1]?.split(', ')
  expect((await hosts())?.sort()).toEqual(['one', 'three', 'two'])
  const holder = world.etcd.keys.get(keys.director('a'))!.lease
  world.etcd.revoke(world.etcd.keys.get(rivals(world)[0]!)!.lease)
  expect(await hosts()).toHaveLength(2)
  await world.pass(5000)
  expect((await hosts())?.sort()).toEqual(['one', 'three', 'two'])
  expect(world.etcd.keys.get(keys.director('a'))!.lease).toBe(holder)
  // The holder goes, and one of the others has the name.
  world.directors[2]!.kill()
  await world.pass(30_000)
  expect((await hosts())?.sort()).toEqual(['one', 'two'])
  world.directors[1]!.kill()
  await world.pass(30_000)
  expect(await hosts()).toBeUndefined()
  expect(world.result('a')).toEqual({ revision: 1, result: 'applied', errors: [] })
  expect(rivals(world)).toEqual([])
})

it('a rival that may not write its key leaves the other alone', async () => {
  const world = new FleetWorld([{ name: 'a' }, { name: 'a' }])
  const [first, second] = world.directors as [Director, Director]
  await world.push(rulesWith(1))
  await first.start()
  const { connection } = first
  const transact = connection.transact.bind(connection)
  connection.transact = async (conditions, operations) => {
    if (operations.some((each) => 'put' in each && each.put.startsWith(keys.rivals)))
      throw new StoreError('denied', 'etcdserver: permission denied')
    return await transact(conditions, operations)
  }
  await world.pass(5000)
  await second.start()
  await world.pass(30_000)
  expect(first.events('fleet-report-fails')).toHaveLength(1)
  expect((await world.machine.type('status')).outcome).toBe('done')
  // The right is given.
  connection.transact = transact
  await world.pass(1000)
  expect(rivals(world)).toHaveLength(1)
  second.kill()
  await world.pass(30_000)
  await world.push(rulesWith(2))
  await world.pass(1000)
  expect(world.result('a')).toEqual({ revision: 2, result: 'applied', errors: [] })
})

it.each([
  ['a director', {}, 'lb'],
  [
    'one with an address',
    { lo: ['127.0.0.1'], eth0: ['fe80::1', '2001:db8::1', '192.0.2.1'] },
    'lb 192.0.2.1',
  ],
  ['one with IPv6 alone', { lo: ['::1'], eth0: ['fe80::1', '2001:db8::1'] }, 'lb 2001:db8::1'],
])('the machine of %s is named so that clones differ', (_, addresses, text) => {
  const interfaces = Object.entries(addresses as Readonly<Record<string, readonly string[]>>).map(
    ([name, list]) => [
      name,
      list.map((address) => ({
        address,
        internal: name === 'lo',
        family: address.includes(':') ? 'IPv6' : 'IPv4',
      })),
    ],
  )
  expect(hostText('lb', Object.fromEntries(interfaces))).toBe(text)
})

// Directors that have their rules from a fleet, over fake kernels and a cluster in memory: what a push does, and what each
// fault does to it.
import { describe, expect, it } from '@jest/globals'
import type { RevisionRef } from '../../lib/fleet/fleet-values.ts'
import { StoreError } from '../../lib/fleet/store.ts'
import { FleetWorld, keys, rulesWith, tableWith } from './support/fleet-world.ts'

const THREE = ['a', 'b', 'c']

describe('a push', () => {
  it('reaches all directors, which report it with the digest of their table', async () => {
    const world = await FleetWorld.start(...THREE)
    await world.push(rulesWith(1, 2))
    await world.pass(200)
    for (const name of THREE) {
      expect(world.director(name).table).toEqual(tableWith(1, 2))
      expect(world.result(name)).toEqual({ revision: 1, result: 'applied', errors: [] })
    }
    const [digest, ...others] = THREE.map((name) => world.report(name)!.table)
    expect(digest).toMatch(/^[0-9a-f]{64}$/)
    expect(new Set(others)).toEqual(new Set([digest]))
    expect((await world.machine.type('status')).outcome).toBe('done')
    expect(world.report('a')).toMatchObject({ servers: 2, down: 0, held: 0, differences: { count: 0 } })
  })

  it('reaches directors of its group only, and one may be in several', async () => {
    const world = await FleetWorld.start(
      'a',
      { name: 'b', groups: ['web', 'dns'] },
      { name: 'c', groups: ['dns'] },
    )
    await world.push(rulesWith(1))
    await world.pass(200)
    expect(world.tables).toMatchObject({ a: tableWith(1), b: tableWith(1), c: [] })
    const dns = '-A -u 192.0.2.53:53 -s rr\n'
    await world.push(dns, { group: 'dns' })
    await world.pass(200)
    const ofDns = ['udp 192.0.2.53:53']
    expect(world.tables).toEqual({ a: tableWith(1), b: [...tableWith(1), ...ofDns], c: ofDns })
    // Two groups with the same service are an error, and the last rules stay.
    await world.push(`${dns}-A -t 192.0.2.1:80 -s rr\n`, { group: 'dns' })
    await world.pass(200)
    expect(world.tables.b).toEqual([...tableWith(1), ...ofDns])
    expect(world.result('b', 'dns')).toMatchObject({
      result: 'wrong',
      errors: ['web and dns both have tcp 192.0.2.1 80'],
    })
  })

  it('that the kernel refuses is reported with the change and the reason', async () => {
    const world = await FleetWorld.start('a')
    await world.push(rulesWith(1))
    await world.pass(200)
    await world.push(rulesWith(1).replace('rr', 'nosuch'))
    await world.pass(200)
    expect(world.result('a')).toEqual({
      revision: 2,
      result: 'refused',
      errors: ['-E -t 192.0.2.1:80 -s nosuch: ENOENT'],
    })
    expect((await world.machine.type('status')).output).toMatch(
      /a: -E -t 192\.0\.2\.1:80 -s nosuch: ENOENT\n$/,
    )
    await world.push(rulesWith(2))
    await world.pass(200)
    expect(world.result('a')).toEqual({ revision: 3, result: 'applied', errors: [] })
  })

  it('reports what is held by hand, and the differences of the live table', async () => {
    const world = await FleetWorld.start('a')
    await world.push(rulesWith(1, 2))
    await world.pass(200)
    const { kernel } = world.director('a')
    const { run } = await import('../support/run.ts')
    await run(kernel, '-e -t 192.0.2.1:80 -r 10.0.0.2:80 -m -w 9')
    await world.pass(3000)
    expect(world.report('a')).toMatchObject({
      held: 1,
      differences: { count: 1, lines: ['~ -e -t 192.0.2.1:80 -r 10.0.0.2:80 -m -w 2'] },
    })
    const { output } = await world.machine.type('diff', undefined, { director: 'a' })
    expect(output).toBe('~ -e -t 192.0.2.1:80 -r 10.0.0.2:80 -m -w 2\n')
  })
})

describe('without the cluster', () => {
  it('a director keeps its rules over a restart, and catches up once', async () => {
    const world = await FleetWorld.start('a', 'b')
    await world.push(rulesWith(1))
    await world.pass(200)
    const a = world.director('a')
    a.connection.cut()
    for (const weight of [2, 3, 4]) await world.push(rulesWith(weight))
    a.kill()
    // A boot: the kernel's table is gone.
    a.kernel.removeFamily()
    a.kernel.addFamily()
    await a.start(false)
    await world.pass(60_000)
    expect(world.tables).toEqual({ a: tableWith(1), b: tableWith(4) })
    expect(world.report('a')).toBeUndefined()
    expect((await world.machine.type('status')).output).toMatch(/ {2}a {9}1 {9}gone .* by its clock\n/)
    a.connection.restore()
    await world.pass(5000)
    expect(world.tables.a).toEqual(tableWith(4))
    expect(a.taken).toEqual(['web:1', 'copy web:1', 'web:4'])
    expect((await world.machine.type('status')).outcome).toBe('done')
  })

  it('the copy is not used when the cluster has said something', async () => {
    const world = await FleetWorld.start({ name: 'a', groups: ['web', 'dns'] })
    await world.push(rulesWith(1))
    await world.push('-A -u 192.0.2.53:53 -s rr\n', { group: 'dns' })
    await world.pass(5000)
    const a = world.director('a')
    a.taken.length = 0
    a.kill()
    await a.start()
    await world.pass(5000)
    expect(a.taken).toEqual(['web:1,dns:1'])
  })

  it.each([
    ['pointer', keys.current('web'), 0],
    ['rollout', keys.rollout('web'), 0],
    ['document', undefined, 2],
  ])(
    'the copy is used when the %s is wrong, and the other groups have theirs',
    async (_, wrong, revision) => {
      const options = { name: 'a', groups: ['web', 'dns'], config: { drift: 'correct' as const } }
      const world = await FleetWorld.start(options)
      const dns = '-A -u 192.0.2.53:53 -s rr\n'
      await world.push(rulesWith(1))
      await world.push(dns, { group: 'dns' })
      await world.pass(5000)
      const a = world.director('a')
      a.kill()
      await world.push(rulesWith(2))
      const { document } = world.value<RevisionRef>(keys.current('web'))!
      const key = wrong ?? keys.document('web', document)
      const kept = world.etcd.keys.get(key)
      world.etcd.transact([], [{ put: key, value: '{' }])
      a.taken.length = 0
      a.kernel.removeFamily()
      a.kernel.addFamily()
      await a.start()
      await world.pass(1000)
      expect(a.taken.filter((text) => !text.endsWith('web:1,dns:1'))).toEqual([])
      expect(a.table).toEqual([...tableWith(1), 'udp 192.0.2.53:53'])
      const { figures } = a.fleet
      expect(figures).toEqual({
        connected: true,
        groups: [
          { name: 'web', revision: 1, behind: true },
          { name: 'dns', revision: 1, behind: false },
        ],
      })
      expect(world.result('a')).toMatchObject({ result: 'wrong', errors: [expect.stringContaining(key)] })
      expect(world.result('a')!.revision).toBe(revision === 0 ? 1 : revision)
      expect(a.events('rules-wrong')[0]).toMatchObject({ text: expect.stringContaining(key) })
      const repair = kept === undefined ? { remove: key } : { put: key, value: kept.value }
      world.etcd.transact([], [repair])
      await world.pass(20_000)
      expect(a.table).toEqual([...tableWith(2), 'udp 192.0.2.53:53'])
      expect(world.result('a')).toEqual({ revision: 2, result: 'applied', errors: [] })
    },
  )

  it('the copy is used when the keys of all groups are wrong', async () => {
    const world = await FleetWorld.start({ name: 'a', groups: ['web', 'dns'] })
    await world.push(rulesWith(1))
    await world.push('-A -u 192.0.2.53:53 -s rr\n', { group: 'dns' })
    await world.pass(5000)
    const a = world.director('a')
    a.kill()
    a.kernel.removeFamily()
    a.kernel.addFamily()
    world.etcd.transact(
      [],
      ['web', 'dns'].map((group) => ({ put: keys.current(group), value: '{' })),
    )
    await a.start()
    await world.pass(5000)
    expect(a.table).toEqual([...tableWith(1), 'udp 192.0.2.53:53'])
    world.etcd.transact([], [{ remove: keys.current('web') }])
    await world.pass(200)
    expect(world.result('a')).toMatchObject({ result: 'applied', errors: [] })
    expect(world.result('a', 'dns')!.result).toBe('wrong')
  })

  it('a director that has never had rules waits for them', async () => {
    const world = new FleetWorld(['a'])
    await world.push(rulesWith(1))
    const [a] = world.directors
    await a!.start(false)
    await world.pass(10_000)
    expect(a!.table).toEqual([])
    a!.connection.restore()
    await world.pass(5000)
    expect(a!.table).toEqual(tableWith(1))
  })

  it('revisions that are no longer kept are read anew', async () => {
    const world = await FleetWorld.start('a')
    await world.push(rulesWith(1))
    await world.pass(200)
    const a = world.director('a')
    a.connection.cut()
    for (const weight of [2, 3]) await world.push(rulesWith(weight))
    world.etcd.compact()
    await world.pass(60_000)
    a.connection.restore()
    await world.pass(5000)
    expect(a.taken).toEqual(['web:1', 'web:3'])
    expect(a.table).toEqual(tableWith(3))
  })

  it.each([
    ['was damaged', (text: string) => text.replace('-w 1', '-w 7')],
    ['was cut', (text: string) => text.slice(0, -20)],
    ['is of another format', (text: string) => text.replace('"format":1', '"format":9')],
  ])('a copy that %s is not used', async (_, spoil) => {
    const world = await FleetWorld.start('a')
    await world.push(rulesWith(1))
    await world.pass(200)
    const a = world.director('a')
    a.kill()
    a.disk.set('/copy', spoil(a.disk.get('/copy')!))
    a.kernel.removeFamily()
    a.kernel.addFamily()
    await a.start(false)
    await world.pass(5000)
    expect(a.table).toEqual([])
    expect(a.events('copy-wrong')).toHaveLength(1)
    a.connection.restore()
    await world.pass(5000)
    expect(a.table).toEqual(tableWith(1))
  })

  it('a disk that is full is reported, and the rules are applied', async () => {
    const world = await FleetWorld.start('a')
    await world.push(rulesWith(1))
    await world.pass(200)
    const a = world.director('a')
    a.isDiskFull = true
    await world.push(rulesWith(2))
    await world.pass(200)
    expect(a.table).toEqual(tableWith(2))
    expect(world.result('a')).toEqual({
      revision: 2,
      result: 'applied',
      errors: ['the copy of the rules is old: ENOSPC: no space left on device'],
    })
    a.isDiskFull = false
    await world.pass(15_000)
    expect(world.result('a')).toEqual({ revision: 2, result: 'applied', errors: [] })
    expect(a.disk.get('/copy')).toContain('"revision":2')
  })
})

it('a director that is killed in the middle of a change makes the rest when it starts again', async () => {
  for (let n = 0; n < 6; n++) {
    const world = await FleetWorld.start('a')
    await world.push(rulesWith(1, 1, 1))
    await world.pass(200)
    const a = world.director('a')
    a.killAtChange(n)
    await world.push(rulesWith(2, 2, 2, 2))
    await world.pass(200)
    const after = a.table
    if (n < 4) expect(a.isAlive).toBe(false)
    if (n > 0 && n < 4) expect(after).not.toEqual(tableWith(1, 1, 1))
    a.kill()
    await a.start(false)
    await world.pass(1000)
    // The copy was there before the first change.
    expect(a.table).toEqual(tableWith(2, 2, 2, 2))
  }
})

it('a key that somebody else has written over is reported, and the rules stay', async () => {
  const world = await FleetWorld.start('a')
  await world.push(rulesWith(1))
  await world.pass(200)
  const { modRevision } = world.etcd.keys.get(keys.current('web'))!
  const pointer = world.etcd.keys.get(keys.current('web'))!.value
  world.etcd.transact([], [{ put: keys.current('web'), value: 'mine' }])
  await world.pass(200)
  expect(world.result('a')).toMatchObject({
    result: 'wrong',
    errors: ['/test/groups/web/current: not a value of a fleet: no JSON'],
  })
  world.etcd.transact([], [{ remove: keys.current('web') }])
  await world.pass(3000)
  expect(world.director('a').table).toEqual(tableWith(1))
  world.etcd.transact([], [{ put: keys.current('web'), value: pointer }])
  await world.pass(200)
  expect(world.result('a')).toMatchObject({ revision: 1, result: 'applied' })
  expect(world.etcd.revision).toBeGreaterThan(modRevision)
})

it('a document that cannot be fetched is tried again, with one line in the log', async () => {
  const world = await FleetWorld.start('a')
  await world.push(rulesWith(1))
  await world.pass(200)
  const allow = denyDocuments(world)
  await world.push(rulesWith(2))
  await world.pass(60_000)
  expect(world.result('a')).toMatchObject({ revision: 2, result: 'wrong', errors: ['permission denied'] })
  expect(world.director('a').table).toEqual(tableWith(1))
  expect(world.director('a').events('rules-wrong')).toHaveLength(1)
  allow()
  await world.pass(30_000)
  expect(world.result('a')).toMatchObject({ revision: 2, result: 'applied', errors: [] })
  expect(world.director('a').table).toEqual(tableWith(2))
})

it('what the kernel refuses of a revision is not refused of the next one', async () => {
  const world = await FleetWorld.start('a', 'b')
  await world.push(rulesWith(1))
  await world.push(rulesWith(2).replace('rr', 'nosuch'))
  await world.pass(1000)
  expect(world.result('a')).toMatchObject({ revision: 2, result: 'refused' })
  fetchSlowly(world)
  await world.push(rulesWith(3), { canary: '1', wait: '1s' })
  await world.pass(500)
  expect(world.result('a')).toMatchObject({ revision: 3, result: 'applying', errors: [] })
  await world.pass(10_000)
  expect(world.value(keys.rollout('web'))).toMatchObject({ state: 'done' })
})

it('a conflict of groups is not that of the next revision', async () => {
  const world = await FleetWorld.start({ name: 'a', groups: ['web', 'dns'] })
  await world.push(rulesWith(1))
  await world.push('-A -u 192.0.2.53:53 -s rr\n', { group: 'dns' })
  await world.push('-A -t 192.0.2.1:80 -s rr\n', { group: 'dns' })
  await world.pass(1000)
  expect(world.result('a', 'dns')).toMatchObject({ revision: 2, result: 'wrong' })
  fetchSlowly(world)
  await world.push('-A -u 192.0.2.53:53 -s wlc\n', { group: 'dns' })
  await world.pass(500)
  expect(world.result('a', 'dns')).toMatchObject({ revision: 3, result: 'applying', errors: [] })
  await world.pass(1000)
  expect(world.result('a', 'dns')).toMatchObject({ revision: 3, result: 'applied' })
})

/** The director `a` may not read documents, until the returned function is called. */
function denyDocuments(world: FleetWorld): () => void {
  const { connection } = world.director('a')
  const get = connection.get.bind(connection)
  connection.get = async (key, options) => {
    if (key.startsWith(keys.documents('web'))) throw new StoreError('denied', 'permission denied')
    return await get(key, options)
  }
  return () => {
    connection.get = get
  }
}

/** Documents take a second on their way to the director `a`. */
function fetchSlowly(world: FleetWorld): void {
  const { connection } = world.director('a')
  const get = connection.get.bind(connection)
  connection.get = async (key, options) => {
    if (key.startsWith(`${keys.prefix}documents/`))
      await new Promise<void>((resolve) => void world.clock.timer(1000, resolve))
    return await get(key, options)
  }
}

it('the problem of a document is not that of the next revision', async () => {
  const world = await FleetWorld.start('a', 'b')
  await world.push(rulesWith(1))
  await world.pass(200)
  const allow = denyDocuments(world)
  await world.push(rulesWith(2))
  await world.pass(1000)
  expect(world.result('a')).toMatchObject({ revision: 2, result: 'wrong' })
  allow()
  fetchSlowly(world)
  await world.push(rulesWith(3), { canary: '1', wait: '1s' })
  await world.pass(500)
  expect(world.result('a')).toMatchObject({ revision: 3, result: 'applying', errors: [] })
  await world.pass(10_000)
  expect(world.value(keys.rollout('web'))).toMatchObject({ state: 'done' })
})

it('a lease that was lost is replaced, and the director is a member for ever', async () => {
  const world = await FleetWorld.start('a')
  await world.push(rulesWith(1))
  await world.pass(200)
  world.etcd.revoke(world.etcd.keys.get(keys.director('a'))!.lease)
  expect(world.report('a')).toBeUndefined()
  await world.pass(5000)
  expect(world.result('a')).toMatchObject({ result: 'applied' })
  expect(world.value(keys.member('a'))).toMatchObject({ name: 'a', groups: { web: 1 } })
})

it('a lease that was lost during a write is replaced at once', async () => {
  const world = await FleetWorld.start('a')
  await world.push(rulesWith(1))
  await world.pass(1000)
  const { connection } = world.director('a')
  const transact = connection.transact.bind(connection)
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  connection.transact = async (...words) => {
    connection.transact = transact
    await held
    return await transact(...words)
  }
  await world.push(rulesWith(2))
  await world.pass(200)
  world.etcd.revoke(world.etcd.keys.get(keys.director('a'))!.lease)
  await world.pass(4000)
  expect(world.report('a')).toBeUndefined()
  release()
  await world.pass(200)
  expect(world.result('a')).toMatchObject({ revision: 2, result: 'applied' })
})

it('a director is in the status before its group has a revision', async () => {
  const world = await FleetWorld.start({ name: 'a', groups: ['new'] })
  await world.pass(1000)
  expect(world.report('a')).toBeUndefined()
  await world.push(rulesWith(1))
  await world.pass(1000)
  expect((await world.machine.type('status', undefined, { group: 'new' })).output).toMatch(
    /^new: no revision yet\n.*\n {2}a {9}- {9}waiting /,
  )
  await world.push(rulesWith(2), { group: 'new' })
  await world.pass(1000)
  expect(world.result('a', 'new')).toEqual({ revision: 1, result: 'applied', errors: [] })
})

describe('what the agent shows of its fleet', () => {
  it('is the status of the fleet, and figures that need no cluster', async () => {
    const world = await FleetWorld.start('a', 'b')
    const { fleet, connection } = world.director('a')
    expect(fleet.figures).toEqual({
      connected: true,
      groups: [{ name: 'web', revision: 0, behind: false }],
    })
    await world.push(rulesWith(1))
    await world.pass(200)
    expect(fleet.figures.groups).toEqual([{ name: 'web', revision: 1, behind: false }])
    const { output } = await world.machine.type('status', undefined, { json: true })
    expect(await fleet.fleetStatus()).toEqual(JSON.parse(output))
    await world.push(rulesWith(1).replace('rr', 'nosuch'))
    await world.pass(200)
    expect(fleet.figures.groups).toEqual([{ name: 'web', revision: 2, behind: true }])
    connection.cut()
    await world.pass(200)
    expect(fleet.figures.connected).toBe(false)
    await expect(fleet.fleetStatus()).rejects.toThrow('the connection is cut')
    connection.restore()
    await world.pass(5000)
    expect(fleet.figures.connected).toBe(true)
  })

  it('is not connected until the cluster has said something', async () => {
    const world = new FleetWorld(['a'])
    const director = world.director('a')
    await director.start(false)
    expect(director.fleet.figures.connected).toBe(false)
    director.connection.restore()
    await world.pass(5000)
    expect(director.fleet.figures.connected).toBe(true)
  })
})

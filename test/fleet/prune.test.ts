// `ipvsadm fleet prune`: which revisions and documents go, in memory and on a real etcd.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { Fleet } from '../../lib/fleet/fleet.ts'
import { run } from '../../lib/fleet/fleet-command.ts'
import { fleetKeys } from '../../lib/fleet/fleet-keys.ts'
import type { RevisionRef } from '../../lib/fleet/fleet-values.ts'
import { planPruning } from '../../lib/fleet/prune.ts'
import { nodeSystem } from '../../lib/system/node/system.ts'
import { TestClock } from '../agent/support/test-clock.ts'
import { EtcdCluster } from './support/etcd-cluster.ts'
import { FakeEtcd } from './support/fake-etcd.ts'
import { FleetMachine, PREFIX } from './support/fleet-machine.ts'
import { FleetWorld, rulesWith, tableWith } from './support/fleet-world.ts'

const keys = fleetKeys(PREFIX)

describe('the plan', () => {
  const NAMES = ['a', 'b', 'c', 'd', 'e']
  /** A history with few documents, so that revisions share them; a document that has no revision may be left. */
  const histories = fc.record({
    names: fc.array(fc.constantFrom(...NAMES.slice(0, 4)), { minLength: 1, maxLength: 12 }),
    left: fc.boolean(),
    from: fc.option(fc.nat({ max: 11 })),
    keep: fc.integer({ min: 1, max: 14 }),
  })

  it('keeps the last revisions and those in use, with their documents, and nothing else', () => {
    fc.assert(
      fc.property(histories, ({ names, left, from, keep }) => {
        const history: RevisionRef[] = names.map((document, at) => ({ revision: at + 1, document })).reverse()
        const documents = [...new Set(names), ...(left ? ['e'] : [])]
        const [current] = history
        const previous = from === null ? undefined : history[1 + from]
        const rollout = previous && { revision: names.length, from: previous }
        const plan = planPruning(
          history,
          documents,
          { current, rollout: rollout as Parameters<typeof planPruning>[2]['rollout'] },
          keep,
        )
        const kept = history.filter(({ revision }) => !plan.revisions.includes(revision))
        const must = [...history.slice(0, keep), ...(previous === undefined ? [] : [previous])]
        expect(new Set(kept)).toEqual(new Set(must))
        expect(plan.revisions).toEqual([...plan.revisions].sort((a, b) => a - b))
        const needed = new Set(kept.map(({ document }) => document))
        expect(documents.filter((name) => !plan.documents.includes(name)).sort()).toEqual([...needed].sort())
      }),
    )
  })
})

describe('the command', () => {
  let etcd: FakeEtcd
  let machine: FleetMachine
  beforeEach(async () => {
    etcd = new FakeEtcd(new TestClock())
    machine = new FleetMachine(etcd)
    for (const weight of [1, 2, 1, 3, 4]) await machine.push(rulesWith(weight))
  })
  const prune = (more: Readonly<Record<string, unknown>>) => machine.type('prune', undefined, more)
  const count = (prefix: string) => [...etcd.keys.keys()].filter((key) => key.startsWith(prefix)).length

  it('removes what is not kept, and says how much', async () => {
    expect(await prune({ keep: '3', 'dry-run': true })).toEqual({
      outcome: 'different',
      output: 'web: 2 revisions and 1 document would be removed, 3 revisions kept\n',
      errors: '',
    })
    expect(count(keys.history('web'))).toBe(5)
    expect(await prune({ keep: '3' })).toEqual({
      outcome: 'done',
      output: 'web: 2 revisions and 1 document removed, 3 revisions kept\n',
      errors: '',
    })
    expect([count(keys.history('web')), count(keys.documents('web'))]).toEqual([3, 3])
    expect(await prune({ keep: '3' })).toMatchObject({
      outcome: 'done',
      output: 'web: 3 revisions; nothing to remove\n',
    })
  })

  it('leaves a history that says what it no longer has, and numbers that go on', async () => {
    await prune({ keep: '1' })
    const { output } = await machine.type('history')
    expect(output).toMatch(/^\* {4}5 .*\n {2}no longer kept: 4 \(fleet prune\)\n$/)
    for (const action of ['show', 'rollback', 'diff']) {
      expect(await machine.type(action, '2')).toEqual({
        outcome: 'refused',
        output: '',
        errors: 'fleet: web: revision 2 is no longer kept (fleet prune): see fleet history\n',
      })
    }
    expect((await machine.type('show', '6')).errors).toBe('fleet: web has no revision 6: see fleet history\n')
    // Of a document that was removed, again.
    expect((await machine.push(rulesWith(1))).output).toMatch(/web: revision 6 is pushed\n$/)
    expect((await machine.type('rollback', '5')).output).toMatch(/web: revision 7 is pushed\n$/)
  })

  it('removes nothing after a push that came meanwhile', async () => {
    machine.beforeCommit = async () => {
      await new FleetMachine(etcd).push(rulesWith(9))
    }
    expect(await prune({ keep: '1' })).toEqual({
      outcome: 'refused',
      output: '',
      errors: 'fleet: web: a revision was pushed meanwhile; prune again for the rest\n',
    })
    expect(count(keys.history('web'))).toBe(6)
  })

  it('does not take away the document of a rollback that is about to be committed', async () => {
    machine.beforeCommit = async () => {
      await new FleetMachine(etcd).type('prune', undefined, { keep: '1' })
    }
    expect((await machine.type('rollback', '2')).output).toMatch(/web: revision 6 is pushed\n$/)
    expect((await machine.type('show')).output).toBe(rulesWith(2))
  })

  it.each([
    [{}, /^fleet: prune: how many revisions are to be kept\? --keep NUMBER\n$/],
    [{ keep: '0' }, /^fleet: invalid number of revisions `0': must be a number from 1\n$/],
    [{ keep: 'all' }, /^fleet: invalid number of revisions `all'/],
    [{ keep: '1', group: 'none' }, /^fleet: none has no revisions yet\n$/],
    [{ keep: '1', message: 'x' }, /^fleet: prune: takes no --message\n$/],
  ])('refuses the words %j', async (words, message) => {
    const { outcome, errors } = await prune(words)
    expect(outcome).toBe('refused')
    expect(errors).toMatch(message)
  })
})

it('keeps the revision that a rollout goes back to, as long as it may', async () => {
  const world = await FleetWorld.start('a')
  await world.push(rulesWith(1))
  await world.pass(200)
  for (const scheduler of ['nosuch', 'missing']) {
    const text = rulesWith(2).replace('rr', scheduler)
    await world.push(text, { canary: '1', wait: '1s' })
    expect((await world.machine.type('prune', undefined, { keep: '1' })).outcome).toBe('done')
    await world.pass(5000)
    expect(world.result('a')).toEqual({ revision: 1, result: 'applied', errors: [] })
    expect(world.director('a').table).toEqual(tableWith(1))
  }
  expect((await world.machine.type('history')).output).toMatch(
    /^\* {4}3 .*\n {5}1 .*\n {2}no longer kept: 1 \(fleet prune\)\n$/,
  )
  // A director that starts again gets it as well.
  const [a] = world.directors
  a!.kill()
  a!.disk.clear()
  a!.kernel.removeFamily()
  a!.kernel.addFamily()
  await a!.start()
  await world.pass(1000)
  expect(a!.table).toEqual(tableWith(1))
})

describe('on etcd', () => {
  /** More than etcd takes operations in a transaction, twice. */
  const MANY = 300
  let cluster: EtcdCluster
  beforeAll(async () => {
    cluster = await EtcdCluster.start()
  })
  afterAll(async () => {
    await cluster?.stop()
  })

  it(`prunes ${MANY} revisions`, async () => {
    const fleet = new Fleet(cluster.connect(), PREFIX)
    for (let n = 1; n <= MANY; n++) {
      const { marks } = await fleet.group('web')
      const record = { author: 'a test', time: '', message: '', id: `${n}` }
      await fleet.commit({ group: 'web', text: rulesWith(n), base: marks.current, record })
    }
    let output = ''
    const system = {
      ...nodeSystem,
      writeOutput: (text: string) => {
        output += text
      },
    }
    const open = () => new Fleet(cluster.connect(), PREFIX)
    expect(await run({ action: 'prune', group: 'web', keep: '2' }, system, open)).toBe('done')
    expect(output).toBe('web: 298 revisions and 298 documents removed, 2 revisions kept\n')
    expect((await fleet.history('web')).map(({ revision }) => revision)).toEqual([MANY, MANY - 1])
    const { current } = await fleet.group('web')
    expect(await fleet.document('web', current!.document)).toBe(rulesWith(MANY))
    expect(await fleet.documents('web')).toHaveLength(2)
    fleet.store.close()
  })
})

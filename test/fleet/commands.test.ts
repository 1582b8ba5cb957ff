// `ipvsadm fleet`, over a cluster in memory.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from '@jest/globals'
import Ajv from 'ajv/dist/2020.js'
import { fleetKeys } from '../../lib/fleet/fleet-keys.ts'
import {
  type DirectorReport,
  type GroupReport,
  type Rollout,
  writeValue,
} from '../../lib/fleet/fleet-values.ts'
import { textOf } from '../../lib/fleet/store.ts'
import { TestClock } from '../agent/support/test-clock.ts'
import { until } from '../support/until.ts'
import { FakeEtcd } from './support/fake-etcd.ts'
import { FleetMachine, PREFIX } from './support/fleet-machine.ts'

const validate = new Ajv({ strict: true, allErrors: true, allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(join(__dirname, '../../docs/fleet-status.schema.json'), 'utf8')),
)

const ONE = '-A -t 192.0.2.1:80 -s rr\n-a -t 192.0.2.1:80 -r 10.0.0.1:80 -m -w 1\n'
const TWO = `${ONE}-a -t 192.0.2.1:80 -r 10.0.0.2:80 -m -w 1\n`

const keys = fleetKeys(PREFIX)
let clock: TestClock
let etcd: FakeEtcd
let machine: FleetMachine
beforeEach(() => {
  clock = new TestClock()
  etcd = new FakeEtcd(clock)
  machine = new FleetMachine(etcd)
})

const valueAt = (key: string) => {
  const entry = etcd.keys.get(key)
  return entry && JSON.parse(textOf(entry))
}

function report(
  name: string,
  own: Partial<GroupReport>,
  more: Partial<DirectorReport> = {},
  seconds = 10,
): void {
  const lease = etcd.grant(seconds)
  const { document } = valueAt(keys.current('web'))
  const value = writeValue({
    name,
    host: 'host',
    version: '0.1.0',
    started: '',
    written: '',
    groups: { web: { revision: 1, document, result: 'applied', errors: [], ...own } },
    table: 'digest',
    differences: { count: 0, lines: [] },
    held: 0,
    servers: 1,
    down: 0,
    ...more,
  })
  etcd.transact(
    [],
    [
      { put: keys.director(name), value, lease },
      { put: keys.member(name), value: writeValue({ name, groups: { web: 1 }, seen: '' }) },
    ],
  )
}

describe('push', () => {
  it('prints the changes and commits them, with who and why', async () => {
    expect(await machine.push(ONE, { message: 'first' })).toEqual({
      outcome: 'done',
      output:
        '+ -A -t 192.0.2.1:80 -s rr\n+ -a -t 192.0.2.1:80 -r 10.0.0.1:80 -m -w 1\nweb: revision 1 is pushed\n',
      errors: '',
    })
    const second = await machine.push(TWO)
    expect(second.output).toBe('+ -a -t 192.0.2.1:80 -r 10.0.0.2:80 -m -w 1\nweb: revision 2 is pushed\n')
    const record = valueAt(keys.revision('web', 1))
    expect(record).toMatchObject({ revision: 1, author: 'alice', message: 'first' })
    expect(Math.abs(Date.parse(record.time) - Date.now())).toBeLessThan(3_600_000)
    expect(textOf(etcd.keys.get(keys.document('web', record.document))!)).toBe(ONE)
    expect(valueAt(keys.current('web'))).toMatchObject({ revision: 2 })
    expect([...etcd.keys.keys()].every((key) => key.startsWith(PREFIX))).toBe(true)
  })

  it('commits nothing that changes nothing', async () => {
    await machine.push(ONE)
    const before = etcd.revision
    expect((await machine.push(ONE)).output).toBe(
      'web: revision 1 has these rules already; nothing was pushed\n',
    )
    expect(etcd.revision).toBe(before)
  })

  it('only prints with --dry-run', async () => {
    expect(await machine.push(ONE, { 'dry-run': true })).toMatchObject({ outcome: 'different', errors: '' })
    expect(etcd.revision).toBe(1)
  })

  it.each([
    ['an error', '-A -t 192.0.2.1:80 -s\n', /^line 1: .*nothing was pushed\n$/s],
    ['no services', '# none\n', /there are no services in the file/],
    ['more than etcd takes', `${ONE}#${'x'.repeat(10_000_000)}\n`, /has 1\d{7} bytes; etcd takes 1500000/],
  ])('refuses a file with %s', async (_, text, message) => {
    const { outcome, errors } = await machine.push(text)
    expect(outcome).toBe('refused')
    expect(errors).toMatch(message)
    expect(etcd.revision).toBe(1)
  })

  it('takes a document that is as long as a document may be', async () => {
    const text = `${ONE}#${'x'.repeat(1_500_000 - ONE.length - 2)}\n`
    expect(await machine.push(text)).toMatchObject({ outcome: 'done', errors: '' })
  })

  it('loses against a push that was faster, says whose, and changes nothing', async () => {
    await machine.push(ONE)
    machine.beforeCommit = async () => {
      await new FleetMachine(etcd).push(TWO, { message: 'urgent', author: 'bob' })
    }
    const { outcome, errors } = await machine.push(TWO.replaceAll('10.0', '10.1'))
    expect(outcome).toBe('refused')
    expect(errors).toBe(
      'fleet: web: somebody else was faster with revision 2 (bob: urgent); nothing was pushed: look at fleet diff, and push again\n',
    )
    expect(valueAt(keys.current('web')).revision).toBe(2)
    expect(etcd.keys.has(keys.revision('web', 3))).toBe(false)
  })

  it('knows its own push again when the answer was lost', async () => {
    machine.beforeCommit = async () => {
      machine.connection!.lostAnswers = 1
    }
    expect((await machine.push(ONE)).output).toMatch(/revision 1 is pushed\n$/)
    expect(valueAt(keys.current('web')).revision).toBe(1)
  })

  it('says that it does not know, when nothing answers any more', async () => {
    machine.beforeCommit = async () => machine.connection!.cut()
    const { outcome, errors } = await machine.push(ONE)
    expect(outcome).toBe('failed')
    expect(errors).toMatch(/fleet history shows whether it was committed\n$/)
  })

  it.each([
    ['keys of something else', `${PREFIX}registry`, 'x', /not a fleet's: it has the key \/test\/registry/],
    ['another format', keys.format, '{"program":"ipvsadm","format":2}', /not the format of this program/],
  ])('leaves a prefix with %s alone', async (_, key, value, message) => {
    etcd.transact([], [{ put: key, value }])
    const { outcome, errors } = await machine.push(ONE)
    expect([outcome, etcd.keys.size]).toEqual(['failed', 1])
    expect(errors).toMatch(message)
  })

  it('leaves a pointer alone that is not one', async () => {
    await machine.push(ONE)
    etcd.transact([], [{ put: keys.current('web'), value: 'mine' }])
    const { errors } = await machine.push(TWO)
    expect(errors).toBe('fleet: /test/groups/web/current: not a value of a fleet: no JSON\n')
    expect(textOf(etcd.keys.get(keys.current('web'))!)).toBe('mine')
  })
})

describe('a rollout', () => {
  const rollout = (): Rollout => valueAt(keys.rollout('web'))

  it('is planned over the directors that are alive, and followed until it is done', async () => {
    await machine.push(ONE)
    for (const name of ['c', 'a', 'b']) report(name, {}, { down: name === 'b' ? 1 : 0 })
    const pushed = machine.push(TWO, { canary: '1', batch: '50%', wait: '5s' })
    await until(() => machine.written.output.includes('wave 1'), pushed)
    expect(rollout()).toMatchObject({
      revision: 2,
      from: { revision: 1 },
      waves: [['a'], ['b', 'c']],
      wave: 0,
      state: 'running',
      wait: 5,
      down: { a: 0, b: 1, c: 0 },
    })
    etcd.transact([], [{ put: keys.rollout('web'), value: writeValue({ ...rollout(), state: 'done' }) }])
    const { outcome, output } = await pushed
    expect(outcome).toBe('done')
    expect(output).toMatch(
      /web: revision 2 is being rolled out\nweb: wave 1 of 2: a\nweb: revision 2 is rolled out\n$/,
    )
  })

  it('that fails is reported with its reason and status 1', async () => {
    await machine.push(ONE)
    report('a', {})
    const pushed = machine.push(TWO, { canary: '1' })
    await until(() => machine.written.output.includes('wave 1'), pushed)
    const failed = { ...rollout(), state: 'failed' as const, reason: 'a: EINVAL' }
    etcd.transact([], [{ put: keys.rollout('web'), value: writeValue(failed) }])
    const { outcome, output } = await pushed
    expect(outcome).toBe('found')
    expect(output).toMatch(/web: revision 2 failed: a: EINVAL; all go back to revision 1\n$/)
    // The next one starts from what counts, and the rules that failed can be pushed again.
    const next = await machine.push(TWO)
    expect(next.output).toBe('+ -a -t 192.0.2.1:80 -r 10.0.0.2:80 -m -w 1\nweb: revision 3 is pushed\n')
    expect(etcd.keys.has(keys.rollout('web'))).toBe(false)
  })

  it('goes on when the one who waits for it goes away', async () => {
    await machine.push(ONE)
    report('a', {})
    const pushed = machine.push(TWO, { batch: '1' })
    await until(() => machine.written.output.includes('wave 1'), pushed)
    machine.signal('SIGINT')
    expect(await pushed).toMatchObject({ outcome: 'SIGINT' })
    expect(rollout().state).toBe('running')
  })

  it('gives way to the next push', async () => {
    await machine.push(ONE)
    report('a', {})
    await machine.push(TWO, { batch: '1', detach: true })
    const { errors } = await machine.push(TWO.replaceAll('10.0', '10.1'), { batch: '1', detach: true })
    expect(errors).toBe('fleet: the rollout of revision 2 ends; this revision takes its place\n')
    expect(rollout()).toMatchObject({ revision: 3, from: { revision: 1 } })
  })

  it.each([
    [{ canary: 'x' }, /invalid number/],
    [{ canary: '-1' }, /invalid number/],
    [{ canary: '0x1' }, /invalid number/],
    [{ canary: '1', patience: '0' }, /invalid time `0'/],
    [{ wait: '5s' }, /--wait is of a rollout/],
    [{ batch: '0%' }, /invalid batch/],
    [{ batch: '101%' }, /invalid batch/],
    [{ canary: '1', wait: 'long' }, /invalid time/],
  ])('with the words %j is refused', async (words, message) => {
    await machine.push(ONE)
    const { outcome, errors } = await machine.push(TWO, words)
    expect(outcome).toBe('refused')
    expect(errors).toMatch(message)
  })

  it('of the first revision, or over no directors, is refused before the changes are shown', async () => {
    const words = { canary: '1', 'dry-run': true }
    expect(await machine.push(ONE, words)).toMatchObject({ outcome: 'refused', output: '' })
    expect((await machine.push(ONE, { canary: '1' })).errors).toMatch(/nothing to go back to/)
    await machine.push(ONE)
    expect((await machine.push(TWO, { canary: '1' })).errors).toMatch(/has no directors yet/)
  })
})

describe('revisions', () => {
  beforeEach(async () => {
    await machine.push(ONE, { message: 'first' })
    await machine.push(TWO, { message: 'second', author: 'bob' })
  })

  it('are listed, the newest first', async () => {
    const { output } = await machine.type('history')
    expect(output.split('\n').map((line) => line.replace(/\d+s ago/, 'now').replace(/ +/g, ' '))).toEqual([
      '* 2 now bob second',
      ' 1 now alice first',
      '',
    ])
    const { output: text } = await machine.type('history', undefined, { json: true })
    expect(JSON.parse(text).map(({ revision }: { revision: number }) => revision)).toEqual([2, 1])
  })

  it.each([
    [keys.revision('web', 1), 'no JSON', ['2']],
    [keys.rollout('web'), 'no JSON', ['2', '1']],
    [keys.current('web'), 'no JSON', ['2', '1']],
  ])('are listed without a key of another shape: %s', async (key, why, kept) => {
    etcd.transact([], [{ put: key, value: '{' }])
    const { outcome, output, errors } = await machine.type('history')
    expect(
      output
        .trimEnd()
        .split('\n')
        .map((line) => /\d+/.exec(line)?.[0]),
    ).toEqual(kept)
    expect([outcome, errors]).toEqual(['found', `fleet: ${key}: not a value of a fleet: ${why}\n`])
    const typed = await machine.type('history', undefined, { json: true })
    expect(JSON.parse(typed.output)).toHaveLength(kept.length)
  })

  it('that are named need no other key', async () => {
    etcd.transact([], [{ put: keys.rollout('web'), value: '{' }])
    expect((await machine.type('show', '1')).output).toBe(ONE)
    // Which of them counts is not known.
    expect((await machine.type('show')).errors).toMatch(/rollout: not a value of a fleet: no JSON/)
    etcd.transact([], [{ put: keys.revision('web', 1), value: '{' }])
    expect((await machine.type('show', '1')).errors).toMatch(/00000001: not a value of a fleet: no JSON/)
  })

  it('are shown, byte for byte', async () => {
    expect((await machine.type('show', '1')).output).toBe(ONE)
    expect((await machine.type('show')).output).toBe(TWO)
    expect((await machine.type('show', '3')).errors).toMatch(/web has no revision 3/)
    expect((await machine.type('show', 'x')).errors).toMatch(/invalid revision/)
  })

  it('are compared with the current one', async () => {
    expect(await machine.type('diff', '1')).toMatchObject({
      outcome: 'different',
      output: '- -d -t 192.0.2.1:80 -r 10.0.0.2:80\n',
    })
    expect(await machine.type('diff', '2')).toMatchObject({ outcome: 'done', output: '' })
  })

  it('are taken back by a new one with the old document', async () => {
    const { output } = await machine.type('rollback', '1')
    expect(output).toBe('- -d -t 192.0.2.1:80 -r 10.0.0.2:80\nweb: revision 3 is pushed\n')
    expect(valueAt(keys.revision('web', 3))).toMatchObject({ restores: 1, message: 'rollback to revision 1' })
    expect(valueAt(keys.current('web')).document).toBe(valueAt(keys.revision('web', 1)).document)
  })

  it('belong to a group, which must be named if there are several', async () => {
    await machine.push(ONE, { group: 'dns' })
    expect((await machine.type('show')).errors).toBe('fleet: which group? --group dns, --group web\n')
    expect((await machine.type('show', undefined, { group: 'dns' })).output).toBe(ONE)
    expect((await machine.push(ONE, { group: 'a/b' })).errors).toMatch(/invalid group/)
  })

  it('with a document that somebody has changed are not used', async () => {
    const { document } = valueAt(keys.current('web'))
    etcd.transact([], [{ put: keys.document('web', document), value: ONE }])
    expect((await machine.type('show')).errors).toMatch(/the content has another digest/)
  })
})

describe('status', () => {
  const status = async () => {
    const { outcome, output } = await machine.type('status', undefined, { json: true })
    const value = JSON.parse(output)
    expect([validate(value), validate.errors]).toEqual([true, null])
    const [group] = value.groups
    return {
      outcome,
      ...(value.problems.length > 0 && { problems: value.problems }),
      states: Object.fromEntries(
        group.directors.map(({ name, state }: { name: string; state: string }) => [name, state]),
      ),
    }
  }

  it('is 0 when all have the current revision', async () => {
    await machine.push(ONE, { message: 'why' })
    report('a', {})
    const { outcome, output } = await machine.type('status')
    expect(outcome).toBe('done')
    expect(output.replace(/pushed \d+s ago/, 'pushed now').split('\n')).toEqual([
      'web: revision 1, pushed now by alice: why',
      '  director  revision  state    down    held  differences  seen',
      '  a         1         current  0 of 1  0     0            0s ago',
      '',
    ])
  })

  it('is 1 when one is behind, applies it, refuses it, or has gone', async () => {
    await machine.push(ONE)
    await machine.push(TWO)
    report('behind', { revision: 1 })
    report('current', { revision: 2 })
    report('applying', { revision: 2, result: 'applying' })
    report('refused', { revision: 2, result: 'refused', errors: ['EINVAL'] })
    report('gone', { revision: 2 }, {}, 1)
    await clock.advance(2000)
    expect(await status()).toEqual({
      outcome: 'found',
      states: {
        behind: 'behind',
        current: 'current',
        applying: 'applying',
        refused: 'refused',
        gone: 'gone',
      },
    })
    expect((await machine.type('status')).output).toMatch(/\n {2}refused: EINVAL\n$/)
    expect((await machine.type('forget', 'current')).errors).toMatch(/current is alive/)
    expect((await machine.type('forget', 'gone')).output).toBe('gone is forgotten\n')
    expect((await status()).states).not.toHaveProperty('gone')
  })

  it.each<Partial<DirectorReport>>([
    { groups: { web: { revision: '\u001b[2J', document: '', result: 'applied', errors: [] } } } as never,
    { groups: { web: { revision: 1, document: '', result: 'applied', errors: [7] } } } as never,
    { groups: { web: { revision: 1, document: '', result: '\u001b[2J', errors: [] } } } as never,
    { differences: { count: '\u001b[2J', lines: [] } } as never,
  ])('leaves out a report of another shape: %j', async (more) => {
    await machine.push(ONE)
    report('a', {})
    report('b', {}, more)
    const said = await status()
    expect(said.problems).toEqual([
      `${keys.director('b')}: not a value of a fleet: no ${Object.keys(more)[0]}`,
    ])
    expect(said.states).toEqual({ a: 'current', b: 'gone' })
    expect((await machine.type('status')).output).not.toContain('\u001b')
  })

  it('leaves out keys whose names are not those of a fleet', async () => {
    await machine.push(ONE)
    report('a', {})
    const own = (key: string) => etcd.keys.get(key)!.value
    const names = ['\u001b[2J', 'x/a', '', 'a b']
    etcd.transact(
      [],
      names.flatMap((name) => [
        { put: keys.director(name), value: own(keys.director('a')) },
        { put: keys.member(`${name}\n`), value: own(keys.member('a')) },
        { put: keys.rival(name, 7n), value: '{"host":"h"}' },
        { put: keys.current(name), value: own(keys.current('web')) },
      ]),
    )
    expect((await status()).states).toEqual({ a: 'current' })
    const { outcome, output } = await machine.type('status')
    expect([outcome, output.split('\n')]).toEqual(['done', expect.any(Array)])
    expect(output.split('\n')).toHaveLength(4)
    expect((await machine.type('history')).outcome).toBe('done')
  })

  it.each<Record<string, unknown>>([
    { state: '\u001b[2J' },
    { reason: 7, state: 'failed' },
    { waves: [['\u001b[2J']] },
    { wave: 0.5 },
  ])('takes no rollout of another shape, and shows the rest: %j', async (wrong) => {
    await machine.push(ONE)
    report('a', {})
    await machine.push(TWO, { canary: '1', detach: true })
    const value = JSON.stringify({ ...valueAt(keys.rollout('web')), ...wrong })
    etcd.transact([], [{ put: keys.rollout('web'), value }])
    await machine.push(ONE, { group: 'dns' })
    const [name] = Object.keys(wrong)
    const problem = `${keys.rollout('web')}: not a value of a fleet: no ${name}`
    const { outcome, output, errors } = await machine.type('status')
    expect([outcome, errors]).toEqual(['found', ''])
    expect(output).toMatch(/^dns: revision 1, pushed /)
    expect(output).toContain('\nweb: revision 2, pushed ')
    expect(output.match(/^ {2}a {2}.*(behind|wrong)/m)).not.toBeNull()
    expect(output.endsWith(`\n\n${problem}\n`)).toBe(true)
    expect((await status()).problems).toEqual([problem])
  })

  it.each<[string, (name: string) => string, RegExp]>([
    ['pointer', () => keys.current('web'), /^web: no revision yet\n/],
    ['revision', () => keys.revision('web', 1), /^web: revision 1\n/],
    ['report', keys.director, /\n {2}a +1 +gone /],
    ['member', keys.member, /^web: revision 1, pushed .*\n {2}director.*\n {2}a +1 +current /],
    ['rival', (name) => keys.rival(name, 7n), /\n {2}a +1 +current /],
  ])('takes no %s of another shape, and shows the rest', async (_, keyOf, rest) => {
    await machine.push(ONE)
    report('a', {})
    const key = keyOf('a')
    etcd.transact([], [{ put: key, value: '{' }])
    const problem = `${key}: not a value of a fleet: no JSON`
    const { outcome, output } = await machine.type('status')
    expect([outcome, output]).toEqual(['found', expect.stringMatching(rest)])
    expect(output.split('\n').filter((line) => line.includes('not a value'))).toEqual([problem])
    expect((await status()).problems).toEqual([problem])
  })

  it('shows control characters of a time', async () => {
    await machine.push(ONE)
    const record = JSON.stringify({ ...valueAt(keys.revision('web', 1)), time: '\u001b[2J' })
    etcd.transact([], [{ put: keys.revision('web', 1), value: record }])
    for (const action of ['status', 'history']) {
      const { output } = await machine.type(action)
      expect(output).toContain('at \\x1b[2J')
      expect(output).not.toContain('\u001b')
    }
  })

  it('says how a rollout is going', async () => {
    await machine.push(ONE)
    report('a', {})
    report('b', {})
    await machine.push(TWO, { canary: '1', detach: true })
    report('a', { revision: 2 })
    expect(await status()).toEqual({ outcome: 'found', states: { a: 'current', b: 'waiting' } })
    expect((await machine.type('status')).output).toMatch(/revision 2 is being rolled out: wave 1 of 2\n/)
    const failed = { ...valueAt(keys.rollout('web')), state: 'failed', reason: 'a: EINVAL' }
    etcd.transact([], [{ put: keys.rollout('web'), value: JSON.stringify(failed) }])
    expect(await status()).toEqual({ outcome: 'found', states: { a: 'behind', b: 'current' } })
    expect((await machine.type('status')).output).toMatch(/the rollout of revision 2 failed: a: EINVAL\n/)
  })

  it('with --watch prints each change', async () => {
    await machine.push(ONE)
    const watched = machine.type('status', undefined, { watch: true })
    const written = machine.written
    await until(() => written.output.includes('no directors'), watched)
    report('a', {})
    await until(() => written.output.includes('current'), watched)
    machine.signal('SIGINT')
    expect(await watched).toMatchObject({ outcome: 'SIGINT' })
  })

  it('shows a group that has no revision yet, with those that wait for one', async () => {
    await machine.push(ONE)
    report('a', {})
    report('b', {}, { groups: { new: { revision: 0, document: '', result: 'applying', errors: [] } } })
    const { outcome, output } = await machine.type('status', undefined, { group: 'new' })
    expect(outcome).toBe('found')
    expect(output.replaceAll(/ +/g, ' ').split('\n')).toEqual([
      'new: no revision yet',
      ' director revision state down held differences seen',
      ' b - waiting 0 of 1 0 0 0s ago',
      '',
    ])
    expect((await machine.type('status', undefined, { group: 'none' })).errors).toMatch(/no group none/)
  })

  it('takes no word of the language for a group', async () => {
    await machine.push(ONE)
    await machine.push(ONE, { group: 'constructor' })
    report('a', {})
    const { output } = await machine.type('status', undefined, { group: 'constructor' })
    expect(output).toMatch(/there are no directors yet/)
    const { errors } = await machine.type('diff', undefined, { group: 'constructor', director: 'a' })
    expect(errors).toMatch(/a is not alive in the group constructor/)
  })

  it('leaves keys of something else alone, also for those who only look', async () => {
    etcd.transact([], [{ put: `${PREFIX}registry`, value: 'x' }])
    const { outcome, errors } = await machine.type('status')
    expect([outcome, errors]).toEqual(['failed', expect.stringMatching(/not a fleet's/)])
  })

  it('passes over the key of a director that is not one', async () => {
    await machine.push(ONE)
    report('a', {})
    etcd.transact([], [{ put: keys.director('b'), value: '[]' }])
    expect((await status()).states).toEqual({ a: 'current' })
  })
})

it('compares the live table of a director with its rules, as it has reported it', async () => {
  await machine.push(ONE)
  report('a', {}, { differences: { count: 2, lines: ['~ -e one'] } })
  expect(await machine.type('diff', undefined, { director: 'a' })).toEqual({
    outcome: 'different',
    output: '~ -e one\n# and 1 more\n',
    errors: '',
  })
  await machine.push(TWO)
  expect((await machine.type('diff', '2', { director: 'a' })).output).toBe(
    '+ -a -t 192.0.2.1:80 -r 10.0.0.2:80 -m -w 1\n',
  )
  expect((await machine.type('diff', undefined, { director: 'b' })).errors).toMatch(/b is not alive/)
  etcd.transact([], [{ put: keys.director('b'), value: '{' }])
  const { errors } = await machine.type('diff', undefined, { director: 'b' })
  expect(errors).toBe(`fleet: ${keys.director('b')}: not a value of a fleet: no JSON\n`)
  etcd.transact([], [{ put: keys.member('b'), value: '{' }])
  expect((await machine.type('forget', 'b')).errors).toMatch(/b is alive/)
  report('a', {}, { differences: { count: 1, lines: ['\u001b[2J\n+ -A'] } })
  expect((await machine.type('diff', undefined, { director: 'a' })).output).toBe('\\x1b[2J\\x0a+ -A\n')
})

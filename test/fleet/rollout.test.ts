// Rollouts: who is to have which revision, waves, and what follows from the reports.
import { describe, expect, it } from '@jest/globals'
import type { DirectorReport, GroupReport, Rollout } from '../../lib/fleet/fleet-values.ts'
import { type RolloutStep, stepRollout, type WaveWatch } from '../../lib/fleet/rollout-step.ts'
import { settledRevision, targetOf, wavesOf } from '../../lib/fleet/target.ts'

const OLD = { revision: 6, document: 'old' }
const NEW = { revision: 7, document: 'new' }
const ROLLOUT: Rollout = {
  revision: 7,
  from: OLD,
  waves: [['a'], ['b', 'c']],
  wave: 0,
  state: 'running',
  wait: 30,
  patience: 60,
  down: { a: 1 },
}

describe('a director is to have', () => {
  it('nothing without a revision, and the current one without a rollout', () => {
    expect(targetOf(undefined, undefined, 'a')).toBeUndefined()
    expect(targetOf(NEW, undefined, 'a')).toBe(NEW)
  })

  it('the current revision when its wave has begun, the former one until then', () => {
    expect(['a', 'b', 'new'].map((name) => targetOf(NEW, ROLLOUT, name))).toEqual([NEW, OLD, OLD])
    const next = { ...ROLLOUT, wave: 1 }
    expect(['a', 'b', 'new'].map((name) => targetOf(NEW, next, name))).toEqual([NEW, NEW, OLD])
  })

  it('the current revision after a rollout that is done, the former one after one that failed', () => {
    const names = ['a', 'b', 'new']
    expect(names.map((name) => targetOf(NEW, { ...ROLLOUT, state: 'done' }, name))).toEqual([NEW, NEW, NEW])
    expect(names.map((name) => targetOf(NEW, { ...ROLLOUT, state: 'failed' }, name))).toEqual([OLD, OLD, OLD])
  })

  it('the current revision, if the rollout is of another one', () => {
    expect(targetOf({ revision: 8, document: 'newer' }, ROLLOUT, 'b')).toMatchObject({ revision: 8 })
  })
})

it('counts the former revision as settled when the rollout has failed', () => {
  expect(settledRevision(NEW, ROLLOUT)).toBe(NEW)
  expect(settledRevision(NEW, { ...ROLLOUT, state: 'failed' })).toBe(OLD)
  expect(settledRevision({ ...NEW, revision: 8 }, { ...ROLLOUT, state: 'failed' })).toMatchObject({
    revision: 8,
  })
})

it('forms waves', () => {
  const names = ['e', 'd', 'c', 'b', 'a']
  const waves = (canary: number, batch: Parameters<typeof wavesOf>[1]['batch']) =>
    wavesOf(names, { canary, batch }).map((wave) => wave.join(''))
  expect(waves(1, { percent: 25 })).toEqual(['a', 'bc', 'de'])
  expect(waves(1, { percent: 100 })).toEqual(['a', 'bcde'])
  expect(waves(0, { count: 2 })).toEqual(['ab', 'cd', 'e'])
  expect(waves(9, { count: 2 })).toEqual(['abcde'])
  expect(waves(0, { percent: 1 })).toEqual(['a', 'b', 'c', 'd', 'e'])
  // 0.07 of 100 is more than 7 in floating point.
  const hundred = Array.from({ length: 100 }, (_, i) => `${i}`)
  expect(wavesOf(hundred, { canary: 0, batch: { percent: 7 } })[0]).toHaveLength(7)
})

const report = (
  name: string,
  group: Partial<GroupReport>,
  more: Partial<DirectorReport> = {},
): DirectorReport => ({
  name,
  host: 'host',
  version: '',
  started: '',
  written: '',
  groups: { web: { ...NEW, result: 'applied', errors: [], ...group } },
  table: '',
  differences: { count: 0, lines: [] },
  held: 0,
  servers: 5,
  down: 0,
  ...more,
})

/** Steps of a rollout, with the time that passes between. */
class Carried {
  rollout = ROLLOUT
  #watch: WaveWatch | undefined
  now = 1000

  step(...reports: DirectorReport[]): RolloutStep {
    const step = stepRollout(
      'web',
      this.rollout,
      new Map(reports.map((each) => [each.name, each])),
      this.#watch,
      this.now,
    )
    if (step.kind === 'wait') this.#watch = step.watch
    else this.rollout = step.rollout
    return step
  }
}

describe('a wave', () => {
  it('is over when all of it have been well for the time to wait; the last one ends the rollout', () => {
    const carried = new Carried()
    expect(carried.step(report('a', OLD))).toMatchObject({ kind: 'wait', look: 61_000 })
    carried.now = 20_000
    expect(carried.step(report('a', { result: 'applying' }))).toMatchObject({ kind: 'wait', look: 61_000 })
    expect(carried.step(report('a', {}))).toMatchObject({ kind: 'wait', look: 50_000 })
    carried.now = 50_000
    expect(carried.step(report('a', {}))).toMatchObject({
      kind: 'write',
      rollout: { wave: 1, state: 'running' },
    })
    const all = ['a', 'b', 'c'].map((name) => report(name, {}))
    expect(carried.step(...all)).toMatchObject({ kind: 'wait', look: 80_000 })
    carried.now = 80_000
    expect(carried.step(...all)).toMatchObject({ kind: 'write', rollout: { state: 'done' } })
  })

  it('begins its time anew for another carrier, which has another clock', () => {
    const carried = new Carried()
    carried.step(report('a', {}))
    const other = stepRollout('web', ROLLOUT, new Map([['a', report('a', {})]]), undefined, 5)
    expect(other).toMatchObject({ kind: 'wait', look: 30_005 })
  })

  it('begins its time anew when somebody has not been well meanwhile', () => {
    const carried = new Carried()
    carried.step(report('a', {}))
    carried.now = 11_000
    carried.step(report('a', { result: 'applying' }))
    carried.now = 21_000
    expect(carried.step(report('a', {}))).toMatchObject({ look: 51_000 })
  })

  it.each([
    ['the kernel refuses it', [report('a', { result: 'refused', errors: ['EINVAL'] })], 'a: EINVAL'],
    ['the document is wrong', [report('a', { result: 'wrong', errors: ['line 3'] })], 'a: line 3'],
    ['more servers are down', [report('a', {}, { down: 2 })], 'a: 2 servers are down, 1 before'],
    ['a director has gone', [report('b', OLD)], 'a has gone'],
  ])('fails if %s', (_, reports, reason) => {
    expect(new Carried().step(...reports)).toEqual({
      kind: 'write',
      rollout: { ...ROLLOUT, state: 'failed', reason },
    })
  })

  it('fails if a director does not apply it in time', () => {
    const carried = new Carried()
    carried.step(report('a', OLD))
    carried.now = 61_000
    expect(carried.step(report('a', OLD))).toMatchObject({
      rollout: { state: 'failed', reason: 'a has not applied it in 60 s' },
    })
  })

  it('fails if one of an earlier wave gets worse, and does not look at those that wait', () => {
    const carried = new Carried()
    carried.rollout = { ...ROLLOUT, wave: 1 }
    const [b, c] = [report('b', {}), report('c', {})]
    expect(carried.step(report('a', {}, { down: 3 }), b, c)).toMatchObject({ rollout: { state: 'failed' } })
    const early = new Carried()
    expect(early.step(report('a', {}), report('b', OLD, { down: 5 }))).toMatchObject({ kind: 'wait' })
  })
})

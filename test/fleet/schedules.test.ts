// Random schedules of pushes, rollouts and faults over directors in this process, judged by a small model: the history of
// the store says which revision each director was to have at each moment, and what a director has taken must be a
// subsequence of that. In the end every director that is alive has exactly the table of the current revision.
import { expect, it } from '@jest/globals'
import type { RevisionRef, Rollout } from '../../lib/fleet/fleet-values.ts'
import { type StoreEvent, textOf } from '../../lib/fleet/store.ts'
import { settledRevision, targetOf } from '../../lib/fleet/target.ts'
import { type Director, FleetWorld, keys, rulesWith, tableWith } from './support/fleet-world.ts'

const RUNS = process.env.IPVSADM_LONG ? 100 : 4
const STEPS = 25
const NAMES = ['a', 'b', 'c', 'd', 'e']

/** A generator of numbers below another one, from a seed (mulberry32). */
function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), 1 | state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return Math.floor((((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

class Schedule {
  readonly world: FleetWorld
  readonly story: string[] = []
  /** The weights of each revision. */
  readonly revisions = new Map<number, readonly number[]>()
  readonly #random: (below: number) => number
  #weight = 1

  constructor(world: FleetWorld, seed: number) {
    this.world = world
    this.#random = random(seed)
  }

  #some(): Director {
    return this.world.directors[this.#random(NAMES.length)]!
  }

  /** Servers only come or change, so that a table is one of a revision, or in the middle of a change. */
  #weights(): number[] {
    this.#weight++
    return [this.#weight, ...Array.from({ length: this.#random(3) }, () => 1 + this.#random(9))]
  }

  async #push(more: Readonly<Record<string, unknown>> = {}): Promise<void> {
    const weights = this.#weights()
    const { output, errors } = await this.world.push(rulesWith(...weights), more)
    const revision = Number(/revision (\d+) is /.exec(output)?.[1])
    if (Number.isInteger(revision)) this.revisions.set(revision, weights)
    this.story.push(`push ${weights} ${JSON.stringify(more)}: ${revision} ${errors.trim()}`)
  }

  /** Two at once: exactly one wins. */
  async #race(): Promise<void> {
    const [first, second] = [this.#weights(), this.#weights()]
    const before = this.world.value<RevisionRef>(keys.current('web'))?.revision ?? 0
    this.world.machine.beforeCommit = async () => {
      const { FleetMachine } = await import('./support/fleet-machine.ts')
      await new FleetMachine(this.world.etcd).push(rulesWith(...second))
    }
    const { outcome } = await this.world.push(rulesWith(...first))
    expect(outcome).toBe('refused')
    this.revisions.set(before + 1, second)
    this.story.push(`race ${second} before ${first}`)
  }

  readonly #acts: readonly (() => Promise<void> | void)[] = [
    () => this.#push(),
    () => this.#race(),
    () => this.#push({ canary: '1', batch: '40%', wait: `${this.#random(10)}s`, patience: '40s' }),
    () => this.#push({ batch: '2', wait: '1s', patience: '30s' }),
    () => {
      const director = this.#some()
      this.story.push(`cut ${director.name}`)
      if (director.isAlive) director.connection.cut()
    },
    () => this.#restore(),
    () => this.#restore(),
    () => {
      const director = this.#some()
      const changes = this.#random(4)
      this.story.push(`kill ${director.name} at change ${changes}`)
      if (director.isAlive) director.killAtChange(changes)
    },
    () => {
      const director = this.#some()
      this.story.push(`kill ${director.name}`)
      director.kill()
    },
    () => this.#start(),
    () => this.#start(),
    async () => {
      const keep = `${1 + this.#random(3)}`
      const { outcome } = await this.world.machine.type('prune', undefined, { group: 'web', keep })
      expect(outcome).toBe('done')
      this.story.push(`prune ${keep}`)
    },
    () => {
      this.story.push('compact')
      this.world.etcd.compact()
    },
    () => {
      const director = this.#some()
      director.isDiskFull = !director.isDiskFull
      this.story.push(`disk of ${director.name} ${director.isDiskFull ? 'full' : 'free'}`)
    },
    () => {
      const director = this.#some()
      const n = 1 + this.#random(5)
      this.story.push(`the kernel of ${director.name} refuses request ${n}`)
      director.kernel.failAt(n, 12)
    },
    () => {
      const director = this.#some()
      this.story.push(`the table of ${director.name} is gone`)
      director.kernel.removeFamily()
      director.kernel.addFamily()
    },
  ]

  async #restore(): Promise<void> {
    this.story.push('restore')
    for (const director of this.world.directors) if (director.isAlive) director.connection.restore()
  }

  async #start(): Promise<void> {
    const director = this.#some()
    if (director.isAlive) return
    this.story.push(`start ${director.name}`)
    await director.start(this.#random(3) > 0)
  }

  async run(): Promise<void> {
    await this.#push()
    for (let step = 0; step < STEPS; step++) {
      await this.#acts[this.#random(this.#acts.length)]!()
      const time = [0, 100, 3000, 15_000][this.#random(4)]!
      await this.world.pass(time)
      this.story.push(`  ${time} ms`)
    }
  }

  /** Everything works again. */
  async end(): Promise<void> {
    this.story.push('end')
    for (const director of this.world.directors) {
      director.isDiskFull = false
      director.kernel.meanwhile(undefined)
      if (!director.isAlive) await director.start()
      director.connection.restore()
    }
    await this.world.pass(200_000)
  }
}

/** The revisions that a director was to have, one after the other, by the history of the store. */
function targets(history: readonly (readonly StoreEvent[])[], director: string): number[] {
  let current: RevisionRef | undefined
  let rollout: Rollout | undefined
  const revisions: number[] = []
  for (const events of history) {
    for (const event of events) {
      const key = event.kind === 'put' ? event.entry.key : event.key
      const value = event.kind === 'put' ? event.entry : undefined
      if (key === keys.current('web')) current = value && JSON.parse(textOf(value))
      if (key === keys.rollout('web')) rollout = value && JSON.parse(textOf(value))
    }
    const target = targetOf(current, rollout, director)?.revision
    if (target !== undefined && target !== revisions.at(-1)) revisions.push(target)
  }
  return revisions
}

/**
 * Whether what was taken is a subsequence of all, where an element may be taken more than once. A copy may be older, if the
 * disk was full: it counts for itself.
 */
function isSubsequence(taken: readonly string[], all: readonly number[]): boolean {
  let at = 0
  for (const text of taken) {
    const revision = Number(text.split(':')[1])
    if (text.startsWith('copy')) {
      if (!all.includes(revision)) return false
      continue
    }
    const found = all.indexOf(revision, at)
    if (found < 0) return false
    at = found
  }
  return true
}

/** The revisions that are kept without their document. */
function lost({ etcd }: FleetWorld): string[] {
  const inUse = [keys.current('web'), keys.history('web')]
  return [...etcd.keys.values()]
    .filter(({ key }) => inUse.some((prefix) => key.startsWith(prefix)))
    .filter((entry) => !etcd.keys.has(keys.document('web', JSON.parse(textOf(entry)).document)))
    .map(({ key }) => key)
}

it('a subsequence may repeat and pass over, but not go back', () => {
  const web = (...revisions: readonly number[]) => revisions.map((revision) => `web:${revision}`)
  expect(isSubsequence(web(1, 1, 3), [1, 2, 3])).toBe(true)
  expect(isSubsequence(web(1, 3, 2), [1, 2, 3])).toBe(false)
  expect(isSubsequence(web(2, 1), [1, 2, 1])).toBe(true)
  expect(isSubsequence(['web:3', 'copy web:2', 'web:3'], [1, 2, 3])).toBe(true)
  expect(isSubsequence(['web:3', 'copy web:4'], [1, 2, 3])).toBe(false)
})

it(`${RUNS} schedules end with every director at the current revision`, async () => {
  const first = Number(process.env.IPVSADM_SEED ?? Math.floor(Math.random() * 2 ** 30))
  for (let seed = first; seed < first + RUNS; seed++) {
    const world = await FleetWorld.start(...NAMES)
    const schedule = new Schedule(world, seed)
    try {
      await schedule.run()
      await schedule.end()
      const current = world.value<RevisionRef>(keys.current('web'))!
      const rollout = world.value<Rollout>(keys.rollout('web'))
      if (rollout?.revision === current.revision) expect(rollout.state).not.toBe('running')
      const settled = settledRevision(current, rollout?.revision === current.revision ? rollout : undefined)!
      const wanted = tableWith(...schedule.revisions.get(settled.revision)!)
      for (const director of world.directors) {
        expect([director.name, director.table]).toEqual([director.name, wanted])
        expect(world.result(director.name)).toEqual({
          revision: settled.revision,
          result: 'applied',
          errors: [],
        })
        const all = targets(world.etcd.history, director.name)
        if (!isSubsequence(director.taken, all))
          throw new Error(`${director.name}: ${director.taken} is not of ${all}`)
      }
      expect(new Set(NAMES.map((name) => world.report(name)?.table)).size).toBe(1)
      expect(lost(world)).toEqual([])
      for (const director of world.directors) director.kill()
    } catch (error) {
      const text = `IPVSADM_SEED=${seed}: ${(error as Error).message}\n${schedule.story.join('\n')}`
      throw new Error(text)
    }
  }
})

// The schedule of the checks, on a clock that the test turns.
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { CheckResult, Scheduled } from '../../lib/agent/checks/health-check.ts'
import type { TcpPlan } from '../../lib/agent/config/config.ts'
import { DueQueue, Line } from '../../lib/agent/queues.ts'
import { createSchedule } from '../../lib/agent/schedule.ts'
import type { Address } from '../../lib/model/address.ts'
import { TestClock } from './support/test-clock.ts'

const PLAN: TcpPlan = {
  kind: 'tcp',
  interval: 2000,
  timeout: 1000,
  rise: 1,
  fall: 1,
  jitter: 0,
  address: undefined,
  port: undefined,
  source: undefined,
}
const UP: CheckResult = { up: true, detail: 'connected', ms: 1 }
const DOWN: CheckResult = { up: false, detail: 'timed out', ms: 1000 }

function entry(number: number, plan: Partial<TcpPlan> = {}): Scheduled {
  const address = `10.0.${number >> 8}.${number & 255}` as Address
  const id = { family: 'inet', address, port: 80 } as const
  const target = { ...id, service: { ...id, protocol: 'tcp' }, server: id } as const
  return { key: String(number), target, plan: { ...PLAN, ...plan } }
}

/** Lets all promises that are ready continue. */
const settled = () => new Promise<void>(setImmediate)

interface WorldOptions {
  readonly concurrency?: number
  readonly result?: CheckResult
  /** Checks end at the signal alone. */
  readonly hang?: boolean
  readonly random?: () => number
}

/** A schedule, and what it did. */
function world({ concurrency = 100, result = UP, hang = false, random = () => 0.5 }: WorldOptions = {}) {
  const clock = new TestClock()
  const begun: { readonly key: string; readonly at: number }[] = []
  const reports: { readonly key: string; readonly result: CheckResult; readonly at: number }[] = []
  const troubles: string[] = []
  const news: boolean[] = []
  let running = 0
  let most = 0
  const schedule = createSchedule({
    clock,
    concurrency,
    random,
    check: async ({ address, port }, _, signal) => {
      begun.push({ key: `${address}:${port}`, at: clock.now() - start })
      most = Math.max(most, ++running)
      if (hang && !signal.aborted) {
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      }
      running--
      return hang ? DOWN : result
    },
    report: (key, result) => reports.push({ key, result, at: clock.now() - start }),
    trouble: (key, _, isNew) => {
      troubles.push(key)
      news.push(isNew)
    },
  })
  const start = clock.now()
  return { clock, schedule, begun, reports, troubles, news, most: () => most, running: () => running }
}

describe('the schedule', () => {
  it('spreads the first checks over the interval, and repeats each after it', async () => {
    const { clock, schedule, begun } = world()
    schedule.replace([entry(0), entry(1), entry(2), entry(3)])
    await clock.advance(3999, settled)
    expect(begun.map(({ at }) => at)).toEqual([250, 750, 1250, 1750, 2250, 2750, 3250, 3750])
  })

  it('varies the interval by the jitter', async () => {
    const { clock, schedule, begun } = world()
    schedule.replace([entry(0, { jitter: 0.5 })])
    await clock.advance(10_000, settled)
    // A random number of one half varies nothing.
    expect(begun.map(({ at }) => at)).toEqual([1000, 3000, 5000, 7000, 9000])
  })

  it('varies it by no more, and both ways', async () => {
    const numbers = [0, 0, 0.75, 0.25, 1 - 2 ** -53]
    const { clock, schedule, begun } = world({ random: () => numbers.shift() ?? 0.5 })
    schedule.replace([entry(0, { jitter: 0.5 })])
    await clock.advance(8999, settled)
    // The first number spreads the first checks.
    expect(begun.map(({ at }) => Math.round(at))).toEqual([0, 1000, 3500, 5000, 8000])
  })

  it('ends a check at its timeout', async () => {
    const { clock, schedule, reports } = world({ hang: true })
    schedule.replace([entry(0)])
    await clock.advance(5000, settled)
    expect(reports).toEqual([
      { key: '0', result: DOWN, at: 2000 },
      { key: '0', result: DOWN, at: 4000 },
    ])
  })

  it('runs a bounded number at once, and the others in turn', async () => {
    const { clock, schedule, begun, most } = world({ hang: true, concurrency: 3 })
    schedule.replace(Array.from({ length: 12 }, (_, i) => entry(i)))
    await clock.advance(20_000, settled)
    expect(most()).toBe(3)
    // Each server gets its turn: 3 checks a second for 12 servers.
    const counts = new Map<string, number>()
    for (const { key } of begun) counts.set(key, (counts.get(key) ?? 0) + 1)
    expect(counts.size).toBe(12)
    expect(Math.max(...counts.values()) - Math.min(...counts.values())).toBeLessThanOrEqual(1)
  })

  it('keeps the turn of entries that stay, and starts others', async () => {
    const { clock, schedule, begun } = world()
    schedule.replace([entry(0), entry(1)])
    await clock.advance(600, settled)
    schedule.replace([entry(0), entry(1, { interval: 1000 }), entry(2)])
    await clock.advance(1950, settled)
    expect(begun).toEqual([
      { key: '10.0.0.0:80', at: 500 },
      { key: '10.0.0.1:80', at: 850 },
      { key: '10.0.0.1:80', at: 1850 },
      { key: '10.0.0.2:80', at: 2100 },
      { key: '10.0.0.0:80', at: 2500 },
    ])
  })

  it('reports nothing of an entry that has gone, and ends its check', async () => {
    const { clock, schedule, reports, running } = world({ hang: true })
    schedule.replace([entry(0)])
    await clock.advance(1500, settled)
    expect(running()).toBe(1)
    schedule.stop()
    await settled()
    expect(running()).toBe(0)
    await clock.advance(10_000, settled)
    expect(reports).toEqual([])
  })

  it('tells troubles of the machine apart from results', async () => {
    const { clock, schedule, reports, troubles } = world({
      result: { up: false, detail: 'too many open files', ms: 0, inconclusive: true },
    })
    schedule.replace([entry(0)])
    await clock.advance(1000, settled)
    expect({ reports, troubles }).toEqual({ reports: [], troubles: ['0'] })
  })

  it('says whether a trouble is new, also of a server that has come back', async () => {
    const { clock, schedule, news } = world({
      result: { up: false, detail: 'too many open files', ms: 0, inconclusive: true },
    })
    schedule.replace([entry(0)])
    await clock.advance(6000, settled)
    schedule.replace([])
    schedule.replace([entry(0)])
    await clock.advance(2000, settled)
    expect(news).toEqual([true, false, false, true])
  })

  it('takes a check that rejects for a trouble, and goes on', async () => {
    const clock = new TestClock()
    const troubles: string[] = []
    const schedule = createSchedule({
      clock,
      concurrency: 1,
      random: () => 0.5,
      check: () => Promise.reject(new Error('a defect')),
      report: () => {
        throw new Error('no result is expected')
      },
      trouble: (key, { detail }) => troubles.push(`${key} ${detail}`),
    })
    schedule.replace([entry(0)])
    await clock.advance(4000, settled)
    expect(troubles).toEqual(['0 internal error: Error: a defect', '0 internal error: Error: a defect'])
  })

  it('gives running checks more time when the process was held up', async () => {
    const { clock, schedule, reports } = world({ hang: true })
    schedule.replace([entry(0)])
    await clock.advance(1500, settled)
    clock.leap(60_000)
    await clock.advance(0, settled)
    expect(reports).toEqual([])
    await clock.advance(600, settled)
    expect(reports.map(({ at }) => at)).toEqual([61_600])
  })

  it('ends checks also while the process is held up again and again', async () => {
    const { clock, schedule, reports } = world({ hang: true })
    schedule.replace([entry(0), ...Array.from({ length: 20 }, (_, i) => entry(i + 1))])
    for (let i = 0; i < 40; i++) {
      clock.leap(150)
      await clock.advance(0, settled)
    }
    expect(new Set(reports.map(({ key }) => key)).size).toBe(21)
  })

  it('spreads the checks anew when the process was held up for long', async () => {
    const { clock, schedule, begun } = world()
    schedule.replace(Array.from({ length: 100 }, (_, i) => entry(i)))
    await clock.advance(2000, settled)
    const before = begun.length
    clock.leap(600_000)
    await clock.advance(0, settled)
    expect(begun.length - before).toBeLessThan(10)
    await clock.advance(2000, settled)
    expect(begun.length - before).toBeGreaterThanOrEqual(100)
  })

  it('sets one timer for ten thousand servers', async () => {
    let timers = 0
    const clock = new TestClock()
    const counting = {
      now: () => clock.now(),
      wall: () => clock.wall(),
      timer: (milliseconds: number, callback: () => void) => {
        timers++
        const cancel = clock.timer(milliseconds, () => {
          timers--
          callback()
        })
        return () => {
          timers--
          cancel()
        }
      },
    }
    let results = 0
    const schedule = createSchedule({
      clock: counting,
      concurrency: 100,
      random: () => 0.5,
      check: () => Promise.resolve(UP),
      report: () => {
        results++
      },
      trouble: () => {},
    })
    schedule.replace(Array.from({ length: 10_000 }, (_, i) => entry(i)))
    expect(timers).toBe(1)
    await clock.advance(50, settled)
    expect(timers).toBe(1)
    expect(results).toBe(250)
  })
})

describe('the queues', () => {
  it('give what is due first, and what came first', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.nat(50), fc.constant(undefined))), (steps) => {
        const due = new DueQueue<number>()
        const line = new Line<number>()
        const sorted: number[] = []
        const inOrder: number[] = []
        for (const step of steps) {
          if (step === undefined) {
            expect(due.take()).toBe(sorted.shift())
            expect(line.take()).toBe(inOrder.shift())
          } else {
            due.add(step, step)
            line.add(step)
            sorted.push(step)
            sorted.sort((a, b) => a - b)
            inOrder.push(step)
          }
          expect(due.next).toBe(sorted[0] ?? Number.POSITIVE_INFINITY)
        }
      }),
    )
  })
})

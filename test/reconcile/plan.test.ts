// Plans: they reach the wanted state, change nothing that is already right, and make before they break.
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { VirtualService } from '../../lib/model/virtual-service.ts'
import { rulesetOf } from '../../lib/reconcile/live-state.ts'
import { plan } from '../../lib/reconcile/plan.ts'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'
import { run } from '../support/run.ts'
import { tableOf } from '../support/table.ts'
import { ruleFile } from './arbitrary.ts'
import { subcommand } from './subcommand.ts'

const restore = (kernel: FakeKernel, input: string, words = '') =>
  run(kernel, words, { program: 'ipvsadm-restore', input })

const save = async (kernel: FakeKernel) => (await run(kernel, '-S -n')).stdout
/** Generated pairs of tables, each. */
const RUNS = 40
const DONE = { status: 0, stderr: '' }

describe('from any table to any other', () => {
  it('reaches the state of a restore into an empty table, after which the plan is empty', async () => {
    await fc.assert(
      fc.asyncProperty(ruleFile, ruleFile, async (first, second) => {
        const kernel = new FakeKernel()
        expect(await restore(kernel, first)).toMatchObject(DONE)
        expect(await restore(kernel, second)).toMatchObject(DONE)
        const fresh = new FakeKernel()
        expect(await restore(fresh, second)).toMatchObject(DONE)
        expect(kernel.snapshot()).toEqual(fresh.snapshot())
        expect(await restore(kernel, second, '-v')).toMatchObject({ ...DONE, stdout: '' })
        expect(await subcommand(kernel, 'diff', second)).toMatchObject({ ...DONE, stdout: '' })
      }),
      { numRuns: RUNS },
    )
  })

  it('keeps every service and server that is in both at all times', async () => {
    await fc.assert(
      fc.asyncProperty(ruleFile, ruleFile, async (first, second) => {
        const kernel = new FakeKernel()
        await restore(kernel, first)
        const before = kernel.requests.length
        const shared = new Set(first.split('\n').flatMap(idOf))
        const steps = (await restore(kernel, second, '-v')).stdout.split('\n')
        const wanted = new Set(second.split('\n').flatMap(idOf))
        for (const step of steps.filter((line) => line.startsWith('-'))) {
          const [id] = idOf(step.slice(2))
          expect(shared.has(id!) && wanted.has(id!)).toBe(false)
        }
        // Nothing is removed before all that is new is there.
        const kinds = kernel.requests.slice(before).map(({ command }) => `${command}`)
        const lastMade = kinds.findLastIndex((kind) => kind.startsWith('NEW_') || kind.startsWith('SET_'))
        const firstGone = kinds.findIndex((kind) => kind.startsWith('DEL_'))
        if (firstGone >= 0) expect(lastMade).toBeLessThan(firstGone)
      }),
      { numRuns: RUNS },
    )
  })

  it('prints lines that make the same changes', async () => {
    await fc.assert(
      fc.asyncProperty(ruleFile, ruleFile, async (first, second) => {
        const kernel = new FakeKernel()
        await restore(kernel, first)
        const { stdout } = await subcommand(kernel, 'diff', second)
        const rules = stdout.replace(/^..|^/gm, '')
        expect(await run(kernel, '-R', { input: rules })).toMatchObject({ ...DONE })
        const fresh = new FakeKernel()
        await restore(fresh, second)
        expect(kernel.snapshot()).toEqual(fresh.snapshot())
      }),
      { numRuns: RUNS },
    )
  })

  it('a saved table restores to itself', async () => {
    await fc.assert(
      fc.asyncProperty(ruleFile, async (rules) => {
        const kernel = new FakeKernel()
        await restore(kernel, rules)
        const saved = await save(kernel)
        expect(await restore(kernel, saved, '-v')).toMatchObject({ ...DONE, stdout: '' })
        const fresh = new FakeKernel()
        await restore(fresh, saved)
        expect(fresh.snapshot()).toEqual(kernel.snapshot())
      }),
      { numRuns: RUNS },
    )
  })
})

/** The entry of a rule, without its configuration. */
function idOf(line: string): string[] {
  const match = /^-[AaDd] (-f \d+(?: -6)?|\S+ \S+)(?: -r (\S+))?/.exec(line)
  return match ? [`${match[1]} ${match[2] ?? ''}`] : []
}

describe('one changed weight among many', () => {
  it('is one request', async () => {
    const lines = Array.from({ length: 300 }, (_, i) => [
      `-A -f ${i + 1} -s wrr`,
      ...Array.from({ length: 5 }, (_, j) => `-a -f ${i + 1} -r 198.51.100.${j + 1} -g -w 5`),
    ]).flat()
    const kernel = new FakeKernel()
    await restore(kernel, lines.join('\n'))
    const before = kernel.requests.length
    lines[700] = lines[700]!.replace('-w 5', '-w 6')
    expect(await restore(kernel, lines.join('\n'), '-v')).toMatchObject({
      ...DONE,
      stdout: `~ -e${lines[700].slice(2).replace(' -g', ':0 -g')}\n`,
    })
    const sent = kernel.requests.slice(before).filter(({ command }) => !`${command}`.startsWith('GET_'))
    expect(sent.map(({ command }) => command)).toEqual(['SET_DEST'])
  })
})

describe('a dump that repeats an entry', () => {
  it('does not hide a missing one', () => {
    const rules = '-A -f 1 -s rr\n-a -f 1 -r 198.51.100.1\n-a -f 1 -r 198.51.100.2\n'
    const [entry] = tableOf(rules)
    const [one] = entry!.destinations
    const state = (table: VirtualService[]) => ({ table, timeouts: undefined, daemons: undefined })
    const twice = state([{ ...entry!, destinations: [one!, one!] }])
    const steps = [...plan(twice, rulesetOf(state([entry!])))]
    expect(steps.map(({ change }) => change.kind)).toEqual(['add-server'])
  })
})

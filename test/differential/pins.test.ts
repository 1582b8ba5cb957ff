// The allowed differences: each row of the table shows itself, alone, in the scenarios that bear its name; and the
// document has the same rows.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { INSTALLED_KERNEL } from '../support/guest.ts'
import { ALLOWED } from './support/allowed.ts'
import { Arena } from './support/arena.ts'
import { ROOT } from './support/bundle.ts'
import { compare } from './support/compare.ts'
import { play } from './support/play.ts'
import { readScenarioFiles } from './support/scenario-file.ts'
import type { Step } from './support/step.ts'

/** The table in the document, by the first cell of each row. */
const documented = [
  ...readFileSync(join(ROOT, 'docs/compatibility.md'), 'utf8').matchAll(/^\| `([a-z-]+)` \|/gm),
].map(([, id]) => id!)

/** Rows that no command line can show; the tests that pin them. */
const PINNED_ELSEWHERE: Readonly<Record<string, string>> = {
  'counters-whole': 'fake-kernel.test.ts',
  'silent-failure': 'fake-kernel.test.ts',
  'connection-lines': 'load.test.ts',
  'endless-next-word': '../grammar/popt.test.ts',
  'save-raw': '../reconcile/any-table.test.ts',
  'names-in-time': '../balance/guest/scenarios/names.ts',
}

const FILES = readScenarioFiles('pins')

let arena: Arena
beforeAll(async () => {
  arena = await Arena.start({ kernel: INSTALLED_KERNEL })
})
afterAll(async () => await arena.stop())

describe.each(FILES)('$theme', ({ theme, scenarios }) => {
  it.each(scenarios)('$title', async (scenario) => {
    const apart = scenario.title.endsWith('[apart]')
    const { differences, allowed, tablesDiffer } = await play(arena, scenario, { apart })
    expect(differences).toEqual([])
    expect([...allowed]).toEqual([theme])
    expect(tablesDiffer).toBe(apart)
  })
})

describe('differences that need more than a scenario', () => {
  it('try-line: a launcher does not know the path with which it was called', async () => {
    const step = (program: string): Step => ({ program, words: ['-Q'] })
    const [theirs] = await arena.reference([step('/sbin/ipvsadm')])
    const [ours] = await arena.launched([step(join(ROOT, 'bin/ipvsadm'))], 'node')
    expect(theirs!.stderr).toContain('`/sbin/ipvsadm -h')
    expect(compare(step('ipvsadm'), theirs!, ours!)).toEqual({
      allowed: ['try-line'],
      difference: undefined,
    })
  })

  it('words-not-text: quotes the part of a word that is text', async () => {
    const quoting: Step = { program: 'sh', words: ['-c', 'exec ipvsadm -L "$(printf "\\055\\377")"'] }
    const [theirs] = await arena.reference([quoting])
    const [ours] = await arena.launched([quoting], 'node')
    expect(theirs).toEqual({ status: 255, stdout: '', stderr: '-\xff: unknown option\n' })
    const replaced = Buffer.from('-\ufffd: unknown option\n').toString('latin1')
    expect(ours).toEqual({ status: 255, stdout: '', stderr: replaced })
  })

  // Last, because it changes the kernel for good.
  it('help-anywhere: without ip_vs the help works, and other commands fail as in the original', async () => {
    const script =
      'lsmod | sed -n "s/^\\(ip_vs_[a-z_]*\\) .*/\\1/p" | xargs -r rmmod && rmmod ip_vs && umount /lib/modules/$(uname -r)'
    await play(arena, { title: 'empty', steps: [] })
    await arena.prepareBoth({ program: 'sh', words: ['-c', script] })
    const steps = ['-h', '-v', '', '-Ln', '-C', '-A', '-Q', '-L --timeout', '-L --daemon', '-Lnc', '-Sn'].map(
      (line): Step => ({ program: 'ipvsadm', words: line.split(' ').filter((word) => word !== '') }),
    )
    const all: Step[] = [...steps, { program: 'ipvsadm-save', words: ['-n'] }]
    const theirs = await arena.reference(all)
    const ours = await arena.launched(all, 'node')
    const verdicts = all.map((step, i) => compare(step, theirs[i]!, ours[i]!))
    expect(verdicts.flatMap(({ difference }) => difference ?? [])).toEqual([])
    expect(verdicts.map(({ allowed }) => allowed.join(' '))).toEqual([
      'help-anywhere',
      'help-anywhere',
      ...all.slice(2).map(() => ''),
    ])
  })
})

describe('the table', () => {
  it('has a scenario for each row', () => {
    const pinned = [
      ...FILES.map(({ theme }) => theme),
      'try-line',
      'words-not-text',
      ...Object.keys(PINNED_ELSEWHERE),
    ]
    expect([...documented].sort()).toEqual([...pinned].sort())
  })

  it('is that of the document', () => {
    for (const { id } of ALLOWED) expect(documented).toContain(id)
  })
})

// The suggestion for a mistyped option or subcommand.

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { distance, nearest } from '../../lib/help/suggest.ts'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'
import { run } from '../support/run.ts'

describe('the nearest word', () => {
  it.each<[string, string | undefined]>([
    ['--stast', '--stats'],
    ['--stat', '--stats'],
    ['--tcp', '--tcp-service'],
    ['--persistant', '--persistent'],
    ['--wieght', '--weight'],
    ['--weigth=5', '--weight'],
    ['--treshholds', '--thresholds'],
    ['--lsit', '--list'],
    ['--x', undefined],
    ['--nothing-like-it', undefined],
    ['doctro', 'ipvsadm doctor'],
    ['aply', 'ipvsadm apply'],
    ['-Q', undefined],
    ['list', undefined],
  ])('of %s is %s', (word, expected) => expect(nearest(word)).toBe(expected))
})

describe('the distance', () => {
  it('counts letters added, removed, replaced and swapped', () => {
    expect(distance('', 'abc')).toBe(3)
    expect(distance('abc', 'abc')).toBe(0)
    expect(distance('abcd', 'acbd')).toBe(1)
    expect(distance('kitten', 'sitting')).toBe(3)
  })

  it('is the same both ways', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (a, b) => distance(a, b) === distance(b, a)))
  })
})

describe('a mistyped option', () => {
  const terminal = { errorIsTerminal: () => true }
  const TRY = "Try `ipvsadm -h' or 'ipvsadm --help' for more information.\n"

  it.each([
    ['-L --stast', '--stast: unknown option\n', "Did you mean `--stats'?\n"],
    ['-L --rat=5', '--rat=5: unknown option\n', "Did you mean `--rate'?\n"],
    ['--lsit', TRY, "Did you mean `--list'?\n"],
    ['aply x', TRY, "Did you mean `ipvsadm apply'?\n"],
    ['-L --zzz', '--zzz: unknown option\n', ''],
    ['-LQ', '-LQ: unknown option\n', ''],
    ['-A -t', '-t: missing argument\n', ''],
  ])('%s gets a second line on a terminal only', async (words, line, hint) => {
    const person = await run(new FakeKernel(), words, { machine: terminal })
    expect([person.status, person.stdout, person.stderr]).toEqual([255, '', line + hint])
    const program = await run(new FakeKernel(), words)
    expect([program.status, program.stderr]).toEqual([255, line])
  })
})

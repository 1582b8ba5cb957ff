// Mutated rule files: never a crash, never a request when a line is wrong.
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { ruleFile } from '../reconcile/arbitrary.ts'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'
import { run } from '../support/run.ts'

type Mutation = (bytes: Buffer, at: number, value: number) => Buffer

const insert = (bytes: Buffer, at: number, more: string) =>
  Buffer.concat([bytes.subarray(0, at), Buffer.from(more, 'latin1'), bytes.subarray(at)])

const MUTATIONS: readonly Mutation[] = [
  (bytes, at, value) => {
    const copy = Buffer.from(bytes)
    if (copy.length > at) copy[at]! ^= 1 << (value & 7)
    return copy
  },
  (bytes, at) => bytes.subarray(0, at),
  (bytes, at, value) => insert(bytes, at, String.fromCharCode(value & 255)),
  (bytes, at) => insert(bytes, at, '\0'),
  (bytes, at, value) => insert(bytes, at, 'x'.repeat(value % 40_000)),
  (bytes, at, value) => insert(bytes, at, '"\'`'.repeat(value % 500)),
  (bytes, at, value) => insert(bytes, at, ' -'.repeat(value % 300)),
  (bytes, at, value) => insert(bytes, at, '\n'.repeat(value % 500)),
  (bytes, at, value) => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + (value % 30))]),
  (bytes, at, value) => insert(bytes, at, bytes.toString('latin1', at, at + (value % 400))),
  (bytes, at) => insert(bytes, at, ' 99999999999999999999 '),
  (bytes, at) => insert(bytes, at, '{"['.repeat(200)),
]

const mutant = fc
  .tuple(
    ruleFile,
    fc.array(fc.tuple(fc.nat(MUTATIONS.length - 1), fc.nat(), fc.nat()), { minLength: 1, maxLength: 3 }),
  )
  .map(([rules, mutations]) =>
    mutations.reduce(
      (bytes, [kind, at, value]) => MUTATIONS[kind]!(bytes, at % (bytes.length + 1), value),
      Buffer.from(rules) as Buffer,
    ),
  )

const START = '-A -t 192.0.2.200:80 -s rr\n-a -t 192.0.2.200:80 -r 198.51.100.200:80 -m -w 7\n'
const FILES = 10_000

describe(`${FILES} mutated rule files`, () => {
  it('are restored whole or not at all', async () => {
    const outcomes: Record<number, number> = {}
    await fc.assert(
      fc.asyncProperty(mutant, async (bytes) => {
        const kernel = new FakeKernel()
        const restore = (input: string) => run(kernel, '', { program: 'ipvsadm-restore', input })
        await restore(START)
        const start = kernel.snapshot()
        const { requests, datagrams } = kernel
        const before = requests.length
        // Names are not looked up: that would ask a name server about rubbish.
        const input = bytes.toString().replace(/[g-wyz](?=[^ \n]*[.:])/gi, '0')
        const { status, stderr } = await restore(input)
        outcomes[status] = (outcomes[status] ?? 0) + 1
        expect([0, 2, 255]).toContain(status)
        // biome-ignore lint/suspicious/noControlCharactersInRegex: matched on purpose
        expect(stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
        expect(Math.max(0, ...stderr.split('\n').map((line) => line.length))).toBeLessThan(1000)
        if (status === 0) return
        expect(kernel.snapshot()).toEqual(start)
        if (status !== 2) return
        expect(kernel.datagrams).toBe(datagrams)
        expect(requests.length).toBe(before)
        expect(stderr).toMatch(/^line \d+: /m)
      }),
      { numRuns: FILES },
    )
    // Both outcomes occur often.
    expect(outcomes[0]).toBeGreaterThan(FILES / 50)
    expect(outcomes[2]).toBeGreaterThan(FILES / 4)
  })
})

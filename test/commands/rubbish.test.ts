// Mutated rule files: never a crash, never a request when a line is wrong.
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'
import { mutatedFile } from '../support/mutated-file.ts'
import { run } from '../support/run.ts'

const START = '-A -t 192.0.2.200:80 -s rr\n-a -t 192.0.2.200:80 -r 198.51.100.200:80 -m -w 7\n'
const FILES = 10_000

describe(`${FILES} mutated rule files`, () => {
  it('are restored whole or not at all', async () => {
    const outcomes: Record<number, number> = {}
    await fc.assert(
      fc.asyncProperty(mutatedFile, async (bytes) => {
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

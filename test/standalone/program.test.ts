// The whole executable with AddressSanitizer and UBSan, beside Node, each on a fake kernel of its own: the same output,
// status and table for all that the fake kernel's ring has, generated tables, words and files, and faults of the kernel.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { nodeSystem } from '../../lib/system/node/system.ts'
import { anyWords } from '../support/any-words.ts'
import { anyTable, kernelWith } from '../support/arbitrary-table.ts'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'
import { mutatedFile } from '../support/mutated-file.ts'
import { ROOT } from '../support/program.ts'
import { type RunOptions, run } from '../support/run.ts'
import { runChild } from '../support/run-child.ts'
import { readSessions } from '../support/session.ts'

const TIMES = process.env.IPVSADM_LONG ? 20 : 1

let folder: string
let executable: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ipvsadm-program-'))
  executable = join(folder, 'ipvsadm')
  const script = `
    import { commitDefinition } from '${ROOT}/scripts/build-commit.mjs'
    import { buildChecked } from '${ROOT}/scripts/build-standalone.mjs'
    await buildChecked('${ROOT}', commitDefinition('${ROOT}'), '${executable}')`
  execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: ROOT })
})

afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** The words of a program; its stdin. */
type Command = readonly [words: readonly string[], input?: string]

/** Runs it as a process and on Node, each on one of the kernels, and compares outcomes and tables. */
async function expectSame(
  [near, far]: readonly [near: FakeKernel, far: FakeKernel],
  [words, input = '']: Command,
  program = 'ipvsadm',
): Promise<void> {
  // The list of connections is the machine's for both.
  const machine: RunOptions['machine'] = { readChunks: nodeSystem.readChunks }
  const { output: _, ...expected } = await run(near, words, { program, input, machine })
  const found = await runChild(executable, far, words, { program, input })
  expect({ words, ...found }).toEqual({ words, ...expected })
  expect(far.snapshot()).toEqual(near.snapshot())
}

const LISTINGS = [
  '-L -n',
  '-L -n --stats --exact',
  '-L -n --rate',
  '-L -n --thresholds --nosort',
  '-L -n --persistent-conn',
  '-L -n --json',
  '-L -n --table --color=always',
  '-S -n',
  '-S --json',
].map((line) => line.split(' '))

/** Older and newer kernels. */
const STYLES: readonly ((kernel: FakeKernel) => void)[] = [
  () => {},
  (kernel) => kernel.addUnknownAttributes(),
  (kernel) => kernel.withoutStats64(),
  (kernel) => kernel.withoutTunnelAttributes(),
  (kernel) => kernel.withoutAddressFamily(),
]

describe('the executable does what the program on Node does:', () => {
  it.each(readSessions(join(ROOT, 'test/fake/sessions')))('session $name', async ({ steps }) => {
    const kernels = [new FakeKernel(), new FakeKernel()] as const
    for (const [program, ...words] of steps.flatMap(({ commands }) => commands))
      await expectSame(kernels, [words], program)
  })

  it('any words', async () => {
    await fc.assert(
      fc.asyncProperty(anyWords, async (words) => {
        // A process cannot be given a NUL.
        const passed = words.map((word) => word.replaceAll('\0', '\u0001'))
        await expectSame([new FakeKernel(), new FakeKernel()], [passed])
      }),
      { numRuns: 60 * TIMES },
    )
  })

  it('listings of any table, of kernels of any age', async () => {
    const style = fc.constantFrom(...STYLES)
    await fc.assert(
      fc.asyncProperty(anyTable, style, fc.constantFrom(...LISTINGS), async (table, change, words) => {
        const kernels = [await kernelWith(table), await kernelWith(table)] as const
        for (const kernel of kernels) change(kernel)
        await expectSame(kernels, [words])
      }),
      { numRuns: 80 * TIMES },
    )
  })

  it('restores of any table over any other', async () => {
    await fc.assert(
      fc.asyncProperty(anyTable, anyTable, fc.boolean(), async (table, wanted, isJson) => {
        const kernels = [await kernelWith(table), await kernelWith(table)] as const
        const words = ['-S', isJson ? '--json' : '-n']
        const { stdout } = await run(await kernelWith(wanted), words)
        await expectSame(kernels, [[], stdout], 'ipvsadm-restore')
        await expectSame(kernels, [[], stdout], 'ipvsadm-restore')
      }),
      { numRuns: 30 * TIMES },
    )
  })

  it('spoiled files of rules', async () => {
    await fc.assert(
      fc.asyncProperty(mutatedFile, fc.boolean(), async (bytes, isRestore) => {
        const kernels = [new FakeKernel(), new FakeKernel()] as const
        // Names are not looked up: that would ask a name server about rubbish.
        const input = bytes.toString().replace(/[g-wyz](?=[^ \n]*[.:])/gi, '0')
        await expectSame(kernels, [isRestore ? [] : ['-R'], input], isRestore ? 'ipvsadm-restore' : 'ipvsadm')
      }),
      { numRuns: 60 * TIMES },
    )
  })
})

describe('whatever the kernel answers, the executable ends with a status and a message:', () => {
  const bits = fc.array(fc.tuple(fc.nat(), fc.nat(7)), { minLength: 1, maxLength: 4 })
  const fault = fc.oneof(
    fc.record({ nth: fc.integer({ min: 1, max: 9 }), bits }).map(
      ({ nth, bits }) =>
        (kernel: FakeKernel) =>
          kernel.corruptReply(nth, (datagram) => {
            const copy = datagram.slice()
            for (const [at, bit] of bits) copy[at % copy.length]! ^= 1 << bit
            return copy
          }),
    ),
    fc.record({ nth: fc.integer({ min: 1, max: 9 }), length: fc.nat(300) }).map(
      ({ nth, length }) =>
        (kernel: FakeKernel) =>
          kernel.truncateReply(nth, length),
    ),
    fc.record({ nth: fc.integer({ min: 1, max: 9 }), errno: fc.integer({ min: 1, max: 133 }) }).map(
      ({ nth, errno }) =>
        (kernel: FakeKernel) =>
          kernel.failAt(nth, errno),
    ),
    fc.integer({ min: 1, max: 12 }).map((times) => (kernel: FakeKernel) => kernel.interruptDumps(times)),
    fc.integer({ min: 1, max: 133 }).map((errno) => (kernel: FakeKernel) => kernel.failDumps(2, errno)),
  )

  it.each([...LISTINGS.map((words) => words.join(' ')), '-R', 'ipvsadm-restore'])('%s', async (line) => {
    await fc.assert(
      fc.asyncProperty(anyTable, anyTable, fault, async (table, wanted, spoil) => {
        const kernel = await kernelWith(table)
        const { stdout: input } = await run(await kernelWith(wanted), ['-S', '-n'])
        spoil(kernel)
        const program = line.startsWith('-') ? 'ipvsadm' : line
        const words = line.startsWith('-') ? line.split(' ') : []
        const { status, stderr } = await runChild(executable, kernel, words, { program, input })
        expect([0, 1, 2, 255]).toContain(status)
        // The status of -R is that of the last line.
        if (status !== 0 || line !== '-R') expect(stderr === '').toBe(status === 0)
        expect(stderr).not.toMatch(/Sanitizer|runtime error|\n\s+at |Error:|undefined|NaN/)
      }),
      { numRuns: 12 * TIMES },
    )
  })
})

// Tables of other programs: saving and restoring, in either format, does not change them.
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { anyTable, kernelWith } from '../support/arbitrary-table.ts'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'
import { run } from '../support/run.ts'
import { subcommand } from './subcommand.ts'

const RUNS = 100

const DONE = { status: 0, stdout: '', stderr: '' }
const restore = (kernel: FakeKernel, input: string) =>
  run(kernel, '-v', { program: 'ipvsadm-restore', input })
/** Without their order, which for large marks depends on the kernel's. */
const rules = async (kernel: FakeKernel) => (await run(kernel, '-S -n')).stdout.split('\n').sort()

describe('a table that any program can make', () => {
  it.each(['-S -n', '-S --json', '-L --json'])('is not changed by its restore (%s)', async (save) => {
    await fc.assert(
      fc.asyncProperty(anyTable, async (table) => {
        const kernel = await kernelWith(table)
        const before = kernel.snapshot()
        const { stdout } = await run(kernel, save)
        expect(await restore(kernel, stdout)).toMatchObject(DONE)
        expect(await subcommand(kernel, 'diff', stdout)).toMatchObject(DONE)
        expect(kernel.snapshot()).toEqual(before)
      }),
      { numRuns: RUNS },
    )
  })

  it.each(['-S -n', '-S --json'])('is made again from an empty one (%s)', async (save) => {
    await fc.assert(
      fc.asyncProperty(anyTable, async (table) => {
        const kernel = await kernelWith(table)
        const { stdout } = await run(kernel, save)
        const fresh = new FakeKernel()
        expect(await restore(fresh, stdout)).toMatchObject({ status: 0, stderr: '' })
        expect(await rules(fresh)).toEqual(await rules(kernel))
      }),
      { numRuns: RUNS },
    )
  })
})

// Words that a script gets wrong: nothing is sent to the kernel, and standard input is not read instead of a file.
import { expect, it } from '@jest/globals'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'
import { run } from '../support/run.ts'

it.each([
  [['apply'], "apply: file is missing; see `ipvsadm apply --help'"],
  [['diff', '--json'], '{"error":{"message":"diff: file is missing; '],
  [['apply', ''], 'apply: empty word'],
  [['diff', '', '--json'], '{"error":{"message":"diff: empty word; '],
  [['diff', '-j', ''], '{"error":{"message":"diff: empty word; '],
  [['apply', '--scop', 'tcp', 'rules'], 'apply: --scop: unknown option'],
  [['apply', 'rules', '--', 'more'], 'apply: Unknown argument: more'],
  [['apply', '--keep-weights=yes', 'rules'], 'apply: --keep-weights=yes: option does not take an argument'],
])('%j', async (words, problem) => {
  const kernel = new FakeKernel()
  const unread = () => {
    throw new Error('read')
  }
  const outcome = await run(kernel, words, { machine: { readInput: unread, readFile: unread } })
  expect(outcome).toMatchObject({ status: 2, stdout: '' })
  expect(outcome.stderr).toContain(problem)
  expect(outcome.stderr.split('\n')).toHaveLength(2)
  expect(kernel.requests).toEqual([])
})

it('takes one value for each --scope', async () => {
  const line = '-A -t 192.0.2.1:80 -s rr'
  const kernel = new FakeKernel()
  const machine = { readFile: () => Buffer.from(line) }
  expect(await run(kernel, 'apply --scope tcp rules', { machine })).toMatchObject({ status: 0, stderr: '' })
  expect((await run(kernel, '-S -n')).stdout).toBe(`${line}\n`)
})

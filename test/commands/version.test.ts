// `ipvsadm version`.
import { readFileSync } from 'node:fs'
import { expect, it } from '@jest/globals'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'
import { run } from '../support/run.ts'

const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
const machine = { runtime: 'Test 1.2.3' }

it('prints the versions of this program, of its runtime and of the original, without ip_vs', async () => {
  const kernel = new FakeKernel({ hasFamily: false })
  expect(await run(kernel, 'version', { machine })).toMatchObject({
    status: 0,
    stdout: `ipvsadm ${version}\nruntime: Test 1.2.3\nbuild: not from a commit\nreference: ipvsadm v1.31 2019/12/24\n`,
    stderr: '',
  })
})

it('prints them as JSON', async () => {
  const { status, stdout } = await run(new FakeKernel(), 'version --json', { machine })
  expect(status).toBe(0)
  expect(JSON.parse(stdout)).toEqual({
    version,
    runtime: 'Test 1.2.3',
    reference: 'ipvsadm v1.31 2019/12/24',
  })
})

// The fake kernel in a process of its own, which benchmarks use.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { TransportError } from '../../lib/model/errors.ts'
import { bundle } from '../support/bundle.ts'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'
import { type KernelProcess, startKernel } from '../support/fake-kernel/kernel-process.ts'
import { run } from '../support/run.ts'

// More servers than one datagram lists.
const servers = Array.from({ length: 500 }, (_, i) => `-a -f 1 -r 10.0.${i >> 8}.${i & 255}:80 -m -w ${i}`)
const input = `-A -f 1 -s rr\n${servers.join('\n')}\n`

let folder: string
let kernel: KernelProcess

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kernel-'))
  const program = await bundle('support/fake-kernel/kernel-child.ts', 'kernel-child.mjs')
  kernel = await startKernel(program, folder)
})

afterAll(async () => {
  kernel.stop()
  await rm(folder, { recursive: true })
})

it('answers like one in the same process, on all of its sockets', async () => {
  const near = new FakeKernel()
  const machine = { transport: async () => kernel.connect() }
  const edit = '-e -f 1 -r 10.0.0.7:80 -m -w 1000'
  const changes = [
    edit,
    '-d -f 1 -r 10.0.0.8:80',
    '-a -f 1 -r 10.9.0.0:80',
    '-E -f 1 -s wrr',
    '-Z',
    '-D -f 1',
  ]
  // Every listing comes once more from what the process has kept.
  for (const words of ['-R', ...changes.flatMap((change) => ['-Ln', '-Ln', change]), '-Ln']) {
    const expected = await run(near, words, { input })
    expect(await run(near, words, { input, machine })).toEqual(expected)
  }
})

it('fails calls on a closed socket', () => {
  const transport = kernel.connect()
  transport.close()
  expect(() => transport.receive()).toThrow(TransportError)
  expect(() => transport.send(new Uint8Array(16))).toThrow(TransportError)
})

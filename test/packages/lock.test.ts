// The lock of restores on every Node that is supported: each takes the same name, whose length the kernel compares.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { LockHolder } from '../support/lock-holder.ts'
import { ROOT } from '../support/program.ts'
import { NODES } from './place.ts'

let holder: LockHolder
beforeAll(() => {
  holder = new LockHolder()
})
afterAll(() => holder.end())

describe.each(NODES)('a restore on Node $version', ({ node }) => {
  it('is excluded by the holder of the name', async () => {
    const program = [node, join(ROOT, 'bin/ipvsadm-restore'), '--wait', '0']
    const [command, ...words] = await holder.beside(...program)
    const { status, stderr } = spawnSync(command, words, { input: '', encoding: 'utf8' })
    expect({ status, stderr }).toEqual({
      status: 4,
      stderr: 'another restore is running (a test); waited 0 s; nothing was changed\n',
    })
  })
})

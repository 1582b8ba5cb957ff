// Sessions recorded with the reference on a real kernel, replayed on the fake one: the same output and status per step.

import { join } from 'node:path'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'
import { run } from '../support/run.ts'
import { readSessions } from '../support/session.ts'

const SESSIONS = readSessions(join(__dirname, 'sessions'))

describe.each(SESSIONS)('$name', ({ steps }) => {
  let kernel: FakeKernel
  beforeAll(() => {
    kernel = new FakeKernel()
  })

  it.each(steps)('$typed', async ({ commands, output, status }) => {
    let written = ''
    let last = 0
    for (const [program, ...words] of commands) {
      const outcome = await run(kernel, words, { program: program! })
      written += outcome.output
      last = outcome.status
    }
    expect({ output: written, status: last }).toEqual({ output, status })
  })
})

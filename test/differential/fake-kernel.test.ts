// The allowed differences that no real kernel shows at will: counters beyond 32 bits, and a kernel that does not tell.
import { describe, expect, it } from '@jest/globals'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'
import { run } from '../support/run.ts'

describe('counters-whole', () => {
  it("a real server's counters and rates are those of 64 bits", async () => {
    const kernel = new FakeKernel()
    await run(kernel, '-A -t 192.0.2.1:80')
    await run(kernel, '-a -t 192.0.2.1:80 -r 10.0.0.1 -m')
    const big = 2n ** 40n + 7n
    kernel.setCounters('tcp 192.0.2.1:80', { inpkts: big, inbps: big }, '10.0.0.1:80')
    const stats = await run(kernel, '-Ln --stats --exact')
    expect(stats.stdout.split('\n')[4]).toBe(
      `  -> 10.0.0.1:80                         0 ${big}        0        0        0`,
    )
    const rates = await run(kernel, '-Ln --rate --exact')
    expect(rates.stdout.split('\n')[4]).toContain(` ${big} `)
  })
})

describe('silent-failure', () => {
  it.each(['--timeout', '--daemon'])('-L %s says why it failed', async (what) => {
    const kernel = new FakeKernel()
    // The first of a command's requests asks for the version.
    kernel.failAt(2, 12)
    const { status, stdout, stderr } = await run(kernel, `-L ${what}`)
    expect(status).not.toBe(0)
    expect(stdout).toBe('')
    expect(stderr).toBe('Memory allocation problem\n')
  })
})

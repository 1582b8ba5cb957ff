// The kernel fails at every change of a large plan in turn: the table is the same afterwards. Signals at any change.
import { describe, expect, it } from '@jest/globals'
import type { Interruption } from '../../lib/system/system.ts'
import { ERRNO } from '../support/fake-kernel/constants.ts'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'
import { run } from '../support/run.ts'

const servers = (service: string, from: number, to: number, options: (i: number) => string) =>
  Array.from(
    { length: to - from + 1 },
    (_, i) => `-a ${service} -r 198.51.100.${from + i}:80 ${options(from + i)}`,
  )

/** A table, and one that differs from it in every way that there is. */
const BEFORE = [
  '--set 900 120 300',
  '-A -t 192.0.2.1:80 -s rr',
  ...servers('-t 192.0.2.1:80', 1, 12, (i) => `-m -w ${i}`),
  '-A -t 192.0.2.2:80 -s sh -b sh-port -p 60 -M 255.255.0.0',
  ...servers('-t 192.0.2.2:80', 1, 8, () => '-g -x 10 -y 5'),
  '-A -u 192.0.2.3:53 -s wlc -o',
  ...servers('-u 192.0.2.3:53', 1, 3, () => '-i --tun-type gue --tun-port 6080 --tun-csum'),
  '-A -f 7 -6 -s mh',
  '-a -f 7 -6 -r [2001:db8::1]:0 -i',
  '--start-daemon backup --mcast-interface eth0 --syncid 3',
].join('\n')
const AFTER = [
  '--set 100 0 30',
  '-A -t 192.0.2.1:80 -s wrr -p 300',
  ...servers('-t 192.0.2.1:80', 5, 20, (i) => `-m -w ${i + (i % 2)}`),
  '-A -t 192.0.2.2:80 -s sh -b sh-port -p 60 -M 255.255.0.0',
  ...servers('-t 192.0.2.2:80', 1, 20, (i) => `-i -w ${i}`),
  '-A -t 192.0.2.4:443 -s lc',
  ...servers('-t 192.0.2.4:443', 1, 15, () => '-m'),
  '-A -f 8 -s nq',
  '-a -f 8 -r 198.51.100.1',
  '--start-daemon backup --mcast-interface eth1 --syncid 4 --mcast-port 9999 --mcast-ttl 3',
  '--start-daemon master --mcast-interface eth0',
].join('\n')

const restore = (kernel: FakeKernel, input: string, words = '') =>
  run(kernel, words, { program: 'ipvsadm-restore', input })

async function prepared(): Promise<FakeKernel> {
  const kernel = new FakeKernel()
  expect(await restore(kernel, BEFORE)).toEqual({ status: 0, stdout: '', stderr: '', output: '' })
  return kernel
}

const isChange = ({ command }: { command: unknown }) => !`${command}`.startsWith('GET_')

/** The number of requests by which the restore reads the state, the number of its changes, and all its requests. */
async function countRequests(): Promise<{ reads: number; changes: number; all: number }> {
  const kernel = await prepared()
  const before = kernel.requests.length
  expect((await restore(kernel, AFTER)).status).toBe(0)
  const requests = kernel.requests.slice(before)
  const changes = requests.filter(isChange).length
  return { reads: requests.findIndex(isChange), changes, all: requests.length }
}

const textOf = (line: number) => AFTER.split('\n')[line - 1]

describe('a kernel that fails', () => {
  it('at any one change: all changes are rolled back, and the message names the line', async () => {
    const { reads, changes } = await countRequests()
    expect(changes).toBeGreaterThanOrEqual(60)
    for (let n = 1; n <= changes; n++) {
      const kernel = await prepared()
      const start = kernel.snapshot()
      kernel.failAt(reads + n, n % 2 === 0 ? ERRNO.ENOMEM : ERRNO.EINVAL)
      const { status, stdout, stderr } = await restore(kernel, AFTER)
      expect(kernel.snapshot()).toEqual(start)
      expect({ status, stdout }).toEqual({ status: 255, stdout: '' })
      const [first, said, ...rest] = stderr.trimEnd().split('\n')
      const line = /^line (\d+): (.*): [^:]+$/.exec(first!)
      if (line !== null) expect(line[2]).toBe(textOf(Number(line[1])))
      else expect(first).toMatch(/^not in the file; removing: -[dD] .*: /)
      expect(said).toMatch(/^ {2}the kernel refused \w+ with (ENOMEM|EINVAL) \(.*\): -/)
      expect(rest.at(-1)).toMatch(
        /^rolled back \d+ changes?; verified: the table is unchanged$|^nothing was changed/,
      )
    }
  })

  it('at a change, and then at any one request of the rollback: still rolls back', async () => {
    const { reads, changes } = await countRequests()
    const at = reads + changes - 3
    for (let n = 1; n <= changes + 10; n += 3) {
      const kernel = await prepared()
      const start = kernel.snapshot()
      kernel.failAt(at, ERRNO.EINVAL)
      kernel.failAt(at + 3 + n, ERRNO.ENOMEM)
      const { status, stderr } = await restore(kernel, AFTER)
      expect(status).toBe(255)
      expect(kernel.snapshot()).toEqual(start)
      expect(stderr).toContain('; verified: the table is unchanged\n')
    }
  })

  it('permanently: warns that the rollback is incomplete', async () => {
    const { reads } = await countRequests()
    const kernel = await prepared()
    for (let n = 20; n < 400; n++) kernel.failAt(reads + n, ERRNO.ENOMEM)
    const { status, stderr } = await restore(kernel, AFTER)
    expect(status).toBe(255)
    expect(stderr).toContain('WARNING: THE ROLLBACK IS INCOMPLETE OR CANNOT BE VERIFIED: ')
  })

  it('to answer: the table is read again, and rolled back', async () => {
    const kernel = await prepared()
    const start = kernel.snapshot()
    kernel.corruptReply(13, () => Uint8Array.of(1, 2, 3))
    const { status, stderr } = await restore(kernel, AFTER)
    expect({ status, stderr }).toEqual({ status: 255, stderr: expect.stringContaining('malformed reply') })
    expect(kernel.snapshot()).toEqual(start)
  })

  it('while the table is read: nothing is changed', async () => {
    const kernel = await prepared()
    const start = kernel.snapshot()
    kernel.failDumps(1, ERRNO.ENOMEM)
    const before = kernel.requests.length
    expect((await restore(kernel, AFTER)).status).not.toBe(0)
    expect(kernel.requests.slice(before).every(({ command }) => `${command}`.startsWith('GET_'))).toBe(true)
    expect(kernel.snapshot()).toEqual(start)
  })

  it('with --keep-going: skips refused changes, and makes the others', async () => {
    const kernel = await prepared()
    const input = `${AFTER}\n-A -t 192.0.2.9:80 -s nosuch\n-a -t 192.0.2.9:80 -r 198.51.100.1\ngarbage\n`
    const { status, stderr } = await restore(kernel, input, '--keep-going')
    expect(status).toBe(255)
    const wanted = await prepared()
    await restore(wanted, AFTER)
    expect(kernel.snapshot()).toEqual(wanted.snapshot())
    expect(stderr).toContain('does not begin with a command: garbage\n')
    expect(stderr).toContain(': -A -t 192.0.2.9:80 -s nosuch: Scheduler or persistence engine not found\n')
    expect(stderr).toContain(': -a -t 192.0.2.9:80 -r 198.51.100.1: Service not defined\n')
  })
})

describe('a signal', () => {
  const marks = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) => `-A -f ${i + from} -s rr`)
  const BEFORE_MARKS = marks(1000, 400).join('\n')
  /** 200 additions, in two datagrams; then 200 removals. */
  const AFTER_MARKS = marks(1200, 400).join('\n')

  /** A restore in which the signal comes right before the nth change that the kernel is asked for. */
  async function interrupted(signal: Interruption, n: number, words = '') {
    const kernel = new FakeKernel()
    await restore(kernel, BEFORE_MARKS)
    const start = kernel.snapshot()
    let send = (_: Interruption) => {}
    let listening = false
    let left = n
    kernel.meanwhile(({ command }) => {
      if (!`${command}`.startsWith('GET_') && --left === 0) send(signal)
    })
    const outcome = await run(kernel, words, {
      program: 'ipvsadm-restore',
      input: AFTER_MARKS,
      machine: {
        onInterrupt(listener) {
          send = listener
          listening = true
          return () => {
            listening = false
          }
        },
      },
    })
    expect(listening).toBe(false)
    return { ...outcome, kernel, start }
  }

  it.each([
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s among the additions: the restore is rolled back', async (signal, expected) => {
    const { status, stdout, stderr, kernel, start } = await interrupted(signal, 50)
    expect({ status, stdout, stderr }).toEqual({
      status: expected,
      stdout: '',
      stderr: `interrupted by ${signal}\nrolled back 128 changes; verified: the table is unchanged\n`,
    })
    expect(kernel.snapshot()).toEqual(start)
  })

  it('during removals is ignored, because they cannot be undone completely', async () => {
    const { status, stdout, stderr, kernel } = await interrupted('SIGTERM', 210)
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' })
    const wanted = new FakeKernel()
    await restore(wanted, AFTER_MARKS)
    expect(kernel.snapshot()).toEqual(wanted.snapshot())
  })

  it.each([50, 210])(
    'with --keep-going before change %i: ends there, and keeps the changes made',
    async (n) => {
      const { status, stderr, kernel } = await interrupted('SIGHUP', n, '--keep-going')
      const made = n < 200 ? 128 : 328
      expect({ status, stderr }).toEqual({
        status: 129,
        stderr: `interrupted by SIGHUP; ${made} changes made, which stay; ${400 - made} not made\n`,
      })
      expect(Object.keys(kernel.snapshot().services)).toHaveLength(n < 200 ? 528 : 472)
    },
  )
})

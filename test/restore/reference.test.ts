// The table that a restore leaves, held against the reference's, on the real kernel.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { ruleFile } from '../reconcile/arbitrary.ts'
import type { Guest, Namespace } from '../support/guest.ts'
import { listings, Ours, REFERENCE, startGuest } from './guest/index.ts'

const LONG = process.env.IPVSADM_LONG !== undefined
/** Generated files that both programs restore, and tables that are saved and restored. */
const [FILES, TABLES] = LONG ? [1000, 2000] : [60, 150]

let guest: Guest
let theirs: Namespace
let ours: Ours

beforeAll(async () => {
  guest = await startGuest()
  theirs = await guest.namespace()
  ours = await Ours.start(await guest.namespace())
})
afterAll(async () => {
  await guest?.stop()
})

/** Restores the file with both; undefined if the reference complains. */
async function restoreBoth(file: string): Promise<{ stderr: string; listings: string } | undefined> {
  const reference = await theirs.run([`${REFERENCE}-restore`], { stdin: file })
  const mine = await ours.restore(file)
  if (reference.status !== 0 || reference.stderr.length > 0) return undefined
  expect({ status: mine.status, file, stderr: mine.stderr }).toEqual({
    status: 0,
    file,
    stderr: expect.not.stringMatching(/^line \d+: (?!warning: )/m),
  })
  const wanted = await listings(theirs)
  expect(await listings(ours.namespace)).toBe(wanted)
  return { stderr: mine.stderr, listings: wanted }
}

describe('the table is the reference`s', () => {
  it(`after ${FILES} generated files, one after the other`, async () => {
    let compared = 0
    await fc.assert(
      fc.asyncProperty(ruleFile, async (file) => {
        if ((await restoreBoth(file)) !== undefined) compared++
      }),
      { numRuns: FILES, endOnFailure: true },
    )
    expect(compared).toBeGreaterThan(FILES * 0.9)
  })

  const A = '-A -t 192.0.2.1:80 -s rr'
  const R = '-a -t 192.0.2.1:80 -r 198.51.100.1:80 -m -w 3'
  const written: readonly [name: string, lines: readonly string[]][] = [
    ['nothing', []],
    [
      'edits',
      [
        A,
        R,
        '-E -t 192.0.2.1:80 -s wrr -p 60 -M 255.255.0.0',
        '-e -t 192.0.2.1:80 -r 198.51.100.1 -m -w 9 -x 5 -y 2',
      ],
    ],
    [
      'an edit resets what it does not name',
      [`${A} -p 60`, R, '-E -t 192.0.2.1:80', '-e -t 192.0.2.1:80 -r 198.51.100.1 -m'],
    ],
    [
      'another forwarding method',
      [
        A,
        '-a -t 192.0.2.1:80 -r 198.51.100.1 -g',
        '-e -t 192.0.2.1:80 -r 198.51.100.1 -i --tun-type gue --tun-port 99',
      ],
    ],
    ['deletions', [A, R, '-d -t 192.0.2.1:80 -r 198.51.100.1', '-A -f 3', '-D -f 3']],
    ['deleted and added again', [A, R, '-D -t 192.0.2.1:80', '-A -t 192.0.2.1:80 -s lc']],
    ['cleared half way', [A, R, '-C', '-A -u 192.0.2.1:53']],
    ['counters cleared', [A, R, '-Z', '-Z -t 192.0.2.1:80']],
    ['timeouts', ['--set 100 20 30', A, '--set 0 0 31']],
    ['a daemon', ['--start-daemon master --mcast-interface lo --syncid 5', A]],
    [
      'two daemons',
      [
        A,
        '--start-daemon backup --mcast-interface lo --sync-maxlen 2000',
        '--start-daemon master --mcast-interface lo --mcast-group 224.0.0.99 --mcast-port 9 --mcast-ttl 3',
      ],
    ],
    // Not one with --stop-daemon: the reference may wait for ever for the kernel's answer to that.
    ['listings', [A, '-Ln', '-L --timeout', R, '-S']],
    ['the version ends the file', [A, '-v', R]],
    ['the help ends the file', [A, '-h', R, 'garbage']],
    ['the program`s name', [`ipvsadm ${A}`, 'ipvsadm', `ipvsadm ipvsadm ${R}`]],
    ['blanks, tabs and windows line ends', [`  ${A}\r`, '', '\t', R.replaceAll(' ', '\t ')]],
    [
      'long options',
      [
        '--add-service --tcp-service 192.0.2.1:http --scheduler=wlc --persistent',
        '--add-server --tcp-service 192.0.2.1:80 --real-server=198.51.100.1 --ipip --weight 5',
      ],
    ],
    ['a netmask without persistence', ['-A -f 3 -M 255.0.0.0', '-A -f 4 -6 -M 64']],
    ['short and odd addresses', ['-A -t 10.1:80', '-a -t 10.0.0.1:80 -r 0x0a000002', '-A -t 167772163:80']],
    [
      'IPv6',
      [
        '-A -t [2001:db8::1]:80',
        '-a -t [2001:db8::1]:80 -r [2001:db8::2]:81 -m',
        '-A -f 9 -6 -p -M 48',
        '-a -f 9 -6 -r [2001:db8::3]:0',
      ],
    ],
    [
      'servers of another family',
      [
        '-A -t 192.0.2.1:80',
        '-a -t 192.0.2.1:80 -r [2001:db8::2]:80 -i',
        '-A -t [2001:db8::1]:80',
        '-a -t [2001:db8::1]:80 -r 198.51.100.1:80 -i',
      ],
    ],
    ['a service for all ports', ['-A -t 192.0.2.1:0 -p 60', '-a -t 192.0.2.1:0 -r 198.51.100.1']],
    [
      'large marks and weights',
      ['-A -f 4294967295 -s nq', '-a -f 4294967295 -r 198.51.100.1 -w 2147483647 -x 2147483647'],
    ],
    ['no scheduler', ['-A -f 3 -s none']],
  ]
  it.each(written)('after a file with %s', async (_name, lines) => {
    const reset = ['--stop-daemon master', '--stop-daemon backup', '--set 900 120 300', '-C']
    const script = reset.map((words) => `${REFERENCE} ${words}`).join('; ')
    await theirs.run(['/bin/sh', '-c', script])
    const mine = await ours.restore(
      '--stop-daemon master\n--stop-daemon backup\n--set 900 120 300\n-A -f 77\n-a -f 77 -r 198.51.100.7\n',
    )
    expect(mine).toMatchObject({ status: 0, stderr: '' })
    expect(await restoreBoth(`${lines.join('\n')}\n`)).toBeDefined()
  })
})

describe('a saved table', () => {
  it(`restores to itself, attribute by attribute: ${TABLES} generated ones`, async () => {
    await ours.restore('--stop-daemon master\n--stop-daemon backup\n')
    await fc.assert(
      fc.asyncProperty(ruleFile, fc.nat(3), async (file, daemons) => {
        const extra = [
          '--set 111 22 33',
          daemons & 1 ? '--start-daemon master --mcast-interface lo --syncid 7' : '--stop-daemon master',
          daemons & 2 ? '--start-daemon backup --mcast-interface lo --mcast-ttl 9' : '--stop-daemon backup',
        ]
        expect(await ours.restore(`${file}${extra.join('\n')}\n`)).toMatchObject({ status: 0, stderr: '' })
        const before = await ours.state()
        const { stdout: saved } = await ours.run('ipvsadm-save', ['-n', '--all'])
        expect(await ours.restore(saved, '-v')).toMatchObject({ status: 0, stdout: '', stderr: '' })
        expect(await ours.restore('--stop-daemon master\n--stop-daemon backup\n--set 1 1 1\n')).toMatchObject(
          { status: 0 },
        )
        expect(await ours.restore(saved)).toMatchObject({ status: 0, stderr: '' })
        expect(await ours.state()).toEqual(before)
        expect(await ours.run('ipvsadm', ['-C'])).toMatchObject({ status: 0 })
        expect(await ours.restore('--stop-daemon master\n--stop-daemon backup\n--set 1 1 1\n')).toMatchObject(
          { status: 0 },
        )
        expect(await ours.run('ipvsadm', ['-R'], saved)).toMatchObject({ status: 0, stderr: '' })
        expect(await ours.state()).toEqual(before)
      }),
      { numRuns: TABLES, endOnFailure: true },
    )
  })
})

describe('refusals of the kernel', () => {
  const BEFORE = '-A -t 192.0.2.1:80 -s rr\n-a -t 192.0.2.1:80 -r 198.51.100.1 -w 5\n-A -f 3\n'
  const cases: readonly [line: string, message: string, hint: RegExp][] = [
    ['-A -f 9 -s nosuch', 'Scheduler or persistence engine not found', /its module ip_vs_nosuch is missing/],
    [
      '-a -t 192.0.2.1:80 -r 224.0.0.1',
      'Invalid operation.  Possibly wrong module version, address not unicast, ...',
      /not unicast/,
    ],
    [
      '-a -t 192.0.2.1:80 -r 198.51.100.9 -x 3 -y 5',
      'Numerical result out of range',
      /lower threshold is above/,
    ],
    ['--start-daemon master --mcast-interface nosuch0', 'No such device', /no such interface/],
  ]
  it.each(cases)('%s', async (line, message, hint) => {
    expect(await ours.restore(`--stop-daemon master\n--stop-daemon backup\n${BEFORE}`)).toMatchObject({
      status: 0,
    })
    const start = await ours.state()
    const file = `-A -f 100\n-a -f 100 -r 198.51.100.3\n-A -t 192.0.2.1:80 -s wrr\n--set 5 5 5\n${line}\n`
    const { status, stderr } = await ours.restore(file)
    expect({ status, stderr }).toEqual({
      status: 255,
      stderr: expect.stringContaining(`line 5: ${line}: ${message}\n`),
    })
    expect(stderr).toMatch(hint)
    expect(stderr).toMatch(/(nothing was changed|; verified: the table is unchanged)\n$/)
    expect(await ours.state()).toEqual(start)
  })
})

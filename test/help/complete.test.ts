// Candidates for the completion of a command line.

import { describe, expect, it } from '@jest/globals'
import { COMMANDS } from '../../lib/grammar/command-rows.ts'
import { OPTIONS } from '../../lib/grammar/option-rows.ts'
import { SUBCOMMAND_ROWS } from '../../lib/grammar/subcommand-rows.ts'
import { SCHEDULERS } from '../../lib/grammar/values.ts'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'
import { run } from '../support/run.ts'

const RULES = `-A -t 192.0.2.1:80
-a -t 192.0.2.1:80 -r 10.0.0.1:8080 -m
-a -t 192.0.2.1:80 -r 10.0.0.2:80 -m
-A -t [2001:db8::1]:443
-a -t [2001:db8::1]:443 -r [2001:db8::2]:443
-A -u 192.0.2.9:53
-A -f 7
-a -f 7 -r 10.0.0.3 -m
`

/** The candidates for the last word. */
async function complete(...words: string[]): Promise<string[]> {
  const kernel = new FakeKernel()
  await run(kernel, '-R', { input: RULES })
  const machine = { readChunks: () => [Buffer.from('Inter-|\n face |\n    lo: 1 2\n  eth0: 3 4\n')] }
  const outcome = await run(kernel, ['completion', 'words', '--', ...words], { machine })
  expect(outcome).toMatchObject({ status: 0, stderr: '' })
  return outcome.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t')[0]!)
}

describe('the first word', () => {
  it('is a subcommand or a command', async () => {
    const long = COMMANDS.map((row) => `--${row.long}`)
    expect((await complete('')).sort()).toEqual([...SUBCOMMAND_ROWS.map(({ name }) => name), ...long].sort())
    expect(await complete('--add')).toEqual(['--add-service', '--add-server'])
    expect((await complete('-')).filter((word) => word.length === 2).join('')).toBe(
      '-A-E-D-C-R-S-a-e-d-L-l-Z-h-v',
    )
    expect(await complete('do')).toEqual(['doctor'])
  })
})

describe('options', () => {
  it.each(COMMANDS.map(({ long, options }) => [long, options] as const))(
    'of --%s are those that are legal with it',
    async (long, options) => {
      const value = COMMANDS.find((row) => row.long === long)?.choices?.slice(0, 1) ?? []
      const offered = await complete(`--${long}`, ...value, '--')
      const legal = OPTIONS.filter(({ id }) => options[id] !== undefined).map((row) => `--${row.long}`)
      expect(offered.filter((word) => word !== '--ipv6' && word !== '--sort')).toEqual(legal)
      expect(offered.includes('--ipv6')).toBe('service-address' in options)
    },
  )

  it('are offered once', async () => {
    expect(await complete('-A', '-t', '192.0.2.1:80', '--tcp')).toEqual([])
    expect(await complete('-At', '192.0.2.1:80', '--udp')).toEqual([])
    expect(await complete('-a', '-t', 'x', '-m', '--ipip')).toEqual([])
    expect(await complete('-L', '--conn')).toEqual(['--connection'])
    expect(await complete('-L', '--daemon', '--conn')).toEqual([])
  })

  it('have short names after a single dash', async () => {
    const offered = await complete('-D', '-')
    expect(offered.filter((word) => /^-\w$/.test(word))).toEqual(['-t', '-u', '-f', '-6'])
  })
})

describe('values', () => {
  it.each<[words: string, expected: readonly string[]]>([
    ['-A -t x -s ', SCHEDULERS],
    ['-A -t x --scheduler ', SCHEDULERS],
    ['-A -t x -s w', ['wrr', 'wlc']],
    ['-A -t x --scheduler=m', ['--scheduler=mh']],
    ['-a -t x -r y -i --tun-type ', ['ipip', 'gue', 'gre']],
    ['-L --color ', ['auto', 'always', 'never']],
    ['-L --family ', ['inet', 'inet6']],
    ['-L --protocol ', ['tcp', 'udp', 'sctp', 'fwm']],
    ['-A -t x -s sh -b sh', ['sh-fallback', 'sh-port']],
    ['-A -t x --pe ', ['sip']],
    ['--start-daemon ', ['master', 'backup']],
    ['--stop-daemon b', ['backup']],
    ['--start-daemon master --mcast-interface ', ['lo', 'eth0']],
    ['-D -t ', ['192.0.2.1:80', '[2001:db8::1]:443']],
    ['-D -t [', ['[2001:db8::1]:443']],
    ['-D -u ', ['192.0.2.9:53']],
    ['-D -f ', ['7']],
    ['-Lt 192.0.2.1:8', ['192.0.2.1:80']],
    ['-L -t 192.0.2.1:8', ['192.0.2.1:80']],
    ['-A -t ', []],
    ['-d -t 192.0.2.1:80 -r ', ['10.0.0.1:8080', '10.0.0.2:80']],
    ['-e -t [2001:db8::1]:443 -r ', ['[2001:db8::2]:443']],
    ['-d -f 7 -r ', ['10.0.0.3:0']],
    ['-a -t 192.0.2.1:80 -r ', ['10.0.0.3:0', '[2001:db8::2]:443']],
    ['-A -t x -w ', []],
    ['--set 1 ', ['--netns']],
    ['completion ', ['bash', 'zsh', 'fish', 'words']],
    ['apply ', [':files']],
    ['apply --wait ', []],
    ['apply --wait 5 ', [':files']],
    ['drain -u ', ['192.0.2.9:53']],
    ['drain --tcp-service=192.0.2.1:8', ['--tcp-service=192.0.2.1:80']],
    ['drain -t 192.0.2.1:80 -r ', ['10.0.0.1:8080', '10.0.0.2:80']],
    ['drain --d', ['--delete']],
    ['top --i', ['--interval']],
    ['help sched', ['schedulers', 'scheduler', 'sched-flags']],
    ['foo ', []],
    ['-Q ', []],
  ])('%s', async (words, expected) => {
    expect((await complete(...words.split(' '))).sort()).toEqual(expected.filter((one) => one !== '').sort())
  })

  it('of the kernel are none when it has no ip_vs', async () => {
    const kernel = new FakeKernel({ hasFamily: false })
    const outcome = await run(kernel, ['completion', 'words', '--', '-D', '-t', ''])
    expect(outcome).toMatchObject({ status: 0, stdout: '', stderr: '' })
  })

  it('of a subcommand are its options', async () => {
    expect(await complete('diff', '--')).toEqual(expect.arrayContaining(['--scope', '--json', '--help']))
  })
})

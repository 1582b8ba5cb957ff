// The standalone binary beside Node: both must print and do the same. No kernel is needed here; with one, the
// other rings run both.
import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { SUBCOMMANDS } from '../../lib/commands/load-subcommand.ts'
import { LAUNCHERS } from '../support/launchers.ts'
import { LockHolder } from '../support/lock-holder.ts'
import { ROOT, shell } from '../support/program.ts'

const FOLDER = join(ROOT, LAUNCHERS.standalone)

let scratch: string

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'ipvsadm-'))
  for (const name of ['ipvsadm', 'ipvsadm-save', 'elsewhere', '-odd name']) {
    symlinkSync(join(FOLDER, 'ipvsadm'), join(scratch, name))
  }
})

afterAll(() => {
  rmSync(scratch, { recursive: true })
})

const standalone = (line: string, options = {}) => shell(line, { ...options, launcher: 'standalone' })

it('refuses a document that is nested deeper than the engine reads', () => {
  const input = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
  const { status, stderr } = standalone('ipvsadm check -', { input })
  expect([status, stderr]).toEqual([2, expect.stringMatching(/^line 1: nested too deeply: \{"a":\[+…\n/)])
})

describe('prints the output of the launchers on Node', () => {
  it.each([
    'ipvsadm -h',
    'ipvsadm -v',
    'ipvsadm --help --version',
    'ipvsadm',
    'ipvsadm -Ln',
    'ipvsadm -Q',
    'ipvsadm -A --nonsense',
    'ipvsadm -A -t no.such.host.invalid:80',
    'ipvsadm -L -n --json --nonsense',
    'ipvsadm -R <<<"-A -t localhost:http"',
    'ipvsadm metrics',
    'ipvsadm metrics --scope nonsense',
    'ipvsadm-save -h',
    'ipvsadm-save -n',
    'ipvsadm-restore </dev/null',
    'ipvsadm-restore --check <<<"-A -t localhost:http"',
    'ipvsadm check - <<<"-A -t localhost:http"; ipvsadm check - <<<"-A"',
    'ipvsadm help; ipvsadm help weight; ipvsadm help nothing',
    'ipvsadm completion bash | sha256sum',
    'ipvsadm -h >/dev/full',
    'ipvsadm -h >&-',
    'set -o pipefail; ipvsadm -h | head -n 1',
    'cat /dev/zero | timeout 0.3 ipvsadm check - ; echo $?',
    'ipvsadm -v </nowhere',
    ...Object.keys(SUBCOMMANDS).flatMap((name) => [
      `ipvsadm ${name} --help`,
      `ipvsadm ${name} --nonsense </dev/null`,
    ]),
  ])('%s', (line) => {
    expect(standalone(line)).toEqual(shell(line))
  })
})

describe('its name', () => {
  it.each([
    ['./elsewhere', '  ./elsewhere -C'],
    ['PATH=. elsewhere', '  elsewhere -C'],
    ['"$PWD/-odd name"', '/-odd name -C'],
    ['exec -a "" ./elsewhere', '   -C'],
  ])('%s is what the help says', (command, usage) => {
    const { status, stdout } = shell(`${command} -h`, { cwd: scratch })
    expect(status).toBe(0)
    expect(stdout.split('\n').some((line) => line.endsWith(usage))).toBe(true)
  })

  it('chooses the program', () => {
    const { status, stderr } = shell('./ipvsadm-save -h', { cwd: scratch })
    expect(status).toBe(1)
    expect(stderr).toMatch(/^ipvsadm-save: /)
  })
})

describe('on its own', () => {
  it('needs neither Node nor the checkout', () => {
    const place = join(scratch, 'alone')
    mkdirSync(place)
    copyFileSync(join(FOLDER, 'ipvsadm'), join(place, 'ipvsadm'))
    const line = `env -i PATH=${place} ipvsadm help weight`
    expect(shell(line, { cwd: '/' })).toEqual({
      status: 0,
      stdout: shell('ipvsadm help weight').stdout,
      stderr: '',
    })
  })

  it('opens no file, for any environment', () => {
    const place = mkdtempSync(join(scratch, 'environment-'))
    const trace = join(place, 'trace')
    const env = {
      LD_PRELOAD: '/lib/x86_64-linux-gnu/libm.so.6',
      NODE_OPTIONS: '--require=/x.js',
      HOME: place,
      TZ: ':/x',
    }
    const line = `strace -qqo ${trace} -e trace=%file,%network $(type -p ipvsadm) -v`
    expect(standalone(line, { env, cwd: place })).toEqual(shell('ipvsadm -v'))
    expect(readFileSync(trace, 'utf8').match(/^\w+/gm)).toEqual(['execve'])
  })

  it.each([
    [
      'no environment, directory or open descriptor',
      'mkdir gone; cd gone; rmdir ../gone; exec env -i %s help weight <&- 2>&-',
    ],
    ['20 MB of address space', '(ulimit -v 20000; exec %s help weight)'],
    ['128 KiB of stack', '(ulimit -s 128; exec %s help weight)'],
  ])('runs with %s', (_what, line) => {
    const place = mkdtempSync(join(scratch, 'limits-'))
    const expected = { status: 0, stdout: shell('ipvsadm help weight').stdout, stderr: '' }
    expect(shell(line.replace('%s', join(FOLDER, 'ipvsadm')), { cwd: place })).toEqual(expected)
  })

  it.each(['ipvsadm-restore', 'ipvsadm apply -', 'ipvsadm check -'])('%s refuses a closed stdin', (line) => {
    // An empty rule file is another matter: it clears the table.
    expect(standalone(`${line} <&-`)).toEqual({
      status: 255,
      stdout: '',
      stderr: 'EBADF: bad file descriptor, read\n',
    })
  })

  it('reads 100,000 services with a server each in little memory', () => {
    const file = join(scratch, 'large')
    const lines = Array.from({ length: 100_000 }, (_, n) => {
      const service = `-t 10.${n >> 16}.${(n >> 8) & 255}.${n & 255}:80`
      return `-A ${service} -s wlc\n-a ${service} -r 192.168.0.1:80 -m -w 1\n`
    })
    writeFileSync(file, lines.join(''))
    const line = `(ulimit -v 100000; exec ${join(FOLDER, 'ipvsadm')} check -v ${file})`
    expect(shell(line)).toEqual({ status: 0, stdout: 'services: 100000, servers: 100000\n', stderr: '' })
  })

  it("asks for the kernel's own words for errors", () => {
    const trace = join(scratch, 'socket')
    standalone(`strace -qqo ${trace} -e trace=setsockopt ipvsadm -Ln`)
    expect(readFileSync(trace, 'utf8')).toMatch(
      /setsockopt\(\d+, SOL_NETLINK, NETLINK_EXT_ACK, \[1\], 4\) += 0/,
    )
  })

  it('does not send crash reports', () => {
    const trace = join(scratch, 'crash')
    const inject = '-e trace=execve,connect,read -e inject=read:signal=SEGV'
    const line = `strace -fqqo ${trace} ${inject} ipvsadm check - </dev/null; echo $?`
    expect(standalone(line).stdout).toBe('139\n')
    const calls = readFileSync(trace, 'utf8')
    expect(calls).toMatch(/killed by SIGSEGV/)
    expect(calls.match(/execve.* = 0$|connect/gm)).toHaveLength(1)
  })

  it('ends by the signal that it is sent', () => {
    const line = (signal: string) =>
      `timeout --preserve-status -s ${signal} 0.7 ipvsadm check - <>waits; echo $?`
    shell('mkfifo waits', { cwd: scratch })
    for (const [signal, status] of Object.entries({ INT: 130, TERM: 143, HUP: 129 })) {
      const outcome = standalone(line(signal), { cwd: scratch })
      expect(outcome).toEqual({ status: 0, stdout: `${status}\n`, stderr: '' })
      expect(outcome).toEqual(shell(line(signal), { cwd: scratch }))
    }
  })
})

describe('scripts/bench', () => {
  it('has a runner that times its steps and stops at a wrong status', () => {
    const plan = (...steps: string[][]) => `rounds 2\n${steps.map((step) => `${step.join('\t')}\n`).join('')}`
    const file = join(scratch, 'input')
    writeFileSync(file, 'ours\n')
    const good = plan(['-', '/dev/null', '0', '/bin/true'], ['cat', file, '0', '/bin/cat'])
    const { status, stdout } = shell('scripts/bench-run', { input: good })
    expect({ status, lines: stdout.match(/^cat\t\d+\.\d{3}\t\d+$/gm)?.length }).toEqual({
      status: 0,
      lines: 2,
    })
    const bad = plan(['false', '/dev/null', '0', '/bin/false'])
    expect(shell('scripts/bench-run', { input: bad }).stderr).toBe('/bin/false: status 256 instead of 0\n')
  })

  it('has a document with a place for its table', () => {
    const document = readFileSync(join(ROOT, 'docs/performance.md'), 'utf8')
    expect(document).toMatch(/^<!-- bench -->\n[\s\S]*^<!-- \/bench -->$/m)
  })
})

describe('the lock of restores', () => {
  it('is the same as on Node: its holder excludes the binary', async () => {
    const holder = new LockHolder()
    const [command, ...words] = await holder.beside(join(FOLDER, 'ipvsadm-restore'), '--wait', '0')
    const { status, stderr } = spawnSync(command, words, { input: '', encoding: 'utf8' })
    holder.end()
    expect({ status, stderr }).toEqual({
      status: 4,
      stderr: 'another restore is running (a test); waited 0 s; nothing was changed\n',
    })
  })
})

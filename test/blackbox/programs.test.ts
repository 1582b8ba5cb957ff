// The built programs as processes, as far as they go without asking the kernel: any machine may run this. What needs a
// kernel, or the lack of one, is in test/kernel/programs.test.ts.
import {
  cpSync,
  existsSync,
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
import { LAUNCHER_NAMES } from '../support/launchers.ts'
import { BIN, type ProcessOptions, ROOT, shell as run } from '../support/program.ts'

const PROGRAMS = ['ipvsadm', 'ipvsadm-save', 'ipvsadm-restore']
const VERSION = 'ipvsadm v1.31 2019/12/24 (compiled with popt and IPVS v1.2.1)\n'
const SAVE_USAGE = `ipvsadm-save: Script to save the IPVS table to stdout.
   With the -n option, prints out the table in numeric format.
`

let scratch: string

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'ipvsadm-'))
})

afterAll(() => {
  rmSync(scratch, { recursive: true })
})

describe('the launchers', () => {
  it.each(PROGRAMS)('%s reports in one line that it is not built', (program) => {
    const checkout = join(scratch, 'not-built')
    cpSync(BIN, join(checkout, 'bin'), { recursive: true })
    expect(run(`${checkout}/bin/${program} -v`)).toEqual({
      status: 1,
      stdout: '',
      stderr: `${program}: not built yet: run scripts/build\n`,
    })
  })

  it('work through links, as npm installs them, and from anywhere', () => {
    const links = join(scratch, 'links')
    mkdirSync(links)
    symlinkSync(join(BIN, 'ipvsadm'), join(links, 'ipvsadm'))
    symlinkSync('ipvsadm', join(links, 'again'))
    for (const name of ['ipvsadm', 'again']) {
      expect(run(`${links}/${name} -v`, { cwd: '/' })).toEqual({ status: 0, stdout: VERSION, stderr: '' })
    }
  })

  it('work in a directory that is gone', () => {
    expect(run(`cd ${scratch} && mkdir gone && cd gone && rmdir ../gone && ipvsadm -v`)).toEqual({
      status: 0,
      stdout: VERSION,
      stderr: '',
    })
  })
})

describe('stderr of Node', () => {
  it('has no warning even when there is one', () => {
    const preload = join(scratch, 'warn.cjs')
    writeFileSync(preload, 'process.emitWarning("look here"); Buffer(1); new (require("node:events"))()\n')
    const env = { NODE_OPTIONS: `--require ${preload}` }
    expect(run('ipvsadm -v', { env })).toEqual({ status: 0, stdout: VERSION, stderr: '' })
  })
})

describe.each(LAUNCHER_NAMES)('%s', (launcher) => {
  const shell = (line: string, options: ProcessOptions = {}) => run(line, { ...options, launcher })

  describe('without a kernel', () => {
    it.each(['-v', '--version'])('%s prints the version', (word) => {
      expect(shell(`ipvsadm ${word}`)).toEqual({ status: 0, stdout: VERSION, stderr: '' })
    })

    it('version prints its own version, the runtime and the commit that it was built from', () => {
      const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
      const { status, stdout, stderr } = shell('ipvsadm version')
      expect([status, stderr]).toEqual([0, ''])
      const build = existsSync('.git') ? /[0-9a-f]{12,}\+? of \d{4}-\d\d-\d\d/ : /not from a commit/
      expect(stdout).toMatch(
        new RegExp(`^ipvsadm ${version}\nruntime: \\S+ \\d+\\.\\d+\\S*\nbuild: ${build.source}\n`),
      )
    })

    it.each(['-h', '--help'])('%s prints the help', (word) => {
      const { status, stdout, stderr } = shell(`ipvsadm ${word}`)
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
      expect(stdout.startsWith(`${VERSION}Usage:\n`)).toBe(true)
    })

    it.each(['-h', '-x'])('ipvsadm-save %s prints its usage', (word) => {
      expect(shell(`ipvsadm-save ${word}`)).toEqual({ status: 1, stdout: '', stderr: SAVE_USAGE })
    })
  })

  describe('stdout', () => {
    it('may be closed early', () => {
      expect(shell('set -o pipefail; ipvsadm -h | head -n 1')).toEqual({
        status: 0,
        stdout: VERSION,
        stderr: '',
      })
    })

    it('may be closed before the first word, which ends it as SIGPIPE would', () => {
      const line = 'exec 3> >(true); wait $!; ipvsadm -h >&3; echo $? >&2'
      expect(shell(line)).toEqual({ status: 0, stdout: '', stderr: '141\n' })
    })

    it('may be missing, as may stdin and stderr', () => {
      expect(shell('ipvsadm -v >&-')).toEqual({ status: 0, stdout: '', stderr: '' })
      expect(shell('ipvsadm -v <&- 2>&-')).toEqual({ status: 0, stdout: VERSION, stderr: '' })
      expect(shell('ipvsadm -v <&- >&- 2>&-')).toEqual({ status: 0, stdout: '', stderr: '' })
    })

    it('that is full is an error', () => {
      expect(shell('ipvsadm -h >/dev/full')).toEqual({
        status: 255,
        stdout: '',
        stderr: 'ENOSPC: no space left on device, write\n',
      })
      expect(shell('ipvsadm -h >/dev/full 2>/dev/full')).toEqual({ status: 255, stdout: '', stderr: '' })
    })

    it('may be a pipe that does not block and is full', () => {
      const reader = "perl -e 'sleep 1; print while <STDIN>'"
      const writer =
        'perl -e \'use Fcntl; fcntl STDOUT, F_SETFL, O_NONBLOCK; 1 while syswrite STDOUT, "\\n" x 512; exec "ipvsadm", "-v"\''
      const { status, stdout, stderr } = shell(`${writer} | ${reader}`)
      expect({ status, stdout: stdout.trim(), stderr }).toEqual({
        status: 0,
        stdout: VERSION.trim(),
        stderr: '',
      })
    })
  })

  describe('stderr has no warning of the runtime', () => {
    it.each([
      { NODE_PENDING_DEPRECATION: '1' },
      { NO_COLOR: '1', FORCE_COLOR: '1' },
      { NODE_OPTIONS: '--trace-warnings --pending-deprecation' },
      { POSIXLY_CORRECT: '' },
    ])('with %j', (env) => {
      expect(shell('ipvsadm -v', { env })).toEqual({ status: 0, stdout: VERSION, stderr: '' })
      expect(shell('ipvsadm -h', { env }).stderr).toBe('')
    })
  })
})

it('a signal that comes when a restore is over ends the process', () => {
  const script = `
    const end = require('${ROOT}/dist/main.js').nodeSystem.onInterrupt(() => console.log('heard'))
    end()
    process.kill(process.pid, 'SIGTERM')
    setTimeout(() => console.log('alive'), 60_000)`
  expect(run('node -; echo $?', { input: script })).toMatchObject({ status: 0, stdout: '143\n' })
})

it.each([
  [
    'agent status --json --socket /none/socket',
    255,
    'TRANSPORT',
    /^agent: no agent answers at \/none\/socket: /,
  ],
  ['fleet status --keep 1 --json', 2, 'USAGE', /^fleet: status: takes no --keep$/],
  ['fleet status --json --endpoints 127.0.0.1:1', 255, 'STORE', /^fleet: .*ECONNREFUSED/],
])('a bundle of its own fails as JSON on request: %s', (line, status, code, message) => {
  const end = run(`ipvsadm ${line}`)
  expect(end).toMatchObject({ status, stdout: '' })
  expect(JSON.parse(end.stderr)).toEqual({ error: { message: expect.stringMatching(message), status, code } })
})

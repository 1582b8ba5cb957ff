// The check by a program: its status, its output, and its end.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, watch } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { check, checkUntil, onEnd } from './support.ts'

/** The check by a shell that runs the script. */
const script = (text: string) => `kind: exec, command: [/bin/sh, -c, ${JSON.stringify(text)}]`

const openFiles = () => readdirSync('/proc/self/fd')

describe('exec', () => {
  it.each([
    ['exit 0', { up: true, detail: 'status 0' }],
    ['echo all well; echo more', { up: true, detail: 'status 0: all well' }],
    ['echo no >&2; exit 3', { up: false, detail: 'status 3: no' }],
    ['kill -9 $$', { up: false, detail: 'killed by SIGKILL' }],
  ])('judges %j', async (text, expected) => {
    expect(await check(script(text), 80)).toEqual(expected)
  })

  it('gives the endpoint, and nothing of its own environment', async () => {
    process.env.SECRET = 'x'
    onEnd(() => delete process.env.SECRET)
    const { detail } = await check(
      script('env | grep -v -e ^PWD -e ^_ -e ^SHLVL -e ^PATH | sort | xargs'),
      8080,
    )
    expect(detail).toBe(
      'status 0: IPVS_CHECK_ADDRESS=127.0.0.1 IPVS_CHECK_PORT=8080 IPVS_PROTOCOL=tcp IPVS_SERVER_ADDRESS=127.0.0.1 IPVS_SERVER_PORT=8080 IPVS_VIRTUAL_ADDRESS=192.0.2.1 IPVS_VIRTUAL_PORT=80 LC_ALL=C.UTF-8',
    )
  })

  it('reads a megabyte, and keeps a line of it', async () => {
    const { up, detail } = await check(script('head -c 1000000 /dev/zero | tr "\\0" x'), 80)
    expect(up).toBe(true)
    expect(detail.length).toBe(200)
  })

  it('says nothing about the server when the program cannot be started', async () => {
    expect(await check('kind: exec, command: [/no/such/program]', 80)).toEqual({
      up: false,
      detail: '/no/such/program: no such file or directory',
      inconclusive: true,
    })
    expect(await check('kind: exec, command: [/etc/passwd]', 80)).toMatchObject({ inconclusive: true })
    // These errors are thrown, the others are events.
    expect(await check('kind: exec, command: [/etc/passwd/program]', 80)).toEqual({
      up: false,
      detail: '/etc/passwd/program: not a directory',
      inconclusive: true,
    })
  })

  it('says nothing about the server when this process has no descriptors left', async () => {
    const most = openFiles().length + 2
    const limit = async (soft: number) => {
      // Has all descriptors that it needs before the limit counts.
      const program = spawn('prlimit', ['--pid', `${process.pid}`, `--nofile=${soft}:`])
      expect(await new Promise((resolve) => program.on('exit', resolve))).toBe(0)
    }
    const [, before] = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    // Restores the limit when its input ends: no program can be started then.
    const restorer = spawn('sh', ['-c', `read -r x; exec prlimit --pid ${process.pid} --nofile=${before}:`])
    const restored = new Promise((resolve) => restorer.on('exit', resolve))
    await limit(most)
    try {
      expect(await check(script('exit 0'), 80)).toEqual({
        up: false,
        detail: '/bin/sh: too many open files',
        inconclusive: true,
      })
    } finally {
      restorer.stdin.end('\n')
      await restored
    }
    expect(await check(script('exit 0'), 80)).toMatchObject({ up: true })
  })

  it('ends what a program has left behind', async () => {
    const { detail } = await check(script('sleep 1000 & echo $!'), 80)
    const [, left = ''] = /^status 0: (\d+)$/.exec(detail) ?? []
    expect(left).not.toBe('')
    while (isAlive(left)) await new Promise(setImmediate)
  })

  it('is killed at the timeout with all that it has started', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'exec-'))
    onEnd(() => rmSync(folder, { recursive: true }))
    const file = join(folder, 'child')
    const begun = new Promise<void>((resolve) => {
      const watcher = watch(folder, () => {
        if (!existsSync(file)) return
        watcher.close()
        resolve()
      })
    })
    // The shell and its child both ignore the milder signals.
    const text = `trap "" TERM INT HUP; sh -c 'trap "" TERM HUP; sleep 1000 & wait' & echo $! > ${file}.new; mv ${file}.new ${file}; wait`
    const outcome = await checkUntil(begun, script(text), 80)
    expect(outcome).toEqual({ up: false, detail: 'timed out, killed' })
    const child = readFileSync(file, 'utf8').trim()
    while (isAlive(child)) await new Promise(setImmediate)
  })
})

/** Whether a process exists that is more than an end that nobody has asked about. */
function isAlive(process: string): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${process}/status`, 'utf8'))
  } catch {
    return false
  }
}

// The test kernel itself: scripts/kernel, and the guest that serves the other tests.
import { spawn, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Guest, type Namespace } from '../support/guest.ts'

const KERNEL = join(__dirname, '../../scripts/kernel')
const EVERY_BYTE = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))

describe('scripts/kernel', () => {
  const kernel = (words: string[], options: { input?: Buffer; cwd?: string } = {}) =>
    spawnSync(KERNEL, words, { maxBuffer: 1 << 24, ...options })

  it.each([
    ['exit 0', 0],
    ['exit 255', 255],
    ['kill -KILL $$', 137],
  ])('ends as the command does: %s', (script, status) => {
    expect(kernel(['sh', '-c', script]).status).toBe(status)
  })

  it('names the program that could not be started', () => {
    const { status, stderr } = kernel(['/nonexistent'])
    expect([status, `${stderr}`]).toEqual([127, 'kernel: /nonexistent: No such file or directory\n'])
    expect(kernel([__filename]).status).toBe(126)
  })

  it('refuses options that it does not have, before it boots', () => {
    const { status, stderr } = kernel(['--bogus', 'true'])
    expect([status, `${stderr}`]).toEqual([125, 'kernel: unknown option --bogus (see --help)\n'])
  })

  it('carries the three streams whole, byte by byte', () => {
    const input = randomBytes(3_000_000)
    const digest = createHash('sha1').update(input).digest('hex')
    const { stdout, stderr } = kernel(['sh', '-c', 'tee /tmp/copy; cat /tmp/copy >&2'], { input })
    const found = [stdout, stderr].map((bytes) => createHash('sha1').update(bytes).digest('hex'))
    expect(found).toEqual([digest, digest])
  })

  it('keeps words and environment', () => {
    const words = ['', 'a b', "it's", '$HOME', 'two\nlines', 'é']
    const { stdout } = spawnSync(KERNEL, ['sh', '-c', 'printf "%s|" "$X" "$@"', 'sh', ...words], {
      env: { ...process.env, X: 'one=1\ntwo' },
    })
    expect(`${stdout}`).toBe(['one=1\ntwo', ...words, ''].join('|'))
  })

  it('writes to the current directory, and nowhere else', () => {
    const cwd = mkdtempSync(join(tmpdir(), 'kernel '))
    try {
      const outside = `${cwd}.outside`
      const { status, stdout } = kernel(['sh', '-c', `pwd; echo in >file; echo out >'${outside}'`], { cwd })
      expect([status, `${stdout}`]).toEqual([0, `${cwd}\n`])
      expect(readFileSync(join(cwd, 'file'), 'utf8')).toBe('in\n')
      expect(existsSync(outside)).toBe(false)
    } finally {
      rmSync(cwd, { recursive: true })
    }
  })

  it('has ip_vs, and loads a scheduler that is asked for', () => {
    const { stdout } = kernel(['sh', '-c', 'ipvsadm -A -t 192.0.2.1:80 -s wrr && ipvsadm -Sn'])
    expect(`${stdout}`).toBe('-A -t 192.0.2.1:80 -s wrr\n')
  })

  it('ends at the given timeout, and passes on earlier output', () => {
    // The time includes the boot, which takes longer on a busy machine.
    for (let seconds = 4; ; seconds *= 2) {
      const words = ['--timeout', `${seconds}`, 'sh', '-c', 'echo before; sleep 10000']
      const { status, stdout, stderr } = kernel(words)
      expect([status, `${stderr}`]).toEqual([124, `kernel: no end after ${seconds} seconds\n`])
      if (`${stdout}` === 'before\n') return
      expect([seconds, `${stdout}`]).toEqual([expect.any(Number), ''])
      expect(seconds).toBeLessThan(500)
    }
  })

  it('ends with its reader', () => {
    const { stdout } = spawnSync('bash', [
      '-o',
      'pipefail',
      '-c',
      '"$1" yes | head -n 1; echo $?',
      '-',
      KERNEL,
    ])
    expect(`${stdout}`).toBe('y\n141\n')
  })

  it.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)('leaves no process when it gets %s', async (signal) => {
    const mark = `10000.${Math.random().toString().slice(2)}`
    const process = spawn(KERNEL, ['sh', '-c', `echo up; sleep ${mark}`], {
      env: { MARK: mark, PATH: '/usr/bin:/bin' },
    })
    await once(process.stdout, 'data')
    expect(processesWith(mark)).not.toBe(0)
    process.kill(signal)
    await once(process, 'close')
    for (let wait = 0; wait < 10_000 && processesWith(mark) > 0; wait++) await delay(20)
    expect(processesWith(mark)).toBe(0)
  })
})

/** The number of processes that have this in their environment. */
function processesWith(mark: string): number {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'latin1').includes(mark)
    } catch {
      return false
    }
  }).length
}

describe('a guest', () => {
  let guest: Guest
  let namespace: Namespace

  beforeAll(async () => {
    guest = await Guest.start()
    namespace = await guest.namespace()
  })

  afterAll(async () => {
    await guest.stop()
  })

  it('knows its kernel', async () => {
    const { stdout } = await guest.run(['uname', '-r'])
    expect(guest.release).toBe(`${stdout}`.trim())
  })

  it('tells statuses from signals', async () => {
    const scripts = ['exit 0', 'exit 255', 'exit 139', 'kill -SEGV $$', 'kill -PIPE $$']
    const results = await namespace.runAll(scripts.map((script) => ({ argv: ['sh', '-c', script] })))
    const nothing = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) }
    expect(results).toEqual([
      { status: 0, ...nothing },
      { status: 255, ...nothing },
      { status: 139, ...nothing },
      { status: 139, signal: 'SIGSEGV', ...nothing },
      { status: 141, signal: 'SIGPIPE', ...nothing },
    ])
    expect((await namespace.run(['nonexistent'])).status).toBe(127)
  })

  it('keeps streams apart, and every byte of them', async () => {
    const { stdout, stderr } = await namespace.run(['sh', '-c', 'tee /dev/stderr'], { stdin: EVERY_BYTE })
    expect([stdout, stderr]).toEqual([EVERY_BYTE, EVERY_BYTE])
    const large = randomBytes(1_000_000)
    expect((await namespace.run(['cat'], { stdin: large })).stdout.equals(large)).toBe(true)
  })

  it('gives commands no input, and a separate environment', async () => {
    const { stdout } = await namespace.run(['sh', '-c', 'cat; env | sort'], { env: { A: "x'y  z" } })
    const base = 'HOME=/root\nLC_ALL=C\nPATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n'
    expect(`${stdout}`).toBe(`A=x'y  z\n${base}PWD=${join(__dirname, '../..')}\n`)
  })

  it('runs commands in a directory', async () => {
    const [there, back] = await namespace.runAll([{ argv: ['pwd'], cwd: '/usr/share' }, { argv: ['pwd'] }])
    expect([`${there?.stdout}`, `${back?.stdout}`]).toEqual(['/usr/share\n', `${join(__dirname, '../..')}\n`])
    expect(`${(await namespace.run(['pwd'], { cwd: '/nonexistent' })).stderr}`).toContain('/nonexistent')
  })

  it('passes words as they are', async () => {
    const words = ['', 'a b', "it's", '$HOME', '*', '\n', '\\', 'é']
    const { stdout } = await namespace.run(['printf', '%s|', ...words])
    expect(`${stdout}`).toBe([...words, ''].join('|'))
  })

  it('has namespaces with a table each', async () => {
    const [one, two] = [await guest.namespace(), await guest.namespace()]
    await one.run(['ipvsadm', '-A', '-t', '192.0.2.1:80', '-s', 'rr'])
    await two.run(['ipvsadm', '-A', '-u', '192.0.2.2:53', '-s', 'wrr'])
    const saved = await Promise.all([one, two, guest].map((where) => where.run(['ipvsadm', '-Sn'])))
    expect(saved.map(({ stdout }) => `${stdout}`)).toEqual([
      '-A -t 192.0.2.1:80 -s rr\n',
      '-A -u 192.0.2.2:53 -s wrr\n',
      '',
    ])
    expect((await guest.run(['ip', '-n', one.name, 'link', 'show', 'up'])).stdout.toString()).toContain('lo')
    await one.delete()
    await two.delete()
    expect(`${(await guest.run(['ip', 'netns', 'list'])).stdout}`).toBe(`${namespace.name}\n`)
  })

  it('takes many calls at once', async () => {
    const other = await guest.namespace()
    const calls = Array.from({ length: 40 }, (_, n) => (n % 2 ? namespace : other).run(['echo', `${n}`]))
    const results = await Promise.all(calls)
    expect(results.map(({ stdout }) => Number(stdout))).toEqual(results.map((_, n) => n))
    await other.delete()
  })

  it('ends a command that takes too long, and goes on', async () => {
    const slow = namespace.run(['sh', '-c', 'sleep 10000'], { timeout: 0.5 })
    const next = namespace.run(['echo', 'next'])
    await expect(slow).rejects.toThrow(/sleep 10000: command 1: no end after 0.5 seconds/)
    expect(`${(await next).stdout}`).toBe('next\n')
    // Its processes have been sent a signal, which ends them when they run next.
    const search = 'cat /proc/[0-9]*/cmdline | tr "\\0" " " | grep -c "[s]leep 10000"'
    while (`${(await guest.run(['sh', '-c', search])).stdout}` !== '0\n') await delay(20)
  })

  it('reports the output of a command that takes too long', async () => {
    for (let seconds = 0.5; ; seconds *= 2) {
      const slow = namespace.run(['sh', '-c', 'echo begun; sleep 10000'], { timeout: seconds })
      const { message } = (await slow.catch((error: Error) => error)) as Error
      if (/; it had written:\nbegun\n$/.test(message)) return
      expect(message).toMatch(/; it had written:\n$/)
      expect(seconds).toBeLessThan(500)
    }
  })

  it('keeps workers, in their namespace', async () => {
    const script =
      '$| = 1; while (<>) { my $table = `ipvsadm -Sn`; chomp; chomp $table; print qq({"asked":$_,"table":"$table"}\\n) }'
    const other = await guest.namespace()
    await other.run(['ipvsadm', '-A', '-f', '7', '-s', 'rr'])
    const worker = await other.worker(['perl', '-e', script])
    const answers = await Promise.all([worker.request(1), worker.request('two')])
    expect(answers).toEqual([
      { asked: 1, table: '-A -f 7 -s rr' },
      { asked: 'two', table: '-A -f 7 -s rr' },
    ])
    expect(await worker.close()).toEqual({ status: 0, stderr: Buffer.alloc(0) })
    await other.delete()
  })

  it('reports the end of a worker', async () => {
    const worker = await namespace.worker(['sh', '-c', 'read line; echo oops >&2; exit 3'])
    await expect(worker.request({})).rejects.toThrow(/the worker ended with status 3: oops/)
    await expect(worker.request({})).rejects.toThrow(/the worker has ended/)
    expect(await worker.close()).toEqual({ status: 3, stderr: Buffer.from('oops\n') })
  })

  it('rejects pending calls when its kernel dies, with its last output', async () => {
    const other = await Guest.start()
    const unanswered = other.run(['sleep', '10000'])
    const fatal = (await other.namespace()).run(['sh', '-c', 'echo c >/proc/sysrq-trigger'])
    await expect(unanswered).rejects.toThrow(/it ended with status 125.*Kernel panic/s)
    await expect(fatal).rejects.toThrow(/Kernel panic/)
    await expect(other.run(['true'])).rejects.toThrow(/Kernel panic/)
    await other.stop()
  })

  it('rejects pending calls when it is stopped', async () => {
    const other = await Guest.start()
    const unanswered = other.run(['sleep', '10000'])
    await other.stop()
    await expect(unanswered).rejects.toThrow(/it ended with status 0/)
  })

  it('rejects a missing kernel', async () => {
    await expect(Guest.start({ kernel: '/nonexistent' })).rejects.toThrow(/there is no \/nonexistent/)
  })
})

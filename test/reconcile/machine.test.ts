// What a restore and a save need of the machine: the lock, the replaced file; and the words of ipvsadm-save.

import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { acquireLock } from '../../lib/system/lock.ts'
import { replaceFile } from '../../lib/system/replace-file.ts'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'
import { run } from '../support/run.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ipvsadm-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const mode = (path: string) => (statSync(path).mode & 0o7777).toString(8)

describe('a replaced file', () => {
  it('is for its owner alone when it is new', () => {
    const path = join(folder, 'rules')
    replaceFile(path, 'text')
    expect([readFileSync(path, 'utf8'), mode(path), readdirSync(folder)]).toEqual(['text', '600', ['rules']])
  })

  it('keeps the mode of the old one, and stays the link that it was', () => {
    const [path, link] = [join(folder, 'rules'), join(folder, 'link')]
    writeFileSync(path, 'old')
    chmodSync(path, 0o640)
    symlinkSync('rules', link)
    replaceFile(link, 'new')
    expect([readFileSync(path, 'utf8'), mode(path)]).toEqual(['new', '640'])
    expect(lstatSync(link).isSymbolicLink()).toBe(true)
  })

  it('is the old one when the new one cannot be written', () => {
    const path = join(folder, 'rules')
    writeFileSync(path, 'old')
    // Somebody has put something in the way of the temporary file.
    writeFileSync(join(folder, `.rules.${process.pid}.tmp`), 'precious')
    expect(() => replaceFile(path, 'new')).toThrow(/^cannot write .*: EEXIST/)
    expect(() => replaceFile(join(folder, 'no', 'such'), 'new')).toThrow(/^cannot write .*: ENOENT/)
    expect(readFileSync(path, 'utf8')).toBe('old')
    expect(readFileSync(join(folder, `.rules.${process.pid}.tmp`), 'utf8')).toBe('precious')
  })

  it('that is no regular file is written to as it is', () => {
    replaceFile('/dev/null', 'text')
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true)
    expect(() => replaceFile('/dev/full', 'text')).toThrow(/ENOSPC/)
  })
})

describe('ipvsadm-save', () => {
  const RULES = [
    '-A -t 192.0.2.1:80 -s wlc',
    '-a -t 192.0.2.1:80 -r 198.51.100.1:80 -m -w 1 -x 9 -y 3',
    '--set 10 20 30',
    '--start-daemon backup --mcast-interface eth0 --syncid 5 --mcast-group ff02::5 --mcast-port 7 --mcast-ttl 2',
  ]
  const save = (kernel: FakeKernel, words: readonly string[]) =>
    run(kernel, words, { program: 'ipvsadm-save' })
  const prepared = async () => {
    const kernel = new FakeKernel()
    await run(kernel, '', { program: 'ipvsadm-restore', input: RULES.join('\n') })
    return kernel
  }

  it('writes a file, all of it or nothing', async () => {
    const kernel = await prepared()
    const path = join(folder, 'rules')
    expect(await save(kernel, ['-n', '-o', path])).toMatchObject({ status: 0, output: '' })
    expect(readFileSync(path, 'utf8')).toBe(`${RULES.slice(0, 2).join('\n')}\n`)
    kernel.failDumps(1, 12)
    expect(await save(kernel, ['-n', '-o', path])).toMatchObject({
      status: 1,
      stderr: 'Memory allocation problem\n',
    })
    kernel.removeFamily()
    expect((await save(kernel, ['-n', '-o', path])).status).toBe(2)
    expect(readFileSync(path, 'utf8')).toBe(`${RULES.slice(0, 2).join('\n')}\n`)
    const failed = await save(new FakeKernel(), ['-n', '-o', join(folder, 'no', 'rules')])
    expect(failed).toMatchObject({ status: 255, stdout: '', stderr: expect.stringMatching(/^cannot write /) })
  })

  it('--all: timeouts first and daemons last; both programs take such lines', async () => {
    const kernel = await prepared()
    const { stdout } = await save(kernel, ['--all', '-n'])
    const daemon = RULES[3]!.replace('--mcast-group', '--sync-maxlen 1452 --mcast-group')
    expect(stdout).toBe(`${[RULES[2], RULES[0], RULES[1], daemon].join('\n')}\n`)
    const other = new FakeKernel()
    expect(await run(other, '-R', { input: stdout })).toMatchObject({ status: 0, output: '' })
    expect(other.snapshot()).toEqual(kernel.snapshot())
    const again = await run(kernel, '-v', { program: 'ipvsadm-restore', input: stdout })
    expect(again).toMatchObject({ status: 0, output: '' })
  })

  it.each([['-h'], ['-nn'], ['-'], ['--'], ['-o'], ['foo', '-x']])(
    '%s %s: shows its usage',
    async (...words) => {
      const { status, stdout, stderr } = await save(
        await prepared(),
        words.filter((word) => word !== undefined),
      )
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
      expect(stderr).toMatch(/^ipvsadm-save: /)
    },
  )

  it('a word that is no option means nothing', async () => {
    const { stdout } = await save(await prepared(), ['foo', '-n', ''])
    expect(stdout).toBe(`${RULES.slice(0, 2).join('\n')}\n`)
  })
})

describe('the lock', () => {
  const name = `ipvsadm-test-${process.pid}`

  it('is held by one, who says who it is', async () => {
    const first = await acquireLock(name, 'process 1: me', 0)
    if (!('lock' in first)) throw new Error('not taken')
    expect(await acquireLock(name, 'process 2: you', 0.2)).toEqual({ holder: 'process 1: me' })
    first.lock.release()
  })

  it('goes to one who waits, when it is free', async () => {
    const first = await acquireLock(name, 'first', 1)
    if (!('lock' in first)) throw new Error('not taken')
    let holders = 0
    const waiting = Array.from({ length: 5 }, async (_, i) => {
      const outcome = await acquireLock(name, `waiter ${i}`, 20)
      if (!('lock' in outcome)) throw new Error('not taken')
      expect(++holders).toBe(1)
      await new Promise((resolve) => setTimeout(resolve, 10))
      holders--
      outcome.lock.release()
    })
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(holders).toBe(0)
    first.lock.release()
    await Promise.all(waiting)
  })

  it('a guest who goes away does no harm', async () => {
    const first = await acquireLock(name, 'x'.repeat(10_000), 1)
    if (!('lock' in first)) throw new Error('not taken')
    const guest = connect(`\0${name}`)
    await new Promise((resolve) => guest.once('connect', resolve))
    guest.destroy()
    first.lock.release()
  })
})

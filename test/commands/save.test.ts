// `ipvsadm-save`: atomic writing of a file, and its words.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'
import { run } from '../support/run.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ipvsadm-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

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

  it('writes a whole file or nothing', async () => {
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

  it('--all: timeouts first and daemons last; both restores accept such lines', async () => {
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

  it('ignores a word that is not an option', async () => {
    const { stdout } = await save(await prepared(), ['foo', '-n', ''])
    expect(stdout).toBe(`${RULES.slice(0, 2).join('\n')}\n`)
  })
})

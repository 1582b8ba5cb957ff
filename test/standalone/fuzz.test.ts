// The fuzzers of the C host, for some seconds: that they build, run and find nothing. It takes minutes to build them: only
// in a long run. Every run checks the script's words.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import { ROOT } from '../support/program.ts'

const fuzz = (...words: string[]) => spawnSync(join(ROOT, 'scripts/fuzz'), words, { encoding: 'utf8' })
const targets = readdirSync(join(ROOT, 'native/fuzz'))
  .filter((name) => name.endsWith('.ts') && name !== 'tools.ts')
  .map((name) => name.slice(0, -3))

it('refuses words that it does not know', () => {
  expect(fuzz('--what')).toMatchObject({ status: 1, stderr: 'fuzz: unknown option --what (see --help)\n' })
  expect(fuzz('--seconds', 'x')).toMatchObject({ status: 1, stderr: 'fuzz: --seconds needs a number\n' })
  expect(fuzz('nothing')).toMatchObject({ status: 1, stderr: 'fuzz: no target nothing\n' })
})

it('runs every target', () => {
  const script = readFileSync(join(ROOT, 'scripts/fuzz'), 'utf8')
  expect(script).toContain(`targets=(${targets.sort().join(' ')})`)
})

if (process.env.IPVSADM_LONG) {
  it('finds nothing', () => {
    const { status, stderr } = fuzz('--seconds', '5')
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' })
  })
}

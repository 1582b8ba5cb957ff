// scripts/build: the same sources make the same bytes, wherever they are; and a build that fails, is interrupted or is
// concurrent leaves dist/ complete.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { ROOT } from '../support/program.ts'
import { filesOf, Place } from './place.ts'

const place = new Place()
const checkout = join(place.folder, 'checkout')
const SOURCES = [
  ...['bin', 'lib', 'man', 'scripts', 'test/support'],
  ...['LICENSE', 'README.md', 'package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.types.json'],
]

beforeAll(() => {
  for (const source of SOURCES) cpSync(join(ROOT, source), join(checkout, source), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(checkout, 'node_modules'))
  const withoutStandalone = (path: string) => !path.startsWith(join(ROOT, 'dist/standalone'))
  cpSync(join(ROOT, 'dist'), join(checkout, 'dist'), { recursive: true, filter: withoutStandalone })
})

afterAll(() => place.remove())

/** The commit that `ipvsadm version` names here; there is no git elsewhere. */
const { build: { commit, date } = {} } = JSON.parse(
  execFileSync(join(ROOT, 'bin/ipvsadm'), ['version', '--json'], { encoding: 'utf8' }),
)

/** The manual pages are left alone. */
function build(): ChildProcess {
  return spawn('scripts/build', {
    cwd: checkout,
    env: { ...process.env, CI: 'true', ...(commit !== undefined && { IPVSADM_BUILD: `${commit} ${date}` }) },
    detached: true,
    stdio: 'ignore',
  })
}

async function status(process: ChildProcess): Promise<number | null> {
  return await new Promise((resolve) => process.on('close', resolve))
}

const hash = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex')

/** The built files, except for the executables and the code cache, whose bytes V8 does not repeat. */
function built(folder: string): string[] {
  return filesOf(join(folder, 'dist'))
    .filter((file) => !file.startsWith('standalone') && !file.endsWith('.cache'))
    .map((file) => `${hash(join(folder, 'dist', file))}  ${file}`)
}

it('one that fails changes nothing', async () => {
  const before = built(checkout)
  const file = join(checkout, 'lib/index.ts')
  const text = readFileSync(file)
  writeFileSync(file, 'this is no program')
  expect(await status(build())).not.toBe(0)
  expect(built(checkout)).toEqual(before)
  writeFileSync(file, text)
})

it('one that is interrupted changes nothing', async () => {
  const before = built(checkout)
  rmSync(join(checkout, 'dist.new'), { recursive: true, force: true })
  const running = build()
  while (!existsSync(join(checkout, 'dist.new/main.js'))) await setTimeout(5)
  process.kill(-running.pid!, 'SIGKILL')
  expect(await status(running)).toBe(null)
  expect(built(checkout)).toEqual(before)
})

it('two at once, elsewhere, make the same as here, and so does npm pack', async () => {
  writeFileSync(join(checkout, 'dist/leftover'), '')
  expect(await Promise.all([build(), build()].map(status))).toEqual([0, 0])
  expect(built(checkout)).toEqual(built(ROOT))
  expect(existsSync(join(checkout, 'dist.new')) || existsSync(join(checkout, 'dist.old'))).toBe(false)
  expect(hash(place.pack(checkout, 'there'))).toBe(hash(place.pack(ROOT, 'here')))
})

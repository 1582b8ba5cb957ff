// Runs the checks and the rings, and counts their results. `scripts/test` has prepared everything.
//
//   node scripts/test.mjs [NAME...]            runs them
//   node scripts/test.mjs --needs [NAME...]    prints what they need: `packages` of npm, or the built `programs`
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { text } from 'node:stream/consumers'

const { projects } = createRequire(import.meta.url)('../jest.config.cjs')

/** Milliseconds after which a run counts as hung: far more than it takes on a busy machine. A long run has no limit. */
const LIMIT = process.env.IPVSADM_LONG ? undefined : 4 * 60 * 60 * 1000

/** Checks and rings that need npm packages alone: neither the built programs nor a kernel. */
const PLAIN = new Set(['format', 'types', 'layers', 'complete', 'unit', 'fake', 'reconcile'])

/** Files of tests at the same time: many wait for a kernel or a program half of their time. */
const WORKERS = 2 * availableParallelism()

/**
 * Runs a program of node_modules/.bin, or Node on a file.
 * @param {'pipe' | 'inherit'} stdout
 * @param {string} program
 * @param {string[]} words
 */
async function run(stdout, program, ...words) {
  const path = program === 'node' ? process.execPath : join('node_modules/.bin', program)
  const child = spawn(path, words, { stdio: ['ignore', stdout, 'inherit'], timeout: LIMIT })
  child.on('error', ({ message }) => console.error(`${program}: ${message}`))
  const status = new Promise((end) => child.on('close', end))
  const output = child.stdout === null ? '' : await text(child.stdout)
  return { ok: (await status) === 0, output }
}

/** @param {boolean} ok */
const verdict = (ok) => ({ passed: Number(ok), failed: Number(!ok) })
/** @param {string[]} words */
const check = async (program, ...words) => verdict((await run('inherit', program, ...words)).ok)

async function types() {
  const results = [
    await check('tsc', '--noEmit'),
    await check('tsc', '--project', 'tsconfig.scripts.json'),
    await check('tsc', '--project', 'tsconfig.page.json'),
  ]
  return verdict(results.every(({ failed }) => failed === 0))
}

async function layers() {
  const results = [await check('node', 'scripts/layers.mjs'), await check('node', 'scripts/names.mjs')]
  return verdict(results.every(({ failed }) => failed === 0))
}

/** Checks that every file of tests belongs to a ring. */
async function complete() {
  const { ok, output } = await run('pipe', 'jest', '--listTests', '--json')
  const known = new Set(ok ? JSON.parse(output) : [])
  const files = readdirSync('test', { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.test.ts'),
  )
  const forgotten = files.filter((file) => !known.has(resolve('test', file)))
  if (forgotten.length > 0) console.error(`in no ring of jest.config.cjs: ${forgotten.join(', ')}`)
  return verdict(forgotten.length === 0)
}

/** The files of tests in Jest's report; none if it has ended without one. */
function reported(output) {
  try {
    return JSON.parse(output.trim().split('\n').at(-1) ?? '').testResults
  } catch {
    return []
  }
}

/** @param {string} file the path of a file of tests */
function ringOf(file) {
  const [folder] = relative('test', file).split('/')
  const glob = `<rootDir>/test/${folder}/**/*.test.ts`
  return projects.find(({ testMatch }) => testMatch.includes(glob))?.displayName
}

/**
 * Runs rings: their files are one queue, so that no processor waits for the end of a ring. Counts for each what passed and
 * failed; a ring that could not run or had no tests fails, and so does a skipped test.
 * @param {string[]} names
 */
async function rings(names) {
  if (names.length === 0) return []
  const words = ['--ci', '--json', `--maxWorkers=${WORKERS}`, '--selectProjects', ...names]
  const { ok, output } = await run('pipe', 'jest', ...words)
  const files = reported(output)
  const failedSomewhere = files.some(({ status }) => status === 'failed')
  return names.map((name) => {
    const own = files.filter((file) => ringOf(file.name) === name)
    const tests = own.flatMap(({ assertionResults }) => assertionResults)
    const passed = tests.filter(({ status }) => status === 'passed').length
    const skipped = tests.filter(({ status }) => status !== 'passed' && status !== 'failed').length
    if (skipped > 0) console.error(`${name}: ${skipped} tests were skipped`)
    // Files that failed without a test that did: they could not be run.
    const broken = own.filter(
      (file) => file.status === 'failed' && file.assertionResults.every(({ status }) => status !== 'failed'),
    )
    const mishap = Number(tests.length === 0 || (!ok && !failedSomewhere))
    const time = own.reduce((sum, { startTime, endTime }) => sum + endTime - startTime, 0)
    return { name, passed, failed: tests.length - passed + broken.length || mishap, time }
  })
}

const checks = new Map([
  ['format', () => check('biome', 'check', '--error-on-warnings', '.')],
  ['types', types],
  ['layers', layers],
  ['complete', complete],
])
const known = [...checks.keys(), ...projects.map(({ displayName }) => displayName)]

const asked = process.argv.slice(2)
const needs = asked[0] === '--needs' && asked.shift() !== undefined
const unknown = asked.filter((name) => !known.includes(name))
if (unknown.length > 0) {
  console.error(`test: no ring ${unknown.join(', ')}; there are ${known.join(', ')}`)
  process.exit(2)
}
const wanted = known.filter((name) => asked.length === 0 || asked.includes(name))
if (needs) {
  console.log(wanted.every((name) => PLAIN.has(name)) ? 'packages' : 'programs')
  process.exit()
}

const line = (name, passed, failed, time) =>
  `${name.padEnd(16)}${String(passed).padStart(7)}${String(failed).padStart(8)}${time.padStart(9)}`

/** Milliseconds of a ring are the sum of its files', which run in parallel. */
const results = []
for (const [name, test] of checks) {
  if (!wanted.includes(name)) continue
  console.log(`── ${name} ──`)
  const start = performance.now()
  results.push({ name, ...(await test()), time: performance.now() - start })
}
results.push(...(await rings(wanted.filter((name) => !checks.has(name)))))

console.log(`\n${line('', 'passed', 'failed', 'time')}`)
for (const { name, passed, failed, time } of results) {
  console.log(line(name, passed, failed, `${(time / 1000).toFixed(1)} s`))
}
const [passed, failed] = ['passed', 'failed'].map((what) =>
  results.reduce((sum, result) => sum + result[what], 0),
)
console.log(`tests: ${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

// Runs the checks and the rings, and counts their results. `scripts/test` has prepared everything.
//
//   node scripts/test.mjs [NAME...]            runs them
//   node scripts/test.mjs --needs [NAME...]    prints what they need: `packages` of npm, or the built `programs`
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'

const { projects } = createRequire(import.meta.url)('../jest.config.cjs')

/** Milliseconds after which a ring counts as hung: far more than any takes on a busy machine. A long run has no limit. */
const LIMIT = process.env.IPVSADM_LONG ? undefined : 2 * 60 * 60 * 1000

/** Checks and rings that need npm packages alone: neither the built programs nor a kernel. */
const PLAIN = new Set(['format', 'types', 'layers', 'complete', 'unit', 'fake', 'reconcile'])

/**
 * Rings that run in parallel to the others, and are printed at their end: rings that mostly wait, and one that
 * works, so that both rows take about as long.
 */
const BESIDE = new Set(['balance', 'fleet', 'packages', 'reconcile', 'restore'])

/**
 * Runs a program of node_modules/.bin, or Node on a file.
 * @param {('pipe' | 'inherit')[]} stdio where its output and its errors go
 * @param {string} program
 * @param {string[]} words
 */
async function run(stdio, program, ...words) {
  const path = program === 'node' ? process.execPath : join('node_modules/.bin', program)
  const child = spawn(path, words, { stdio: ['ignore', ...stdio], timeout: LIMIT })
  child.on('error', ({ message }) => console.error(`${program}: ${message}`))
  const status = new Promise((end) => child.on('close', end))
  /** @param {import('node:stream').Readable | null} stream */
  const read = (stream) => (stream === null ? '' : text(stream))
  const [output, errors] = await Promise.all([read(child.stdout), read(child.stderr)])
  return { ok: (await status) === 0, output, errors }
}

/** @param {boolean} ok */
const verdict = (ok) => ({ passed: Number(ok), failed: Number(!ok) })
/** @param {string[]} words */
const check = async (program, ...words) => verdict((await run(['inherit', 'inherit'], program, ...words)).ok)

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
  const { ok, output } = await run(['pipe', 'inherit'], 'jest', '--listTests', '--json')
  const known = new Set(ok ? JSON.parse(output) : [])
  const files = readdirSync('test', { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.test.ts'),
  )
  const forgotten = files.filter((file) => !known.has(resolve('test', file)))
  if (forgotten.length > 0) console.error(`in no ring of jest.config.cjs: ${forgotten.join(', ')}`)
  return verdict(forgotten.length === 0)
}

/** Runs a ring. A ring that could not run or had no tests fails, and so does a skipped test. */
async function ring(name) {
  const words = ['--ci', '--json', `--maxWorkers=${availableParallelism()}`, '--selectProjects', name]
  const { ok, output, errors } = await run(['pipe', BESIDE.has(name) ? 'pipe' : 'inherit'], 'jest', ...words)
  try {
    const result = JSON.parse(output.trim().split('\n').at(-1) ?? '')
    const skipped = result.numPendingTests + result.numTodoTests
    if (skipped > 0) console.error(`${name}: ${skipped} tests were skipped`)
    const failed = result.numFailedTests + result.numRuntimeErrorTestSuites + skipped
    const mishap = Number(result.numTotalTests === 0 || !ok)
    return { passed: result.numPassedTests, failed: failed || mishap, report: errors }
  } catch {
    return { passed: 0, failed: 1, report: errors }
  }
}

const checks = new Map([
  ['format', () => check('biome', 'check', '--error-on-warnings', '.')],
  ['types', types],
  ['layers', layers],
  ['complete', complete],
  ...projects.map(({ displayName }) => [displayName, () => ring(displayName)]),
])

const asked = process.argv.slice(2)
const needs = asked[0] === '--needs' && asked.shift() !== undefined
const unknown = asked.filter((name) => !checks.has(name))
if (unknown.length > 0) {
  console.error(`test: no ring ${unknown.join(', ')}; there are ${[...checks.keys()].join(', ')}`)
  process.exit(2)
}
const wanted = asked.length > 0 ? asked : [...checks.keys()]
if (needs) {
  console.log(wanted.every((name) => PLAIN.has(name)) ? 'packages' : 'programs')
  process.exit()
}

const line = (name, passed, failed, time) =>
  `${name.padEnd(16)}${String(passed).padStart(7)}${String(failed).padStart(8)}${time.padStart(9)}`

const results = new Map()

async function runAll(names) {
  for (const name of names) {
    const title = `\n── ${name} ──\n`
    if (!BESIDE.has(name)) process.stdout.write(title)
    const start = performance.now()
    const { passed, failed, report } = await checks.get(name)()
    const time = `${((performance.now() - start) / 1000).toFixed(1)} s`
    // Its output has not been shown yet.
    if (BESIDE.has(name)) process.stdout.write(`${title}${report}`)
    console.log(line(name, passed, failed, time))
    results.set(name, { passed, failed, time })
  }
}

await Promise.all([
  runAll(wanted.filter((name) => !BESIDE.has(name))),
  runAll(wanted.filter((name) => BESIDE.has(name))),
])

console.log(`\n${line('', 'passed', 'failed', 'time')}`)
const total = { passed: 0, failed: 0 }
for (const name of wanted) {
  const { passed, failed, time } = results.get(name)
  total.passed += passed
  total.failed += failed
  console.log(line(name, passed, failed, time))
}
console.log(`tests: ${total.passed} passed, ${total.failed} failed`)
process.exitCode = total.failed === 0 ? 0 : 1

// Runs the checks and the rings one after the other, and adds them up. `scripts/test` has prepared everything.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'

const { projects } = createRequire(import.meta.url)('../jest.config.cjs')

/** A ring that hangs fails; a long run may take what it takes. In milliseconds. */
const LIMIT = process.env.IPVSADM_LONG ? undefined : 20 * 60 * 1000

/** Runs a program of node_modules/.bin; `stdout` says where that goes. */
function run(stdout, program, ...words) {
  const result = spawnSync(join('node_modules/.bin', program), words, {
    stdio: ['ignore', stdout, 'inherit'],
    timeout: LIMIT,
    maxBuffer: Infinity,
    encoding: 'utf8',
  })
  if (result.error) console.error(`${program}: ${result.error.message}`)
  return { ok: result.status === 0, output: result.stdout ?? '' }
}

const verdict = (ok) => ({ passed: Number(ok), failed: Number(!ok) })
const check = (program, ...words) => verdict(run('inherit', program, ...words).ok)

/** Whether every file of tests belongs to a ring. */
function complete() {
  const { ok, output } = run('pipe', 'jest', '--listTests', '--json')
  const known = new Set(ok ? JSON.parse(output) : [])
  const files = readdirSync('test', { recursive: true }).filter((file) => file.endsWith('.test.ts'))
  const forgotten = files.filter((file) => !known.has(resolve('test', file)))
  if (forgotten.length > 0) console.error(`in no ring of jest.config.cjs: ${forgotten.join(', ')}`)
  return verdict(forgotten.length === 0)
}

/** A ring that could not run, or had nothing to run, fails; so does a test that was skipped. */
function ring(name) {
  const workers = `--maxWorkers=${availableParallelism()}`
  const { ok, output } = run('pipe', 'jest', '--ci', '--json', workers, '--selectProjects', name)
  try {
    const result = JSON.parse(output.trim().split('\n').at(-1))
    const skipped = result.numPendingTests + result.numTodoTests
    const failed = result.numFailedTests + result.numRuntimeErrorTestSuites + skipped
    if (skipped > 0) console.error(`${name}: ${skipped} tests were skipped`)
    return { passed: result.numPassedTests, failed: failed || Number(result.numTotalTests === 0 || !ok) }
  } catch {
    return { passed: 0, failed: 1 }
  }
}

const checks = new Map([
  ['format', () => check('biome', 'check', '--error-on-warnings', '.')],
  ['types', () => check('tsc', '--noEmit')],
  ['complete', complete],
  ...projects.map(({ displayName }) => [displayName, () => ring(displayName)]),
])

const wanted = process.argv.length > 2 ? process.argv.slice(2) : [...checks.keys()]
const unknown = wanted.filter((name) => !checks.has(name))
if (unknown.length > 0) {
  console.error(`test: no ring ${unknown.join(', ')}; there are ${[...checks.keys()].join(', ')}`)
  process.exit(2)
}

const line = (name, passed, failed, time) =>
  `${name.padEnd(16)}${String(passed).padStart(7)}${String(failed).padStart(8)}${time.padStart(9)}`

const total = { passed: 0, failed: 0 }
const lines = [line('', 'passed', 'failed', 'time')]
for (const name of wanted) {
  console.log(`\n── ${name} ──`)
  const start = performance.now()
  const { passed, failed } = checks.get(name)()
  total.passed += passed
  total.failed += failed
  lines.push(line(name, passed, failed, `${((performance.now() - start) / 1000).toFixed(1)} s`))
  console.log(lines.at(-1))
}
console.log(`\n${lines.join('\n')}\ntests: ${total.passed} passed, ${total.failed} failed`)
process.exitCode = total.failed === 0 ? 0 : 1

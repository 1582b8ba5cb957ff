// Measures the agent's loop: many servers at loopback addresses, checked by TCP, and a table that follows. The connections are
// real ones. The table is the tests' fake kernel, which like the servers is in another process, on another processor.
//
//   scripts/bench-checks runs it with the folder of its bundles, the numbers of servers, services, seconds and deaths
//
// Fails if one of the limits is missed.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { CheckResult } from '../lib/agent/checks/health-check.ts'
import { runCheck } from '../lib/agent/checks/run-check.ts'
import { realClock } from '../lib/agent/clock.ts'
import { readConfig } from '../lib/agent/config/read.ts'
import { Loop } from '../lib/agent/loop.ts'
import { createSchedule } from '../lib/agent/schedule.ts'
import { openClient } from '../lib/ipvs/open-client.ts'
import { readRules } from '../lib/rules/read-lines.ts'
import { nodeSystem } from '../lib/system/node/system.ts'
import { startKernel } from '../test/support/fake-kernel/kernel-process.ts'

const [folder = '', ...numbers] = process.argv.slice(2)
const [servers = 10_000, services = 1, seconds = 10, deaths = 20] = numbers.map(Number)
const INTERVAL = 2
const MOST_MEGABYTES = 300
/** From the verdict on one server to the table. */
const MOST_MILLISECONDS = 200
/** The part of the checks that has to be made. */
const LEAST_RATE = 0.95
/** The processor of the kernel and the servers. */
const OTHERS = 1
/** Seconds: the first intervals, in which the code is compiled and the checks are spread. */
const WARM_UP = 4
/** Seconds until all servers are found down. */
const PATIENCE = 60

// A process of its own accepts the connections: one socket for all addresses.
const LISTENER = `
  const server = require('net').createServer((socket) => socket.on('error', () => {}).resume())
  server.listen({ host: '0.0.0.0', port: 0, backlog: 4096 }, () => console.log(server.address().port))
  process.on('disconnect', () => process.exit())`

async function listen(): Promise<{ listener: ChildProcess; port: number }> {
  // The kernel answers before any server does, although it is a process on the same processor here.
  const words = ['-n', '19', 'taskset', '-c', `${OTHERS}`, process.execPath, '-e', LISTENER]
  const listener = spawn('nice', words, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  if (listener.stdout === null) throw new Error('no pipe')
  const [text] = await once(listener.stdout, 'data')
  return { listener, port: Number(String(text)) }
}

const sleep = (time: number) => new Promise((resolve) => setTimeout(resolve, time * 1000))
const { listener, port } = await listen()

const address = (i: number) => `127.${1 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`
const added = Array.from({ length: services }, (_, i) => `-A -f ${i + 1} -s rr`)
const lines = Array.from(
  { length: servers },
  (_, i) => `-a -f ${1 + (i % services)} -r ${address(i)}:${port} -m`,
)
const { ruleset } = await readRules(`${[...added, ...lines].join('\n')}\n`, {
  posix: false,
  names: nodeSystem.names,
})
const read = readConfig(`rules: /rules\ncheck: { kind: tcp, interval: ${INTERVAL}s, fall: 1 }\n`)
if ('problems' in read) throw new Error(JSON.stringify(read.problems))

const counts = { up: 0, down: 0, trouble: 0, milliseconds: 0 }
/** The time of the oldest verdict that is not in the table yet. */
let verdict: number | undefined
let verdicts = 0
/** Milliseconds from a verdict to the table. */
const delays: number[] = []
/** The server whose checks are to fail, whatever they find. */
let dead: string | undefined

function count(kind: 'up' | 'down' | 'trouble', { ms }: CheckResult): void {
  counts[kind]++
  counts.milliseconds += ms
}

const kernel = await startKernel(join(folder, 'kernel.mjs'), folder, OTHERS)
const system = { ...nodeSystem, privileged: true, transport: async () => kernel.connect() }
const loop = new Loop(read.config, {
  clock: realClock,
  log: (_, event) => {
    if (event === 'server-down') {
      verdicts++
      verdict ??= performance.now()
    }
    if (event !== 'table-changed' || verdict === undefined) return
    delays.push(performance.now() - verdict)
    verdict = undefined
  },
  open: () => openClient(system),
  lock: async () => ({ lock: { release: () => {} } }),
  schedule: (take) =>
    createSchedule({
      clock: realClock,
      check: runCheck,
      concurrency: read.config.concurrency,
      random: Math.random,
      report: (key, result) => {
        count(result.up ? 'up' : 'down', result)
        take(key, key === dead ? { ...result, up: false } : result)
      },
      trouble: (key, result) => {
        count('trouble', result)
        take(key, { ...result, inconclusive: true })
      },
    }),
})
loop.setRules(ruleset)
await sleep(WARM_UP)
Object.assign(counts, { up: 0, down: 0, trouble: 0, milliseconds: 0 })
const [processor, begin] = [process.cpuUsage(), performance.now()]
await sleep(seconds)
const took = performance.now() - begin
const { user, system: kernelTime } = process.cpuUsage(processor)
const results = counts.up + counts.down + counts.trouble
const rate = (results * 1000) / took
console.log(`servers: ${servers} in ${services} services, each every ${INTERVAL} s`)
console.log(
  `checks a second: ${rate.toFixed(0)}; milliseconds a check: ${(counts.milliseconds / results).toFixed(2)}`,
)
console.log(`up: ${counts.up}, down: ${counts.down}, not possible: ${counts.trouble}`)
console.log(`of one processor: ${((user + kernelTime) / 10 / took).toFixed(0)} %`)

// Servers go down one after another, at any moment of the loop.
const keys = [...loop.status.health.states.keys()]
for (let death = 0; death < deaths; death++) {
  dead = keys[Math.floor((death * keys.length) / deaths)]
  const before = delays.length
  for (let i = 0; i < PATIENCE && delays.length === before; i += 0.1) await sleep(0.1)
  await sleep(Math.random() * INTERVAL)
}
const alone = delays.splice(0).sort((a, b) => a - b)
console.log(
  `milliseconds from a verdict to the table, of ${alone.length} deaths: ${alone.map(Math.round).join(' ')}`,
)

// All servers go down at once.
dead = undefined
listener.disconnect()
for (let i = 0; i < PATIENCE && (verdicts < servers || verdict !== undefined); i++) await sleep(1)
delays.sort((a, b) => a - b)
const [middle, most] = [delays[Math.floor(delays.length / 2)], delays.at(-1)]
const megabytes = process.resourceUsage().maxRSS / 1000
console.log(`all down: verdicts: ${verdicts}, changes of the table: ${delays.length}`)
console.log(
  `milliseconds from the first verdict of a change to the table: ${middle?.toFixed(0)}, at most ${most?.toFixed(0)}`,
)
console.log(`memory at most: ${megabytes.toFixed(0)} MB`)
await loop.stop()
kernel.stop()

const limits: [string, boolean][] = [
  [`less than ${LEAST_RATE * 100} % of the checks`, rate < (servers / INTERVAL) * LEAST_RATE],
  [`more than ${MOST_MEGABYTES} MB`, megabytes > MOST_MEGABYTES],
  ['deaths that did not reach the table', alone.length < deaths || verdicts < servers],
  [`more than ${MOST_MILLISECONDS} ms from a verdict to the table`, (alone.at(-1) ?? 0) > MOST_MILLISECONDS],
]
for (const [text, missed] of limits) {
  if (!missed) continue
  console.log(`missed: ${text}`)
  process.exitCode = 1
}

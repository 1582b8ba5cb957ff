// Measures the agent's loop: many servers at loopback addresses, checked by TCP, and a table that follows. The connections are
// real ones. The table is the tests' fake kernel, in the same process: its work counts as the agent's.
//
//   scripts/bench-checks runs it with the number of servers and of seconds
//
// Fails if they are not checked as often as they should be, or if the process is larger than 300 MB.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { CheckResult } from '../lib/agent/checks/health-check.ts'
import { runCheck } from '../lib/agent/checks/run-check.ts'
import { realClock } from '../lib/agent/clock.ts'
import { readConfig } from '../lib/agent/config/read.ts'
import { Loop } from '../lib/agent/loop.ts'
import { createSchedule } from '../lib/agent/schedule.ts'
import { openClient } from '../lib/ipvs/open-client.ts'
import { readRules } from '../lib/rules/read-lines.ts'
import { nodeSystem } from '../lib/system/node/system.ts'
import { FakeKernel } from '../test/support/fake-kernel/fake-kernel.ts'

const [servers = 10_000, seconds = 10] = process.argv.slice(2).map(Number)
const INTERVAL = 2
const MOST_MEGABYTES = 300
/** Seconds: the first intervals, in which the code is compiled and the checks are spread. */
const WARM_UP = 4
/** The number of servers that go down alone. */
const DEATHS = 5
/** Seconds until all servers are found down. */
const PATIENCE = 60

// A process of its own accepts the connections: one socket for all addresses.
const LISTENER = `
  const server = require('net').createServer((socket) => socket.on('error', () => {}).resume())
  server.listen({ host: '0.0.0.0', port: 0, backlog: 4096 }, () => console.log(server.address().port))
  process.on('disconnect', () => process.exit())`

async function listen(): Promise<{ listener: ChildProcess; port: number }> {
  const listener = spawn(process.execPath, ['-e', LISTENER], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  if (listener.stdout === null) throw new Error('no pipe')
  const [text] = await once(listener.stdout, 'data')
  return { listener, port: Number(String(text)) }
}

const sleep = (time: number) => new Promise((resolve) => setTimeout(resolve, time * 1000))
const { listener, port } = await listen()

const address = (i: number) => `127.${1 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`
const lines = Array.from({ length: servers }, (_, i) => `-a -f 1 -r ${address(i)}:${port} -m`)
const { ruleset } = await readRules(`-A -f 1 -s rr\n${lines.join('\n')}\n`, {
  posix: false,
  names: nodeSystem.names,
})
const read = readConfig(`rules: /rules\ncheck: { kind: tcp, interval: ${INTERVAL}s }\n`)
if ('problems' in read) throw new Error(JSON.stringify(read.problems))

const counts = { up: 0, down: 0, trouble: 0, milliseconds: 0 }
/** When the oldest verdict came that is not in the table yet. */
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

const kernel = new FakeKernel()
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
console.log(`servers: ${servers}, each every ${INTERVAL} s; checks a second: ${rate.toFixed(0)}`)
console.log(`up: ${counts.up}, down: ${counts.down}, not possible: ${counts.trouble}`)
console.log(`milliseconds a check: ${(counts.milliseconds / results).toFixed(2)}`)
console.log(`of one processor: ${((user + kernelTime) / 10 / took).toFixed(0)} %`)

// Servers go down one after another.
for (const key of [...loop.status.health.states.keys()].slice(0, DEATHS)) {
  dead = key
  const before = delays.length
  for (let i = 0; i < PATIENCE && delays.length === before; i++) await sleep(1)
}
delays.sort((a, b) => a - b)
console.log(
  `milliseconds from a verdict to the table, of ${delays.length} deaths: ${delays.map(Math.round).join(' ')}`,
)

// All servers go down at once.
dead = undefined
delays.length = 0
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
if (rate < (servers / INTERVAL) * 0.95 || megabytes > MOST_MEGABYTES || verdicts < servers)
  process.exitCode = 1

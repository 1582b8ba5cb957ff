// Measures the agent's checks: many servers at loopback addresses, checked by TCP, on one processor.
//
//   scripts/bench-checks runs it with the number of servers and of seconds
//
// Fails if they are not checked as often as they should be, or if the process is larger than 300 MB.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { runCheck } from '../lib/agent/checks/run-check.ts'
import { realClock } from '../lib/agent/clock.ts'
import { DEFAULTS } from '../lib/agent/config/config-defaults.ts'
import { planOf } from '../lib/agent/config/kinds.ts'
import { createSchedule } from '../lib/agent/schedule.ts'
import type { Address } from '../lib/model/address.ts'

const [servers = 10_000, seconds = 10] = process.argv.slice(2).map(Number)
const INTERVAL = 2
const MOST_MEGABYTES = 300
/** The first intervals, in which the code is compiled and the checks are spread. */
const WARM_UP = 4

// A process of its own accepts the connections: one socket for all addresses.
const LISTENER = `
  const server = require('net').createServer((socket) => socket.on('error', () => {}).resume())
  server.listen({ host: '0.0.0.0', port: 0, backlog: 4096 }, () => console.log(server.address().port))
  process.on('disconnect', () => process.exit())`

const listener = spawn(process.execPath, ['-e', LISTENER], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
if (listener.stdout === null) throw new Error('no pipe')
const [text] = await once(listener.stdout, 'data')
const port = Number(String(text))

const made = planOf({ kind: 'tcp', interval: INTERVAL }, {})
if (!('plan' in made) || made.plan.kind === 'none') throw new Error('no plan')
const { plan } = made
const counts = { up: 0, down: 0, trouble: 0, milliseconds: 0 }
const schedule = createSchedule({
  clock: realClock,
  check: runCheck,
  concurrency: DEFAULTS.concurrency,
  random: Math.random,
  report: (_, { up, ms }) => {
    counts[up ? 'up' : 'down']++
    counts.milliseconds += ms
  },
  trouble: () => {
    counts.trouble++
  },
})
schedule.replace(
  Array.from({ length: servers }, (_, i) => {
    const address = `127.${1 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}` as Address
    const server = { family: 'inet', address, port } as const
    return { key: address, target: { ...server, service: { ...server, protocol: 'tcp' }, server }, plan }
  }),
)
await new Promise((resolve) => setTimeout(resolve, WARM_UP * 1000))
Object.assign(counts, { up: 0, down: 0, trouble: 0, milliseconds: 0 })
const [processor, begin] = [process.cpuUsage(), performance.now()]
await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
const took = performance.now() - begin
const { user, system } = process.cpuUsage(processor)
const results = counts.up + counts.down + counts.trouble
const rate = (results * 1000) / took
const megabytes = process.memoryUsage().rss / 1e6
console.log(`servers: ${servers}, each every ${INTERVAL} s; checks a second: ${rate.toFixed(0)}`)
console.log(`up: ${counts.up}, down: ${counts.down}, not possible: ${counts.trouble}`)
console.log(`milliseconds a check: ${(counts.milliseconds / results).toFixed(2)}`)
console.log(
  `of one processor: ${((user + system) / 10 / took).toFixed(0)} %; memory: ${megabytes.toFixed(0)} MB`,
)
schedule.stop()
listener.disconnect()
if (rate < (servers / INTERVAL) * 0.95 || megabytes > MOST_MEGABYTES) process.exitCode = 1

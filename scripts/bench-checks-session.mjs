// The session of `scripts/bench-checks --in-kernel`: the agent on a real ip_vs, with many servers in one service. They are
// checked once a minute: the test kernel could not check them every two seconds. Servers die by their routes.
//
//   bench-checks-session.mjs SERVERS DEATHS
//
// Prints the times from verdicts to the table; fails if one is above the limit.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'

const [servers = 10_000, deaths = 20] = process.argv.slice(2).map(Number)
const MOST_MILLISECONDS = 200
const FOLDER = '/run/bench-checks'
const INTERVAL = 60

const address = (i) => `127.${1 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`

/** Of all servers: of no other program, in the test kernel. */
const port = 9
const server = createServer((socket) => socket.on('error', () => {}).resume())
server.listen({ host: '0.0.0.0', port, backlog: 4096 })
await once(server, 'listening')

mkdirSync(FOLDER)
const rules = Array.from({ length: servers }, (_, i) => `-a -f 1 -r ${address(i)}:${port} -m`)
writeFileSync(`${FOLDER}/rules`, `${['-A -f 1 -s rr', ...rules].join('\n')}\n`)
writeFileSync(
  `${FOLDER}/agent.yaml`,
  `rules: ${FOLDER}/rules\nsocket: ${FOLDER}/socket\ncheck: { kind: tcp, interval: ${INTERVAL}s, fall: 1 }\n`,
)

const agent = spawn('bin/ipvsadm', ['agent', '--config', `${FOLDER}/agent.yaml`], {
  stdio: ['ignore', 'inherit', 'pipe'],
})
/** Milliseconds from a verdict to the table. */
const delays = []
/** The time of the oldest verdict that is not in the table yet. */
let verdict
/** @type {() => void} */
let turned = () => {}
createInterface({ input: agent.stderr }).on('line', (line) => {
  const [, text, event] = /^time=(\S+) level=\S+ event=(\S+)/.exec(line) ?? []
  if (event === undefined) throw new Error(line)
  const time = Date.parse(text)
  if (event === 'server-down') verdict ??= time
  if (event !== 'table-changed') return
  if (verdict !== undefined) delays.push(time - verdict)
  verdict = undefined
  turned()
})
const nextChange = () => new Promise((resolve) => (turned = () => resolve(undefined)))

await nextChange()
console.log(`servers: ${servers} in 1 service, each every ${INTERVAL} s, in the test kernel`)
for (let death = 0; death < deaths; death++) {
  const changed = nextChange()
  const dead = address(Math.floor((death * servers) / deaths))
  execFileSync('ip', ['route', 'add', 'unreachable', `${dead}/32`, 'table', 'local'])
  await changed
}
agent.kill()
await once(agent, 'exit')
server.close()
delays.sort((a, b) => a - b)
console.log(`milliseconds from a verdict to the table, of ${deaths} deaths: ${delays.join(' ')}`)
if (delays.length < deaths || delays.at(-1) > MOST_MILLISECONDS) {
  console.log(`missed: more than ${MOST_MILLISECONDS} ms from a verdict to the table`)
  process.exitCode = 1
}

// Measures `ipvsadm serve` over a fake kernel: what the page costs the server, and a scrape of a large table. The server is a
// process of its own, and so are the viewers; the kernel is in this one.
//
//   scripts/bench-serve runs it with a bundle of bench-server.ts and the number of seconds of each measurement
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import type { Duplex } from 'node:stream'
import { promisify } from 'node:util'
import { FakeKernel } from '../test/support/fake-kernel/fake-kernel.ts'
import { run } from '../test/support/run.ts'
import { ServedKernel } from './bench-kernel.ts'

const [program = '', words = ''] = process.argv.slice(2)
const seconds = Number(words)
const WARM_UP = 5
/** The part of the services whose counters change each second. */
const CHANGING = 3
const PAGES = [
  { services: 1000, servers: 10 },
  { services: 20, servers: 3 },
]
const VIEWERS = [0, 1, 50]
const SCRAPED = { services: 10_000, servers: 1 }
const SCRAPES = 5
const LIMIT = { milliseconds: 1000, megabytes: 200 }

// A process of its own reads the event streams, and counts what comes.
const VIEWER = `
  const [port, count] = process.argv.slice(1).map(Number)
  let [bytes, changes] = [0, 0]
  for (let i = 0; i < count; i++)
    require('http').get({ host: '127.0.0.1', port, path: '/events', agent: false }, (reply) =>
      reply.on('data', (chunk) => { bytes += chunk.length; if (chunk.includes('event: change')) changes++ }))
  process.on('message', () => { process.send({ bytes, changes }); [bytes, changes] = [0, 0] })
  process.on('disconnect', () => process.exit())`

interface Table {
  readonly services: number
  readonly servers: number
}

const serviceOf = (i: number) => `192.${i >> 16}.${(i >> 8) & 255}.${i & 255}:80`
const serverOf = (i: number, j: number) => `10.${j}.${(i >> 8) & 255}.${i & 255}:80`

async function fill({ services, servers }: Table): Promise<FakeKernel> {
  const kernel = new FakeKernel()
  let rules = ''
  for (let i = 0; i < services; i++) {
    rules += `-A -t ${serviceOf(i)} -s wlc\n`
    for (let j = 0; j < servers; j++) rules += `-a -t ${serviceOf(i)} -r ${serverOf(i, j)} -m -w 1\n`
  }
  const { status, stderr } = await run(kernel, '', { program: 'ipvsadm-restore', input: rules })
  if (status !== 0) throw new Error(stderr)
  return kernel
}

/** A second of traffic. */
function traffic(kernel: FakeKernel, { services, servers }: Table, turn: number): void {
  for (let i = turn % CHANGING; i < services; i += CHANGING) {
    const at = BigInt(1000 * turn + i)
    const counters = {
      conns: at,
      inbytes: 500n * at,
      outbytes: 9000n * at,
      inpkts: 5n * at,
      outpkts: 6n * at,
    }
    const rates = { cps: at % 97n, inbps: at % 9973n, outbps: at % 99_991n }
    const name = `tcp ${serviceOf(i)}`
    kernel.setCounters(name, { ...counters, ...rates })
    for (let j = 0; j < servers; j++) {
      kernel.setCounters(name, { ...counters, ...rates, active: (turn + i) % 90 }, serverOf(i, j))
    }
  }
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

interface Server {
  readonly port: number
  /** Milliseconds of processor time so far. */
  cpu(): number
  /** Peak memory since the last call. */
  megabytes(): number
  stop(): Promise<void>
}

async function startServer(kernel: ServedKernel): Promise<Server> {
  const child = spawn(process.execPath, [program, `${kernel.port}`], {
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
  })
  kernel.serve(child.stdio[3] as Duplex)
  const [line] = await once(child.stdout!, 'data')
  const port = /:(\d+)\/\n$/.exec(`${line}`)?.[1]
  if (port === undefined) throw new Error(`no address in: ${line}`)
  const file = (name: string) => `/proc/${child.pid}/${name}`
  return {
    port: Number(port),
    cpu: () => {
      // The fields after the name, which may have blanks: utime and stime, in hundredths of a second.
      const fields = readFileSync(file('stat'), 'latin1')
        .replace(/^.*\) /s, '')
        .split(' ')
      return 10 * (Number(fields[11]) + Number(fields[12]))
    },
    megabytes: () => {
      const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(file('status'), 'latin1'))?.[1]
      writeFileSync(file('clear_refs'), '5')
      return (Number(peak) * 1024) / 1e6
    },
    stop: async () => {
      child.kill('SIGINT')
      await once(child, 'exit')
    },
  }
}

async function countsOf(viewer: ChildProcess): Promise<{ bytes: number; changes: number }> {
  viewer.send('count')
  return (await once(viewer, 'message'))[0]
}

/** Prints a row. Without viewers the table is read once a second all the same, to compare. */
async function page(table: Table, viewers: number): Promise<void> {
  const name = `${table.services.toLocaleString('en')} × ${table.servers}`
  const kernel = await fill(table)
  const served = new ServedKernel(kernel)
  const server = await startServer(served)
  const { port } = server
  let turn = 0
  const timer = setInterval(() => {
    traffic(kernel, table, turn++)
    served.forget()
    // The last one ends with the server.
    if (viewers === 0) ask(port, '/readyz').catch(() => {})
  }, 1000)
  const viewer = spawn(process.execPath, ['-e', VIEWER, `${port}`, `${viewers}`], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  await pause(WARM_UP * 1000)
  await countsOf(viewer)
  const [before, began] = [server.cpu(), performance.now()]
  await pause(seconds * 1000)
  const share = (100 * (server.cpu() - before)) / (performance.now() - began)
  const { bytes, changes } = await countsOf(viewer)
  const update = changes === 0 ? '' : kilobytes(bytes / changes)
  console.log(
    `| ${name} | ${viewers} | ${share.toFixed(1)} % | ${update} | ${server.megabytes().toFixed(0)} MB |`,
  )
  clearInterval(timer)
  viewer.disconnect()
  await server.stop()
}

const kilobytes = (bytes: number) =>
  bytes < 1e5 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(2)} MB`

/** A request by a process of its own, as Prometheus is one: milliseconds until the end of the reply, and its bytes. */
async function ask(port: number, path: string): Promise<{ took: number; bytes: number }> {
  const words = [
    '-sfo',
    '/dev/null',
    '-w',
    '%{time_total} %{size_download}',
    `http://127.0.0.1:${port}${path}`,
  ]
  const { stdout } = await promisify(execFile)('curl', words)
  const [seconds = 0, bytes = 0] = stdout.split(' ').map(Number)
  return { took: 1000 * seconds, bytes }
}

/** Prints a row for each scrape; whether the limit is met, by the fastest and by the memory of all. */
async function scrape(): Promise<boolean> {
  const server = await startServer(new ServedKernel(await fill(SCRAPED)))
  let [fastest, peak] = [Infinity, 0]
  for (let i = 1; i <= SCRAPES; i++) {
    const before = server.cpu()
    const { took, bytes } = await ask(server.port, '/metrics')
    const [cpu, memory] = [server.cpu() - before, server.megabytes()]
    console.log(
      `| ${i} | ${took.toFixed(0)} ms | ${cpu} ms | ${(bytes / 1e6).toFixed(1)} MB | ${memory.toFixed(0)} MB |`,
    )
    fastest = Math.min(fastest, took)
    peak = Math.max(peak, memory)
    // The next one reads the table again.
    await pause(1000)
  }
  await server.stop()
  return fastest < LIMIT.milliseconds && peak < LIMIT.megabytes
}

console.log('| table | viewers | CPU of the server | an update | memory |\n|---|---|---|---|---|')
for (const table of PAGES) for (const viewers of VIEWERS) await page(table, viewers)
console.log(`\n${SCRAPED.services} services with ${SCRAPED.servers} server each, by HTTP:\n`)
console.log('| scrape | time | CPU of the server | text | memory |\n|---|---|---|---|---|')
const met = await scrape()
console.log()
if (!met) console.error(`a scrape takes more than ${LIMIT.milliseconds} ms or ${LIMIT.megabytes} MB`)
process.exit(met ? 0 : 1)

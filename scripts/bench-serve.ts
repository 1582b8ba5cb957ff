// Measures the monitor over the kernel in memory: what the page costs the server, and a scrape of a large table.
//
//   scripts/bench-serve runs it with the number of seconds of each measurement
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { monitor } from '../lib/serve/handler.ts'
import { kernelSource } from '../lib/serve/source.ts'
import { nodeSystem } from '../lib/system/node/system.ts'
import { FakeKernel } from '../test/support/fake-kernel/fake-kernel.ts'
import { run } from '../test/support/run.ts'

const [seconds = 10] = process.argv.slice(2).map(Number)
const WARM_UP = 5
/** The part of the services whose counters change each second. */
const CHANGING = 3
const PAGE = { services: 1000, servers: 10 }
const VIEWERS = [0, 1, 10, 50]
const SCRAPE = { services: 10_000, servers: 1 }

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

function sourceOf(kernel: FakeKernel) {
  return kernelSource({
    ...nodeSystem,
    loadModule: async () => {},
    transport: async () => kernel.connect(),
    readChunks: () => [Buffer.from('Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires\n')],
  })
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

async function countsOf(viewer: ChildProcess): Promise<{ bytes: number; changes: number }> {
  viewer.send('count')
  return (await once(viewer, 'message'))[0]
}

/** Without viewers the table is read all the same, to compare. */
async function page(viewers: number): Promise<void> {
  const kernel = await fill(PAGE)
  const source = sourceOf(kernel)
  const { handle, close } = monitor({ source })
  const server = createServer(handle).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  let turn = 0
  const timer = setInterval(() => {
    traffic(kernel, PAGE, turn++)
    // It ends with the measurement.
    if (viewers === 0) source.observe().catch(() => {})
  }, 1000)
  const words = ['-e', VIEWER, `${port}`, `${viewers}`]
  const viewer = spawn(process.execPath, words, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  await pause(WARM_UP * 1000)
  await countsOf(viewer)
  const [before, began] = [process.cpuUsage(), performance.now()]
  await pause(seconds * 1000)
  const took = performance.now() - began
  const { user, system } = process.cpuUsage(before)
  const { bytes, changes } = await countsOf(viewer)
  const megabytes = process.memoryUsage().rss / 1e6
  console.log(
    `viewers: ${viewers}; of a processor: ${((user + system) / 10 / took).toFixed(1)} %; ` +
      `bytes of an update: ${changes === 0 ? '-' : (bytes / changes).toFixed(0)}; memory: ${megabytes.toFixed(0)} MB`,
  )
  clearInterval(timer)
  viewer.disconnect()
  close()
  source.close()
  server.closeAllConnections()
  server.close()
}

async function scrape(): Promise<void> {
  const source = sourceOf(await fill(SCRAPE))
  const { handle } = monitor({ source })
  const server = createServer(handle).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  for (let i = 0; i < 3; i++) {
    const [before, began] = [process.cpuUsage(), performance.now()]
    const bytes = await new Promise<number>((resolve) => {
      get({ host: '127.0.0.1', port, path: '/metrics', agent: false }, (reply) => {
        let length = 0
        reply.on('data', (chunk: Buffer) => {
          length += chunk.length
        })
        reply.on('end', () => resolve(length))
      })
    })
    const took = performance.now() - began
    const { user, system } = process.cpuUsage(before)
    const megabytes = process.memoryUsage().rss / 1e6
    console.log(
      `scrape of ${SCRAPE.services} x ${SCRAPE.servers}: ${took.toFixed(0)} ms, of the processor ` +
        `${((user + system) / 1000).toFixed(0)} ms; ${bytes} bytes; memory: ${megabytes.toFixed(0)} MB`,
    )
    // The next one reads the table again.
    await pause(1000)
  }
  server.close()
  source.close()
}

if (process.argv[3] === 'scrape') await scrape()
else for (const viewers of VIEWERS) await page(viewers)
process.exit()

// A long-lived process in the guest that runs programs, reads the state, serves and makes traffic: a line of JSON in,
// a line of JSON out. Starting Node costs a second there.
import { Agent, createServer, request } from 'node:http'
import { createInterface } from 'node:readline'
import { openClient } from '../../../lib/ipvs/open-client.ts'
import { main } from '../../../lib/main.ts'
import { readLiveState } from '../../../lib/reconcile/live-state.ts'
import { nodeSystem } from '../../../lib/system/node/system.ts'
import type { System } from '../../../lib/system/system.ts'

/** A program of ours, run in this process. */
export interface RunTask {
  readonly op: 'run'
  readonly program: string
  readonly words: readonly string[]
  readonly input?: string
}

/** Starts to make requests. */
export interface LoadTask {
  readonly op: 'load'
  readonly host: string
  /** At least so many before the end. */
  readonly requests: number
}

export type Task =
  | RunTask
  | LoadTask
  | { readonly op: 'state' }
  /** Ends the requests; the answer is a Load. */
  | { readonly op: 'unload' }
  | { readonly op: 'serve'; readonly hosts: readonly string[] }
  /** Opens a connection that stays, and makes a request on it. */
  | { readonly op: 'hold'; readonly host: string; readonly port: number }
  /** Makes another request on each connection that is held; the answers. */
  | { readonly op: 'ask' }

export interface Outcome {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
  /** In milliseconds. */
  readonly time: number
}

export interface Load {
  readonly requests: number
  readonly failures: readonly string[]
  /** Requests by the server that answered. */
  readonly answers: Readonly<Record<string, number>>
}

const PORT = 80
/** A request that is not answered in so many milliseconds has failed. */
const PATIENCE = 120_000

async function run({ program, words, input = '' }: RunTask): Promise<Outcome> {
  let stdout = ''
  let stderr = ''
  const system: System = {
    ...nodeSystem,
    env: {},
    readInput: () => Buffer.from(input),
    writeOutput: (text) => {
      stdout += text
    },
    writeError: (text) => {
      stderr += text
    },
  }
  const start = performance.now()
  const status = await main(program, words, system)
  return { status, stdout, stderr, time: performance.now() - start }
}

/** All that can be configured, as text that can be compared. */
async function state(): Promise<unknown> {
  const client = await openClient(nodeSystem)
  const { table, timeouts, daemons } = await readLiveState(client, { timeouts: true, daemons: true })
  client.close()
  const rows = table.flatMap(({ service, destinations }) => [
    JSON.stringify([service.id, service.config]),
    ...destinations.map(({ id, config }) => JSON.stringify([service.id, id, config])),
  ])
  return { rows: rows.sort(), timeouts, daemons }
}

async function serve(hosts: readonly string[]): Promise<true> {
  for (const host of hosts) {
    const server = createServer((_, response) => response.end(host))
    // Connections without requests stay, however long a restore takes.
    server.keepAliveTimeout = 0
    await new Promise<void>((resolve) => server.listen(PORT, host, resolve))
  }
  return true
}

const held: { host: string; port: number; agent: Agent }[] = []

async function hold(host: string, port: number): Promise<string> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  held.push({ host, port, agent })
  return await get(host, agent, port)
}

/** Rejects if a connection was lost: the agent may not open another one. */
async function ask(): Promise<string[]> {
  const answers: string[] = []
  for (const { host, port, agent } of held) {
    agent.createConnection = () => {
      throw new Error(`the connection to ${host}:${port} is lost`)
    }
    answers.push(await get(host, agent, port))
  }
  return answers
}

let running: { end: boolean; load: Promise<Load> } | undefined

function load(task: LoadTask): true {
  const state = { end: false }
  running = Object.assign(state, { load: makeRequests(task, state) })
  return true
}

async function unload(): Promise<Load | undefined> {
  if (running !== undefined) running.end = true
  return await running?.load
}

/** Half of the clients keep their connection; the others open one for each request. */
async function makeRequests({ host, requests }: LoadTask, state: { end: boolean }): Promise<Load> {
  const failures: string[] = []
  const answers: Record<string, number> = {}
  let made = 0
  const client = async (agent: Agent) => {
    while (made < requests || !state.end) {
      made++
      try {
        const answer = await get(host, agent)
        answers[answer] = (answers[answer] ?? 0) + 1
      } catch (error) {
        failures.push((error as Error).message)
      }
    }
    agent.destroy()
  }
  const agents = [true, true, false, false].map((keepAlive) => new Agent({ keepAlive, maxSockets: 1 }))
  await Promise.all(agents.map(client))
  return { requests: made, failures, answers }
}

function get(host: string, agent: Agent, port = PORT): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ host, port, agent, timeout: PATIENCE }, (response) => {
      let text = ''
      response.on('data', (more) => {
        text += more
      })
      response.on('end', () => resolve(text))
      response.on('error', reject)
    })
    asked.on('timeout', () => asked.destroy(new Error('no answer')))
    asked.on('error', reject)
    asked.end()
  })
}

async function perform(task: Task): Promise<unknown> {
  switch (task.op) {
    case 'run':
      return await run(task)
    case 'state':
      return await state()
    case 'serve':
      return await serve(task.hosts)
    case 'hold':
      return await hold(task.host, task.port)
    case 'ask':
      return await ask()
    case 'load':
      return load(task)
    case 'unload':
      return await unload()
  }
}

async function work(): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const answer = await perform(JSON.parse(line) as Task).catch((error: Error) => ({ error: error.stack }))
    process.stdout.write(`${JSON.stringify(answer)}\n`)
  }
}

void work()

// The agent with `serve`: metrics, page and API have its health and its counters; a reload replaces them; it goes on
// without them.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { run as runAgent } from '../../lib/agent/agent-command.ts'
import { userLine } from '../../lib/serve/passwords.ts'
import { nodeSystem } from '../../lib/system/node/system.ts'
import type { Interruption, System } from '../../lib/system/system.ts'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'
import { type ClosedPort, closedPort } from '../support/ports.ts'
import { run } from '../support/run.ts'
import { until } from '../support/until.ts'

const TOKEN = 'correct-horse-battery'

let folder: string
let server: Server
let up: string
let down: string
let closed: ClosedPort
let agent: Machine | undefined
const path = (name: string) => join(folder, name)

/** A port of 127.0.0.1 where somebody listens. */
async function listening(): Promise<{ readonly server: Server; readonly port: number }> {
  const made = createServer((guest) => guest.destroy())
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve))
  const address = made.address()
  return { server: made, port: typeof address === 'object' && address !== null ? address.port : 0 }
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ipvsadm-monitor-'))
  const one = await listening()
  server = one.server
  closed = await closedPort()
  up = `127.0.0.1:${one.port}`
  down = `127.0.0.1:${closed.port}`
  const servers = [up, down].map((name) => `-a -t 192.0.2.1:80 -r ${name} -m -w 3\n`)
  writeFileSync(path('rules'), `-A -t 192.0.2.1:80 -s rr\n${servers.join('')}`)
  writeFileSync(path('token'), `${TOKEN}\n`)
})
afterEach(async () => {
  await agent?.end()
  agent = undefined
  server.close()
  closed.release()
  rmSync(folder, { recursive: true })
})

const configure = (serve: string, more = '') =>
  writeFileSync(
    path('agent.yaml'),
    `rules: ${path('rules')}\nsocket: ${path('socket')}\nstate: ${path('state')}\ninterval: 100ms\n` +
      `check: { kind: tcp, interval: 1s, timeout: 900ms, fall: 1 }\n${more}${serve}`,
  )

/** An agent over a kernel in memory. */
class Machine {
  readonly kernel = new FakeKernel()
  log = ''
  #signal: (signal: Interruption) => void = () => {}
  #ended: Promise<unknown> | undefined

  readonly #system: System = {
    ...nodeSystem,
    privileged: true,
    env: {},
    transport: async () => this.kernel.connect(),
    loadModule: async () => {},
    lock: async () => ({ lock: { release: () => {} } }),
    readChunks: () => [Buffer.from('Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires\n')],
    onInterrupt: (listener) => {
      this.#signal = listener
      return () => {}
    },
    writeOutput: () => {},
    writeError: (text) => {
      this.log += text
    },
  }

  do(action: 'run' | 'check' | 'reload') {
    return runAgent({ config: path('agent.yaml'), action }, this.#system)
  }

  start(): void {
    this.#ended = this.do('run')
  }

  async end(): Promise<void> {
    this.#signal('SIGTERM')
    await this.#ended
  }

  /** Resolves with the line of the log when it is there. */
  async logged(pattern: RegExp): Promise<string> {
    const line = () => this.log.split('\n').find((text) => pattern.test(text))
    await until(() => line() !== undefined, this.#ended)
    return line()!
  }

  async url(): Promise<string> {
    return /address=(\S+)/.exec(await this.logged(/event=serving/))![1]!
  }
}

const started = () => {
  agent = new Machine()
  agent.start()
  return agent
}

const read = async (url: string, headers: Readonly<Record<string, string>> = {}) => {
  const reply = await fetch(url, { headers })
  return { status: reply.status, text: await reply.text() }
}

/** Asks until an answer matches all of them: a part of it is as fresh as the last reading of the table, the rest as it is now. */
async function answered(url: string, ...patterns: readonly RegExp[]): Promise<string> {
  let text = ''
  await until(async () => {
    text = (await read(url)).text
    return patterns.every((pattern) => pattern.test(text))
  })
  return text
}

it('serves as before when it cannot listen elsewhere', async () => {
  configure('serve: { listen: 127.0.0.1:0 }\n')
  const one = started()
  await one.url()
  configure('serve: { listen: 203.0.113.9:9456 }\n')
  expect(await new Machine().do('reload')).toBe('refused')
  await one.logged(/event=serve-fails text=".*EADDRNOTAVAIL.*" consequence="served as before"/)
  const links = [...one.log.matchAll(/event=serving address=(\S+)/g)].map(([, link]) => link)
  expect(links.length).toBe(2)
  expect(await read(`${links[1]}healthz`)).toMatchObject({ status: 200 })
})

it('serves once however many reloads come at the same time', async () => {
  configure('serve: { listen: 127.0.0.1:0 }\n')
  const one = started()
  await one.url()
  configure('serve: { listen: 127.0.0.2:0 }\n')
  await Promise.all(Array.from({ length: 8 }, () => new Machine().do('reload')))
  const links = [...one.log.matchAll(/event=serving address=(\S+)/g)].map(([, link]) => link)
  expect(links.length).toBe(2)
  expect(one.log).not.toContain('serve-fails')
})

it('serves nothing unless it is told', async () => {
  configure('')
  const one = started()
  await one.logged(/event=table-changed/)
  expect(one.log).not.toContain('serving')
})

it('serves the metrics, the page and the API, with the health of the servers', async () => {
  configure('serve: { listen: 0 }\n')
  const one = started()
  const url = await one.url()
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/)
  await one.logged(/event=server-down/)
  expect((await read(`${url}healthz`)).text).toBe('ok\n')
  expect((await read(`${url}readyz`)).text).toBe('ok\n')
  expect((await read(url)).text).toContain('<title>IPVS</title>')
  const of = (family: string, name: string, value: number) =>
    new RegExp(`^${family}\\{protocol="tcp",service="192\\.0\\.2\\.1:80",server="${name}"\\} ${value}$`, 'm')
  // The table has been changed after that, or will be.
  await answered(
    `${url}metrics`,
    /^ipvs_agent_plans_total\{result="applied"\} [1-9]/m,
    /^ipvs_agent_servers\{status="down"\} 1$/m,
    of('ipvs_server_up', up, 1),
    of('ipvs_server_up', down, 0),
    of('ipvs_check_success', down, 0),
    /^ipvs_check_duration_seconds\{.*\} 0\.\d+/m,
    /^ipvs_agent_ready 1$/m,
    /^ipvs_agent_checks_total\{result="down"\} [1-9]/m,
    /^ipvs_agent_turns_total\{result="done"\} [1-9]/m,
    /^ipvs_agent_turn_duration_seconds \d/m,
  )
  const { health } = JSON.parse((await read(`${url}api/health`)).text)
  expect(health).toHaveLength(2)
  expect(health).toContainEqual(
    expect.objectContaining({
      status: 'down',
      check: expect.objectContaining({ up: false, detail: expect.any(String) }),
    }),
  )
})

it('shows a server that is down also when it is removed from the table', async () => {
  configure('serve: { listen: 0 }\n', 'down: remove\n')
  const one = started()
  const url = await one.url()
  await one.logged(/event=server-down/)
  const table = async () => (await read(`${url}api/table`)).text
  await until(async () => (await table()).split('"weight":3').length === 2)
  expect((await read(`${url}metrics`)).text).toContain(`server="${down}"} 0\n`)
  expect(JSON.parse((await read(`${url}api/health`)).text).health).toHaveLength(2)
  const abort = new AbortController()
  const events = await fetch(`${url}events`, { signal: abort.signal })
  let text = ''
  for await (const bytes of events.body!) {
    text += Buffer.from(bytes).toString()
    if (/^event: table\ndata: .*\n/m.test(text)) break
  }
  const [, data] = /^event: table\ndata: (.*)$/m.exec(text)!
  const view = JSON.parse(data!)
  expect(view.head.checked).toBe(true)
  expect(view.totals).toMatchObject({ servers: 2, down: 1 })
  expect(view.servers).toContainEqual(
    expect.objectContaining({ name: down, state: 'down', forwarding: 'not in the table' }),
  )
})

it('counts what others change, and keeps what the administrator sets', async () => {
  configure(`serve: { listen: 0, admin: ${path('token')} }\n`)
  const one = started()
  const url = await one.url()
  await one.logged(/event=table-changed/)
  const key = (name: string) => `tcp 192.0.2.1 80 ${name.replace(':', ' ')}`
  const reply = await fetch(`${url}api/admin`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-ipvsadm-token': TOKEN },
    body: JSON.stringify({ action: 'drain', service: 'tcp 192.0.2.1 80', server: key(up) }),
  })
  expect([reply.status, await reply.text()]).toEqual([200, expect.stringContaining('weight 3 -> 0')])
  expect(await one.logged(/event=admin/)).toContain(`${up} weight 3 -> 0 by token from 127.0.0.1: done`)
  await answered(
    `${url}metrics`,
    /^ipvs_agent_held_entries 1$/m,
    /^ipvs_agent_drift_total\{change="server-changed"\} 1$/m,
  )
  await run(one.kernel, '-A -t 192.0.2.9:80')
  await answered(`${url}metrics`, /^ipvs_agent_drift_total\{change="service-added"\} 1$/m)
})

it('reads users and settings again on a reload, and stays as it was when they are wrong', async () => {
  configure('serve: { listen: 0, noServers: [192.0.2.0/24] }\n')
  const one = started()
  const url = await one.url()
  await one.logged(/event=table-changed/)
  const bare = await answered(`${url}metrics`, /^ipvs_service_info\{/m)
  expect(bare).not.toContain('ipvs_server_weight')
  writeFileSync(path('users'), `${await userLine('anna', 'secret')}\n`)
  configure(`serve: { listen: 0, users: ${path('users')} }\n`)
  expect(await new Machine().do('reload')).toBe('done')
  expect((await read(`${url}metrics`)).status).toBe(401)
  const authorization = `Basic ${Buffer.from('anna:secret').toString('base64')}`
  expect((await read(`${url}metrics`, { authorization })).text).toContain('ipvs_server_weight')

  writeFileSync(path('users'), 'anna:secret\n')
  const other = new Machine()
  expect(await other.do('reload')).toBe('refused')
  expect(other.log).toContain('users: line 1: must be a line that serve --hash NAME prints')
  expect(await other.do('check')).toBe('refused')
  expect(await one.logged(/event=serve-fails/)).toContain('consequence="served as before"')
  const { text } = await read(`${url}metrics`, { authorization })
  expect(text).toContain('ipvs_agent_configuration_problems 1\n')
  expect(text).toContain('ipvs_agent_reloads_total{result="refused"} 1\n')

  configure('')
  expect(await new Machine().do('reload')).toBe('done')
  await expect(fetch(`${url}healthz`)).rejects.toThrow()
})

it('balances also when it cannot listen', async () => {
  const { server: other, port } = await listening()
  configure(`serve: { listen: ${port} }\n`)
  const one = started()
  expect(await one.logged(/event=serve-fails/)).toMatch(/EADDRINUSE.*consequence="not served"/)
  await one.logged(/event=table-changed/)
  other.close()
})

it('warns when others can reach it', async () => {
  configure('serve: { listen: 0.0.0.0:0 }\n')
  expect(await started().logged(/event=serve-open/)).toContain('without TLS and without authentication')
})

it('warns of files with secrets that all users may read', async () => {
  chmodSync(path('token'), 0o644)
  configure(`serve: { listen: 127.0.0.1:0, admin: ${path('token')} }\n`)
  const line = await started().logged(/event=serve-open/)
  expect(line).toContain(`${path('token')}: all users may read this secret: chmod 600 ${path('token')}`)
})

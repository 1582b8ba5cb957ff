// `ipvsadm agent`: its words, over a fake kernel, with real files and a real socket.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import Ajv from 'ajv/dist/2020.js'
import { run as runAgent } from '../../lib/agent/agent-command.ts'
import { nodeSystem } from '../../lib/system/node/system.ts'
import type { Interruption, System } from '../../lib/system/system.ts'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'
import { run } from '../support/run.ts'

let folder: string
let server: Server
let port: number
const path = (name: string) => join(folder, name)

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ipvsadm-agent-'))
  server = createServer((guest) => guest.destroy())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  port = typeof address === 'object' && address !== null ? address.port : 0
  writeFileSync(path('rules'), `-A -t 192.0.2.1:80 -s rr\n-a -t 192.0.2.1:80 -r 127.0.0.1:${port} -m\n`)
  writeFileSync(
    path('agent.yaml'),
    `rules: ${path('rules')}\nsocket: ${path('socket')}\nstate: ${path('state')}\ncheck:\n  kind: tcp\n  interval: 100ms\n`,
  )
})
afterEach(() => {
  server.close()
  rmSync(folder, { recursive: true })
})

/** A machine, and what was written to it. */
function machine(kernel = new FakeKernel()) {
  const written = { output: '', errors: '' }
  let wake = () => {}
  let signal: (signal: Interruption) => void = () => {}
  const system: System = {
    ...nodeSystem,
    privileged: true,
    env: {},
    transport: async () => kernel.connect(),
    loadModule: async () => {},
    lock: async () => ({ lock: { release: () => {} } }),
    onInterrupt: (listener) => {
      signal = listener
      return () => {}
    },
    writeOutput: (text) => {
      written.output += text
    },
    writeError: (text) => {
      written.errors += text
      wake()
    },
  }
  return {
    kernel,
    written,
    agent: (args: Readonly<Record<string, unknown>>) =>
      runAgent({ config: path('agent.yaml'), ...args }, system),
    signal: (name: Interruption) => signal(name),
    /** Resolves when the log has the event. */
    logged: async (event: string) => {
      while (!written.errors.includes(`event=${event}`)) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
  }
}

it('needs Node, and says so in one line', async () => {
  expect(await run(new FakeKernel(), 'agent status')).toMatchObject({
    status: 255,
    stdout: '',
    stderr: 'agent: needs Node.js; install the package ipvsadm-agent or the npm package\n',
  })
})

const schema = JSON.parse(readFileSync(join(__dirname, '../../docs/agent-status.schema.json'), 'utf8'))

describe('run', () => {
  it('fills the table, answers, reloads, and ends with a signal', async () => {
    const one = machine()
    const ended = one.agent({})
    await one.logged('table-changed')
    const { services } = one.kernel.snapshot()
    expect(services['tcp 192.0.2.1:80']?.destinations).toMatchObject({ [`127.0.0.1:${port}`]: { weight: 1 } })

    const other = machine()
    expect(await other.agent({ action: 'status' })).toBe('done')
    expect(other.written.output).toContain('tcp 192.0.2.1:80: 1 of 1 up\n')
    expect(await machine().agent({ action: 'run' })).toBe('refused')

    writeFileSync(path('rules'), '-A -t 192.0.2.1:80 -s\n')
    const third = machine()
    expect(await third.agent({ action: 'reload' })).toBe('refused')
    expect(third.written.errors).toMatch(/^agent: line 1: /)
    expect(one.kernel.snapshot().services).toEqual(services)

    one.signal('SIGTERM')
    expect(await ended).toBe('done')
    expect(one.kernel.snapshot().services).toEqual(services)
    expect(await machine().agent({ action: 'status' })).toBe('failed')
  })

  it('reads its configuration again at SIGHUP, also one that names other rules', async () => {
    const one = machine()
    const ended = one.agent({})
    await one.logged('table-changed')
    const before = one.kernel.snapshot().services
    const config = readFileSync(path('agent.yaml'), 'utf8')

    writeFileSync(path('agent.yaml'), `${config}drift: sometimes\n`)
    one.signal('SIGHUP')
    await one.logged('configuration-wrong')
    expect(one.written.errors).toMatch(/event=configuration-wrong text=".*agent\.yaml:7: drift: /)
    expect(one.kernel.snapshot().services).toEqual(before)

    writeFileSync(path('other'), `-A -u 192.0.2.2:53 -s rr\n-a -u 192.0.2.2:53 -r 127.0.0.1:${port} -m\n`)
    writeFileSync(path('agent.yaml'), `${config.replace(path('rules'), path('other'))}concurrency: 7\n`)
    one.signal('SIGHUP')
    await one.logged('restart-needed keys=concurrency')
    while (Object.keys(one.kernel.snapshot().services).join() !== 'udp 192.0.2.2:53') {
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    // The other file is watched now.
    writeFileSync(path('other'), '-A -t\n')
    await one.logged('rules-wrong')
    one.signal('SIGTERM')
    expect(await ended).toBe('done')
  })

  it('says that a server is down, with a status of its own', async () => {
    await new Promise((resolve) => server.close(resolve))
    const one = machine()
    const ended = one.agent({})
    await one.logged('server-down')
    const other = machine()
    expect(await other.agent({ action: 'status', json: true })).toBe('found')
    const status = JSON.parse(other.written.output)
    expect(status).toMatchObject({ down: 1, services: [{ up: 0, total: 1 }] })
    const validate = new Ajv({ strict: true, allErrors: true }).compile(schema)
    expect([validate(status), validate.errors]).toEqual([true, null])
    one.signal('SIGINT')
    expect(await ended).toBe('done')
  })

  it.each([
    ['configuration', () => writeFileSync(path('agent.yaml'), 'rule: x\n'), /agent\.yaml:1.*rule/],
    ['rules', () => writeFileSync(path('rules'), '-A -t\n'), /^agent: line 1: /],
  ])('does not start with a wrong %s', async (_name, spoil, message) => {
    spoil()
    const one = machine()
    expect(await one.agent({})).toBe('refused')
    expect(one.written.errors).toMatch(message)
    expect(one.kernel.requests).toEqual([])
  })
})

describe('check', () => {
  it('is silent about good files', async () => {
    const one = machine()
    expect([await one.agent({ action: 'check' }), one.written]).toEqual(['done', { output: '', errors: '' }])
  })
})

// `ipvsadm agent`: its words, over a fake kernel, with real files and a real socket.
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import Ajv from 'ajv/dist/2020.js'
import { run as runAgent } from '../../lib/agent/agent-command.ts'
import { main } from '../../lib/main.ts'
import type { Address } from '../../lib/model/address.ts'
import { nodeSystem } from '../../lib/system/node/system.ts'
import { BrokenPipe, type Interruption, type System } from '../../lib/system/system.ts'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'
import { closedPort } from '../support/ports.ts'
import { run } from '../support/run.ts'
import { until } from '../support/until.ts'

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
/** Ends of agents that a test has started, which it has not seen. */
const agents = new Map<Promise<unknown>, () => void>()
afterEach(async () => {
  for (const [ended, end] of agents) {
    end()
    await ended
  }
  server.close()
  rmSync(folder, { recursive: true })
})

/** A machine, and what was written to it. */
function machine(kernel = new FakeKernel(), change: Partial<System> = {}) {
  const written = { output: '', errors: '' }
  let running: Promise<unknown> | undefined
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
    },
    ...change,
  }
  return {
    kernel,
    written,
    agent: (args: Readonly<Record<string, unknown>>) => {
      const end = runAgent({ config: path('agent.yaml'), ...args }, system)
      running = end
      const over: Promise<unknown> = end.then(
        () => agents.delete(over),
        () => agents.delete(over),
      )
      agents.set(over, () => signal('SIGTERM'))
      return end
    },
    signal: (name: Interruption) => signal(name),
    /** Resolves when the log has the event. */
    logged: async (event: string) => {
      await until(() => written.errors.includes(`event=${event}`), running)
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
    await expect(third.agent({ action: 'reload', json: true })).rejects.toThrow(/^line 1: /)
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
    await until(() => Object.keys(one.kernel.snapshot().services).join() === 'udp 192.0.2.2:53', ended)
    // The other file is watched now.
    writeFileSync(path('other'), '-A -t\n')
    await one.logged('rules-wrong')
    one.signal('SIGTERM')
    expect(await ended).toBe('done')
  })

  it('takes a configuration with rules that are right alone, and says so', async () => {
    const waits = 'the new configuration, apart from serve, waits for rules that are right'
    const one = machine()
    const ended = one.agent({})
    await one.logged('table-changed')
    const [config, rules] = ['agent.yaml', 'rules'].map((name) => readFileSync(path(name), 'utf8'))
    const reload = async () => {
      const other = machine()
      return [await other.agent({ action: 'reload' }), other.written.errors]
    }
    writeFileSync(path('rules'), '-A -t 192.0.2.1:80 -s\n')
    const wrong = 'agent: line 1: -s: missing argument: -A -t 192.0.2.1:80 -s\n'
    expect(await reload()).toEqual(['refused', wrong])
    writeFileSync(path('agent.yaml'), `${config}fallback: [{ server: 127.0.0.2 }]\n`)
    expect(await reload()).toEqual(['refused', `${wrong}agent: ${waits}\n`])
    expect(one.written.errors).toContain(`text="${waits}" consequence="the last good one stays"\n`)
    const other = machine()
    await other.agent({ action: 'status' })
    expect(other.written.output).toContain(waits)
    // As it was.
    writeFileSync(path('agent.yaml'), config!)
    expect(await reload()).toEqual(['refused', wrong])
    writeFileSync(path('agent.yaml'), config!.replace('kind: tcp', 'kind: http\n  body: a'))
    expect(await reload()).toEqual(['refused', `${wrong}agent: ${waits}\n`])
    writeFileSync(path('rules'), rules!)
    expect(await reload()).toEqual(['done', ''])
    await one.logged('server-down')
    one.signal('SIGTERM')
    expect(await ended).toBe('done')
  })

  it('tries the source of the rules again at a reload after one that could not open it', async () => {
    const one = machine()
    const ended = one.agent({})
    await one.logged('table-changed')
    const config = readFileSync(path('agent.yaml'), 'utf8')
    const etcd = `rules: { etcd: { groups: [web], endpoints: ["https://127.0.0.1:1"], ca: ${path('ca')} } }`
    writeFileSync(path('agent.yaml'), config.replace(/^rules: .*/, etcd))
    for (let i = 0; i < 2; i++) {
      const other = machine()
      expect(await other.agent({ action: 'reload' })).toBe('refused')
      expect(other.written.errors).toMatch(/^agent: rules\.etcd: .*ca/)
    }
    writeFileSync(path('agent.yaml'), config)
    expect(await machine().agent({ action: 'reload' })).toBe('done')
    one.signal('SIGTERM')
    expect(await ended).toBe('done')
  })

  it('goes on naming what is wrong with its configuration when the rules have changed', async () => {
    const one = machine()
    const ended = one.agent({})
    await one.logged('table-changed')
    writeFileSync(path('agent.yaml'), `${readFileSync(path('agent.yaml'), 'utf8')}drift: sometimes\n`)
    one.signal('SIGHUP')
    await one.logged('configuration-wrong')
    writeFileSync(path('rules'), `-A -u 192.0.2.2:53 -s rr\n-a -u 192.0.2.2:53 -r 127.0.0.1:${port} -m\n`)
    await until(() => one.kernel.snapshot().services['udp 192.0.2.2:53'] !== undefined, ended)
    const other = machine()
    await other.agent({ action: 'status', socket: path('socket') })
    expect(other.written.output).toMatch(/^ {2}wrong, not in use: .*agent\.yaml:7: drift: /m)
    one.signal('SIGTERM')
    expect(await ended).toBe('done')
  })

  it('does one reload after the other, so that the last one counts', async () => {
    let look = () => {}
    let isLooked = false
    const names = {
      ...nodeSystem.names,
      addresses: async () => {
        isLooked = true
        await new Promise<void>((resolve) => {
          look = resolve
        })
        return new Map([['web1', { address: '192.0.2.7' as Address }]])
      },
    }
    const one = machine(undefined, { names })
    const ended = one.agent({})
    await one.logged('table-changed')
    const config = readFileSync(path('agent.yaml'), 'utf8')
    writeFileSync(path('rules'), '-A -t web1:80 -s rr\n')
    one.signal('SIGHUP')
    await until(() => isLooked, ended)
    writeFileSync(path('other'), `-A -u 192.0.2.2:53 -s rr\n-a -u 192.0.2.2:53 -r 127.0.0.1:${port} -m\n`)
    writeFileSync(path('agent.yaml'), config.replace(path('rules'), path('other')))
    const reloaded = machine().agent({ action: 'reload', socket: path('socket') })
    // With both at once the second one would have ended by now.
    await new Promise((resolve) => setTimeout(resolve, 100))
    const { length } = one.written.errors
    look()
    expect(await reloaded).toBe('done')
    expect(one.written.errors.slice(length)).toMatch(/event=rules-read.*event=rules-read/s)
    await until(() => Object.keys(one.kernel.snapshot().services).join() === 'udp 192.0.2.2:53', ended)
    one.signal('SIGTERM')
    expect(await ended).toBe('done')
  })

  it.each([
    ['is gone', () => rmSync(path('agent.yaml')), /cannot read .*agent\.yaml: ENOENT/],
    [
      'is a folder',
      () => {
        rmSync(path('agent.yaml'))
        mkdirSync(path('agent.yaml'))
      },
      /cannot read .*agent\.yaml: EISDIR/,
    ],
    ['is not UTF-8', () => writeFileSync(path('agent.yaml'), 'rules: /\xff', 'latin1'), /yaml: not UTF-8/],
  ])('goes on when its configuration %s, and says so', async (_name, spoil, message) => {
    const one = machine()
    const ended = one.agent({})
    await one.logged('table-changed')
    const before = one.kernel.snapshot().services
    spoil()
    one.signal('SIGHUP')
    await one.logged('configuration-wrong')
    expect(one.written.errors).toMatch(message)
    const other = machine()
    expect(await other.agent({ action: 'reload', socket: path('socket') })).toBe('refused')
    expect(other.written.errors).toMatch(message)
    expect(one.kernel.snapshot().services).toEqual(before)
    one.signal('SIGTERM')
    expect(await ended).toBe('done')
    // Nor does it start with it.
    const third = machine()
    expect(await third.agent({})).toBe('refused')
    expect(third.written.errors).toMatch(message)
  })

  it('goes on when its log cannot be written', async () => {
    let lines = 0
    const one = machine(undefined, {
      writeError: () => {
        lines++
        throw new Error('ENOSPC')
      },
    })
    const ended = one.agent({})
    await until(() => one.kernel.snapshot().services['tcp 192.0.2.1:80'] !== undefined, ended)
    expect(lines).toBeGreaterThan(0)
    one.signal('SIGTERM')
    expect(await ended).toBe('done')
  })

  it('takes signals while it starts', async () => {
    const one = machine()
    const ended = one.agent({})
    one.signal('SIGHUP')
    await one.logged('rules-read')
    one.signal('SIGTERM')
    expect(await ended).toBe('done')
    expect(existsSync(path('socket'))).toBe(false)

    writeFileSync(path('rules'), '-A -t 192.0.2.1:80 -s rr\n-a -t 192.0.2.1:80 -r web1:80 -m\n')
    const slow = machine(undefined, {
      names: { ...nodeSystem.names, addresses: () => new Promise(() => {}) },
    })
    const interrupted = slow.agent({})
    slow.signal('SIGINT')
    expect(await interrupted).toBe('done')
    expect(slow.kernel.requests).toEqual([])
  })

  it('says that the file of its memory cannot be read', async () => {
    mkdirSync(path('state'))
    const one = machine()
    const ended = one.agent({})
    await one.logged('state-wrong')
    expect(one.written.errors).toMatch(
      /event=state-wrong file=\S+ problem="EISDIR: .*" consequence="not used"/,
    )
    one.signal('SIGTERM')
    expect(await ended).toBe('done')
  })

  it('says in one line that the kernel has no ip_vs, and tries to load it now and then', async () => {
    let [loads, tries] = [0, 0]
    const kernel = new FakeKernel({ hasFamily: false })
    const one = machine(kernel, {
      transport: async () => {
        tries++
        return kernel.connect()
      },
      loadModule: async () => {
        loads++
      },
    })
    writeFileSync(path('agent.yaml'), `${readFileSync(path('agent.yaml'), 'utf8')}interval: 100ms\n`)
    const ended = one.agent({})
    await one.logged('kernel-fails')
    await until(() => tries >= 4, ended)
    // modprobe writes a line at each failure.
    expect(loads).toBe(1)
    expect(one.written.errors).toMatch(
      /event=kernel-fails problem="Can't initialize ipvs: .*; Are you sure that IP Virtual Server is built .*\?"\n/,
    )
    one.signal('SIGTERM')
    expect(await ended).toBe('done')
  })

  it('says that a server is down, with a status of its own', async () => {
    const closed = await closedPort()
    const rules = `-A -t 192.0.2.1:80 -s rr\n-a -t 192.0.2.1:80 -r 127.0.0.1:${closed.port} -m\n`
    writeFileSync(path('rules'), rules)
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
    closed.release()
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

it.each(['run', 'status', 'reload'])('%s takes no file', async (action) => {
  const one = machine()
  expect(await one.agent({ action, file: path('other.yaml') })).toBe('refused')
  expect(one.written.errors).toBe(`agent: ${action} takes no file; --config names the configuration\n`)
})

it('reports a reader that closes the output like every program', async () => {
  const one = machine()
  const ended = one.agent({})
  await one.logged('table-changed')
  const other = machine(undefined, {
    writeOutput: () => {
      throw new BrokenPipe('EPIPE')
    },
  })
  expect(await other.agent({ action: 'status' })).toBe('unread')
  expect(other.written.errors).toBe('')
  one.signal('SIGTERM')
  await ended
})

it.each([['status'], ['reload']])('%s is not misled by something else at the socket', async (action) => {
  const stranger = createServer((guest) => guest.resume().end('{}\n'))
  await new Promise<void>((resolve) => stranger.listen(path('socket'), resolve))
  const one = machine()
  expect(await one.agent({ action })).toBe('failed')
  expect(one.written.errors).toBe(
    `agent: no agent answers at ${path('socket')}: not the answer of an agent\n`,
  )
  await new Promise((resolve) => stranger.close(resolve))
})

it.each([
  [['status', '--json'], 255, 'TRANSPORT', /^agent: no agent answers at .*socket: /],
  [['reload', '--json'], 255, 'TRANSPORT', /^agent: no agent answers at .*socket: /],
  [['status', 'file', '--json'], 2, 'USAGE', /^agent: status takes no file; /],
  [
    ['check', 'wrong.yaml', '--json'],
    2,
    'USAGE',
    /^agent: .*wrong.yaml:2: intervall: .*\n.*wrong.yaml:3: drift: [^\n]*$/,
  ],
  [['check', 'norules.yaml', '--json'], 2, 'USAGE', /^agent: .*none: ENOENT: [^\n]*$/],
  [['run', '--json', '--config=wrong.yaml'], 2, 'USAGE', /^agent: .*wrong.yaml:2: intervall: /],
  [['import', '/dev/null', '--json'], 2, 'USAGE', /^agent: [^\n]*$/],
])('fails as JSON on request: %j', async (words, status, code, message) => {
  let stderr = ''
  const system: System = {
    ...nodeSystem,
    writeError: (text) => {
      stderr += text
    },
  }
  writeFileSync(path('wrong.yaml'), 'rules: /rules\nintervall: 1s\ndrift: maybe\n')
  writeFileSync(path('norules.yaml'), `rules: ${path('none')}\n`)
  const files = words.map((word) => word.replace(/[a-z]+\.yaml/, path))
  const isNamed = words.some((word) => word.startsWith('--config'))
  const line = ['agent', ...files, ...(isNamed ? [] : ['--config', path('agent.yaml')])]
  const own = { agent: async () => ({ run: runAgent }) }
  expect(await main('ipvsadm', line, system, own)).toBe(status)
  expect(JSON.parse(stderr)).toEqual({ error: { message: expect.stringMatching(message), status, code } })
})

describe('check', () => {
  it('is silent about good files', async () => {
    const one = machine()
    expect([await one.agent({ action: 'check' }), one.written]).toEqual(['done', { output: '', errors: '' }])
  })

  const exec = (program: string) => `{ kind: exec, command: [${program}, word] }`
  const config = (program: string) => `rules: ${path('rules')}\ncheck: ${exec(program)}\n`
  const noted = async (text: string) => {
    writeFileSync(path('agent.yaml'), text)
    const one = machine()
    return [await one.agent({ action: 'check' }), one.written]
  }

  it.each<[string, () => void, string]>([
    ['does not exist', () => rmSync(path('program')), 'does not exist'],
    ['is not executable', () => chmodSync(path('program'), 0o644), 'is not executable'],
    [
      'is a directory',
      () => {
        rmSync(path('program'))
        mkdirSync(path('program'))
      },
      'is not a file',
    ],
  ])('notes a program of an exec check that %s', async (_name, spoil, problem) => {
    writeFileSync(path('program'), '#!/bin/sh\n')
    chmodSync(path('program'), 0o755)
    expect(await noted(config(path('program')))).toEqual(['done', { output: '', errors: '' }])
    spoil()
    const errors = `agent: note: ${path('program')} ${problem}: exec checks cannot run it\n`
    expect(await noted(config(path('program')))).toEqual(['done', { output: '', errors }])
  })

  it('notes each program once, wherever the configuration has it', async () => {
    const entries = `scopes: [{ scope: [tcp], check: ${exec('/no/scope')} }]
services: [{ service: fwmark 1, check: ${exec('/no/service')} }, { service: fwmark 2, check: ${exec('/no/scope')} }]
servers: [{ server: 198.51.100.1:80, check: ${exec('/no/server')} }]
`
    const errors = ['/no/default', '/no/scope', '/no/service', '/no/server']
      .map((program) => `agent: note: ${program} does not exist: exec checks cannot run it\n`)
      .join('')
    expect(await noted(`${config('/no/default')}${entries}`)).toEqual(['done', { output: '', errors }])
  })
})

describe('a FIFO in place of a file', () => {
  /** A machine on which a plain reading of a FIFO fails instead of waiting. */
  const guarded = () =>
    machine(undefined, {
      readFile: (name) => {
        if (statSync(name).isFIFO()) throw new Error('waits')
        return nodeSystem.readFile(name)
      },
    })
  const toFifo = (name: string) => {
    rmSync(path(name), { force: true })
    execFileSync('mkfifo', [path(name)])
  }
  const refusal = 'it is not a file but a FIFO'

  it.each([
    ['agent.yaml', (name: string) => `agent: cannot read ${name}: ${refusal}\n`],
    ['rules', (name: string) => `agent: ${name}: ${refusal}\n`],
  ])('is refused at once: %s', async (name, message) => {
    toFifo(name)
    for (const action of ['run', 'check']) {
      const one = guarded()
      expect([await one.agent({ action }), one.written.errors]).toEqual(['refused', message(path(name))])
    }
  })

  it.each([
    ['a device', '/dev/zero', 'it is not a file but a device'],
    ['nothing', '/dev/null', undefined],
  ])('so is %s', async (_name, config, problem) => {
    const one = machine()
    expect(await one.agent({ action: 'check', config })).toBe('refused')
    const empty = `agent: ${config}:1: is empty: at least rules must be given\n`
    expect(one.written.errors).toBe(
      problem === undefined ? empty : `agent: cannot read ${config}: ${problem}\n`,
    )
  })

  it('so is a socket', async () => {
    const stranger = createServer()
    await new Promise<void>((resolve) => stranger.listen(path('stranger'), resolve))
    const one = machine()
    expect(await one.agent({ action: 'check', file: path('stranger') })).toBe('refused')
    expect(one.written.errors).toBe(`agent: cannot read ${path('stranger')}: it is not a file but a socket\n`)
    await new Promise((resolve) => stranger.close(resolve))
  })

  it('leaves the rules of a running agent', async () => {
    const one = guarded()
    const ended = one.agent({})
    await one.logged('table-changed')
    const before = one.kernel.snapshot().services
    toFifo('rules')
    await one.logged('rules-wrong')
    expect(one.written.errors).toMatch(/event=rules-wrong .*it is not a file but a FIFO/)
    toFifo('agent.yaml')
    one.signal('SIGHUP')
    await one.logged('configuration-wrong')
    expect(one.written.errors).toMatch(/event=configuration-wrong .*it is not a file but a FIFO/)
    expect(one.kernel.snapshot().services).toEqual(before)
    one.signal('SIGTERM')
    expect(await ended).toBe('done')
  })

  it('is neither read nor written as the memory of changes by others', async () => {
    toFifo('state')
    writeFileSync(path('agent.yaml'), `${readFileSync(path('agent.yaml'), 'utf8')}interval: 100ms\n`)
    const written: string[] = []
    const one = machine(undefined, { replaceFile: (name) => written.push(name) })
    const ended = one.agent({})
    await one.logged('state-wrong')
    await one.logged('table-changed')
    await run(one.kernel, `-e --keep -t 192.0.2.1:80 -r 127.0.0.1:${port} -w 7`)
    await one.logged('state-not-written')
    expect(one.written.errors).toMatch(/event=state-not-written .*it is not a file but a FIFO/)
    expect(written).toEqual([])
    one.signal('SIGTERM')
    expect(await ended).toBe('done')
  })
})

// Any input, from people, from files or from the kernel: a message and a status, never a stack trace, and never
// half of a request.

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { parseAddress } from '../../lib/model/address.ts'
import type { NameService } from '../../lib/system/names/name-service.ts'
import { nodeSystem } from '../../lib/system/node/system.ts'
import { BrokenPipe, WriteError } from '../../lib/system/system.ts'
import { anyWords } from '../support/any-words.ts'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'
import { run } from '../support/run.ts'

const BUILT_IN = 'Are you sure that IP Virtual Server is built in the kernel or as module?\n'
const NO_IPVS = `Can't initialize ipvs: Protocol not available\n${BUILT_IN}`
const NO_PERMISSION = `Can't initialize ipvs: Permission denied (you must be root)\n${BUILT_IN}`

const restore = (kernel: FakeKernel, input: string) => run(kernel, '-R', { input })

describe('a kernel without ip_vs is reported by', () => {
  it.each(['-Ln', '-A -t 192.0.2.1:80', '-C', '-Sn', '-L --timeout', '-Lnc', '-R'])('%s', async (words) => {
    const outcome = await run(new FakeKernel({ hasFamily: false }), words)
    expect(outcome).toMatchObject({ status: 2, stdout: '', stderr: NO_IPVS })
  })

  it('a refused command line, before its own error', async () => {
    const outcome = await run(new FakeKernel({ hasFamily: false }), '-A -Q')
    expect(outcome).toMatchObject({ status: 2, stderr: NO_IPVS })
  })

  it('neither help nor version, which need none', async () => {
    const kernel = new FakeKernel({ hasFamily: false })
    expect(await run(kernel, '-v')).toMatchObject({ status: 0, stderr: '' })
    expect(await run(kernel, '-h')).toMatchObject({ status: 0, stderr: '' })
  })

  it('no command once the module is loaded, which is requested once', async () => {
    const kernel = new FakeKernel({ hasFamily: false })
    let loads = 0
    const loadModule = async () => {
      loads++
      kernel.addFamily()
    }
    const outcome = await run(kernel, '-Ln', { machine: { loadModule } })
    expect(outcome).toMatchObject({ status: 0, stderr: '' })
    expect(outcome.stdout).toContain('IP Virtual Server version 1.2.1 (size=4096)')
    expect(loads).toBe(1)
  })
})

it('words are read while the module is loaded', async () => {
  const kernel = new FakeKernel({ hasFamily: false })
  const order: string[] = []
  let load = () => {}
  const loadModule = () =>
    new Promise<void>((resolve) => {
      order.push('load')
      load = resolve
    })
  const names: NameService = {
    ...nodeSystem.names,
    addresses: async () => {
      order.push('look up')
      kernel.addFamily()
      load()
      return new Map([['web', { address: parseAddress('192.0.2.1')! }]])
    },
  }
  const outcome = await run(kernel, '-A -t web:80', { machine: { loadModule, names } })
  expect(outcome).toMatchObject({ status: 0, stderr: '' })
  expect(order).toEqual(['load', 'look up'])
  expect(Object.keys(kernel.snapshot().services)).toEqual(['tcp 192.0.2.1:80'])
})

describe('missing permission is reported by', () => {
  it.each(['-Ln', '-A -t 192.0.2.1:80', '-Z', '--set 1 2 3', '-L --daemon', '-Q'])('%s', async (words) => {
    const kernel = new FakeKernel()
    kernel.dropPermission()
    expect(await run(kernel, words)).toMatchObject({ status: 2, stdout: '', stderr: NO_PERMISSION })
  })

  it('a listing, also when there is no ip_vs to load', async () => {
    const outcome = await run(new FakeKernel({ hasFamily: false }), '-Ln', { machine: { privileged: false } })
    expect(outcome).toMatchObject({ status: 2, stderr: NO_PERMISSION })
  })
})

describe('command lines', () => {
  it('with an endless word are refused', async () => {
    const long = 'q'.repeat(1 << 20)
    const kernel = new FakeKernel()
    expect(await run(kernel, ['-A', '-t', `${long} :80`])).toMatchObject({ status: 2 })
    expect(await run(kernel, [`-${long}`])).toMatchObject({ status: 255 })
    expect(await run(kernel, ['-A', `--${long}`])).toMatchObject({
      status: 255,
      stderr: `--${long}: unknown option\n`,
    })
    const engine = await run(kernel, ['-A', '-t', '192.0.2.1:80', '--pe', long])
    expect(engine).toMatchObject({ status: 255, stderr: 'Scheduler or persistence engine not found\n' })
  })

  it('of any words end with a status, and with a message if it is not 0', async () => {
    await fc.assert(
      fc.asyncProperty(anyWords, async (words) => {
        // A new kernel each time, because names of listed entries would be looked up.
        const { status, stderr } = await run(new FakeKernel(), words)
        expect([0, 1, 2, 255]).toContain(status)
        expect(stderr === '').toBe(status === 0)
        expect(stderr).not.toMatch(/\n\s+at |Error:|undefined|NaN/)
      }),
      { numRuns: 1500 },
    )
  })
})

describe('rules on stdin', () => {
  it('with one malformed line: sends nothing and reports every malformed line', async () => {
    const kernel = new FakeKernel()
    const outcome = await restore(
      kernel,
      '-A -t 192.0.2.1:80\n\ngarbage\n-A -t 192.0.2.2:80 -Q\n-A -t 300.1:80 -w\n',
    )
    expect(outcome).toMatchObject({ status: 255, stdout: '' })
    expect(outcome.stderr.split('\n')).toEqual([
      "line 3: Try `ipvsadm -h' or 'ipvsadm --help' for more information.",
      'line 4: -Q: unknown option',
      'line 5: illegal virtual server address[:port] specified',
      '',
    ])
    expect(kernel.requests.map(({ command }) => command)).toEqual(['GET_INFO'])
  })

  it('refused by the kernel: runs the other lines, and the last one determines the status', async () => {
    const kernel = new FakeKernel()
    const rules = '-D -t 192.0.2.1:80\n-A -t 192.0.2.1:80\n-A -t 192.0.2.1:80\n-A -t 192.0.2.2:80\n'
    expect(await restore(kernel, rules)).toMatchObject({
      status: 0,
      stderr: 'line 1: No such service\nline 3: Service already exists\n',
    })
    expect(Object.keys(kernel.snapshot().services)).toEqual(['tcp 192.0.2.1:80', 'tcp 192.0.2.2:80'])
    expect(await restore(kernel, '-Z\n-D -t 192.0.2.9:80')).toMatchObject({
      status: 255,
      stderr: 'line 2: No such service\n',
    })
  })

  it('that are not text: end with a message, and change nothing', async () => {
    const kernel = new FakeKernel()
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 400 }), async (bytes) => {
        const { status, stderr } = await restore(kernel, Buffer.from(bytes).toString())
        expect([0, 255, 2]).toContain(status)
        expect(stderr).not.toMatch(/\n\s+at |Error:/)
      }),
      { numRuns: 500 },
    )
    expect(kernel.snapshot().services).toEqual({})
  })

  it('in a line of a megabyte: are read or refused', async () => {
    const kernel = new FakeKernel()
    const blanks = await restore(kernel, `-A -t 192.0.2.1:80 ${' '.repeat(1 << 20)}-s rr\n`)
    expect(blanks).toMatchObject({ status: 0, output: '' })
    const options = await restore(kernel, `-A -t 192.0.2.2:80${' --sort'.repeat(150_000)}\n`)
    expect(options).toMatchObject({ status: 0, output: '' })
    const rubbish = await restore(kernel, `-A ${'x'.repeat(1 << 20)}\n`)
    expect(rubbish).toMatchObject({ status: 2 })
    expect(Object.keys(kernel.snapshot().services)).toHaveLength(2)
  })

  it('cut in the middle of a line: are refused', async () => {
    const kernel = new FakeKernel()
    const outcome = await restore(kernel, '-A -t 192.0.2.1:80\n-a -t 192.0.2.1:80 -r')
    expect(outcome).toMatchObject({ status: 255, stderr: 'line 2: -r: missing argument\n' })
    expect(kernel.snapshot().services).toEqual({})
  })

  it('that ask for more rules on stdin: are refused', async () => {
    const outcome = await restore(new FakeKernel(), '-R\n')
    expect(outcome).toMatchObject({
      status: 255,
      stderr: "line 1: Try `ipvsadm -h' or 'ipvsadm --help' for more information.\n",
    })
  })

  it('none at all: change nothing', async () => {
    for (const input of ['', '\n', '# nothing\n', 'ipvsadm\n'])
      expect(await restore(new FakeKernel(), input)).toMatchObject({ status: 0, output: '' })
  })
})

describe('an error is reported for', () => {
  it.each([0, 3, 17, 20, 30, 60])('a reply that is cut to %d bytes', async (bytes) => {
    const kernel = new FakeKernel()
    await run(kernel, '-A -t 192.0.2.1:80')
    // The family, its end, the info, its end; then the services.
    kernel.truncateReply(5, bytes)
    const outcome = await run(kernel, '-Ln')
    expect(outcome.status).toBe(255)
    expect(outcome.stderr).toMatch(/^malformed reply from the kernel: [\w/]+: .+\n$/)
    expect(outcome.stdout).toBe('')
  })

  it('a table that changes all the time', async () => {
    const kernel = new FakeKernel()
    kernel.interruptDumps(10)
    expect(await run(kernel, '-Ln')).toMatchObject({
      status: 255,
      stdout: '',
      stderr: 'GET_SERVICE: the table kept changing while it was read\n',
    })
  })

  it.each([
    [1, 'Permission denied (you must be root)'],
    [12, 'Memory allocation problem'],
    [22, 'Invalid operation.  Possibly wrong module version, address not unicast, ...'],
    [105, 'No buffer space available'],
    [4095, 'Unknown error 4095'],
  ])('errno %d', async (errno, message) => {
    const kernel = new FakeKernel()
    kernel.failAt(2, errno)
    expect(await run(kernel, '-C')).toMatchObject({ status: 255, stderr: `${message}\n` })
  })
})

describe('output that cannot be written', () => {
  const failing = (error: Error) => ({
    machine: {
      writeOutput: () => {
        throw error
      },
    },
  })

  it('because its reader has closed it: ends as by SIGPIPE', async () => {
    const outcome = await run(new FakeKernel(), '-Ln', failing(new BrokenPipe('EPIPE')))
    expect(outcome).toMatchObject({ status: 141, stderr: '' })
  })

  it('for another reason: reports a failure', async () => {
    const outcome = await run(new FakeKernel(), '-Ln', failing(new WriteError('ENOSPC: no space left')))
    expect(outcome.status).not.toBe(0)
    expect(outcome.stderr).toBe('ENOSPC: no space left\n')
  })

  it('and stderr cannot be written either: the status shows the failure', async () => {
    const refused = async (error: Error) => {
      const writeError = () => {
        throw error
      }
      return (await run(new FakeKernel(), '-D -t 192.0.2.1:80', { machine: { writeError } })).status
    }
    expect(await refused(new WriteError('ENOSPC: no space left'))).toBe(255)
    expect(await refused(new BrokenPipe('EPIPE'))).toBe(141)
  })
})

describe('the list of connections', () => {
  it.each([
    ['cannot be opened', new Error('ENOENT'), 'cannot open file /proc/net/ip_vs_conn\n'],
    ['is empty', [], 'unexpected input from /proc/net/ip_vs_conn\n'],
  ])('%s', async (_, source, message) => {
    const readChunks = () => {
      if (source instanceof Error) throw source
      return source
    }
    expect(await run(new FakeKernel(), '-Lnc', { machine: { readChunks } })).toMatchObject({
      status: 1,
      stdout: '',
      stderr: message,
    })
  })
})

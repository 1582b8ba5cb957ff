// `ipvsadm serve`: what it refuses, and what it warns of.
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { userLine } from '../../lib/serve/passwords.ts'
import { run } from '../../lib/serve/serve-command.ts'
import { nodeSystem } from '../../lib/system/node/system.ts'
import { BrokenPipe } from '../../lib/system/system.ts'
import { Authority } from '../support/certificates.ts'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'

let folder: string
const file = (name: string) => join(folder, name)

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ipvsadm-serve-'))
  const authority = new Authority()
  const { cert, key } = authority.issue('director')
  writeFileSync(file('ca'), authority.cert)
  writeFileSync(file('cert'), cert)
  writeFileSync(file('key'), key)
  authority.remove()
  writeFileSync(file('users'), `# people\n${await userLine('anna', 'secret')}\n`)
  writeFileSync(file('wrong-users'), '# people\nanna:secret\n')
  writeFileSync(file('no-users'), '# people\n')
  writeFileSync(file('token'), 'correct-horse-battery\n')
  writeFileSync(file('short-token'), 'secret\n')
  writeFileSync(file('no-certificate'), 'nonsense\n')
  for (const name of ['key', 'users', 'token']) {
    copyFileSync(file(name), file(`open-${name}`))
    chmodSync(file(`open-${name}`), 0o644)
    chmodSync(file(name), 0o640)
  }
})
afterAll(() => rmSync(folder, { recursive: true }))

interface End {
  readonly outcome: unknown
  readonly stdout: string
  readonly stderr: string
}

interface Machine {
  readonly input: string
  readonly kernel: FakeKernel
  readonly writeOutput: () => void
}

/** Serves until it says that it listens, or ends. */
async function serve(
  options: Readonly<Record<string, string>>,
  { input = '', kernel = new FakeKernel(), writeOutput }: Partial<Machine> = {},
): Promise<End> {
  const files = ['tls-cert', 'tls-key', 'client-ca', 'users', 'admin-token']
  const given = Object.entries(options).map(([name, value]) => [
    name,
    files.includes(name) ? file(value) : value,
  ])
  let stdout = ''
  let stderr = ''
  let interrupt = () => {}
  const outcome = await run(
    { listen: '127.0.0.1:0', ...Object.fromEntries(given) },
    {
      ...nodeSystem,
      loadModule: async () => {},
      transport: async () => kernel.connect(),
      readInput: () => Buffer.from(input),
      writeOutput: (text) => {
        writeOutput?.()
        stdout += text
        interrupt()
      },
      writeError: (text) => {
        stderr += text
      },
      onInterrupt: (take) => {
        interrupt = () => take('SIGTERM')
        return () => {}
      },
    },
  )
  return { outcome, stdout, stderr }
}

const TLS = { 'tls-cert': 'cert', 'tls-key': 'key' }
const warning = (lacking: string) => `serve: warning: other machines can reach this, ${lacking}\n`

describe('on an address of other machines', () => {
  it.each([
    [{}, warning('without TLS and without authentication')],
    [{ users: 'users' }, warning('without TLS')],
    [TLS, warning('without authentication')],
    [{ ...TLS, users: 'users' }, ''],
    [{ ...TLS, 'client-ca': 'ca' }, ''],
    [{ ...TLS, users: 'users', 'admin-token': 'token' }, ''],
  ])('%j: warns of what is lacking', async (options, stderr) => {
    for (const listen of ['0.0.0.0:0', ':0']) {
      const end = await serve({ listen, ...options })
      expect(end).toMatchObject({ outcome: 'done', stderr })
    }
  })

  it('takes no token in clear text', async () => {
    expect(await serve({ listen: '0.0.0.0:0', 'admin-token': 'token' })).toEqual({
      outcome: 'refused',
      stdout: '',
      stderr: 'serve: --admin-token needs --tls-cert and --tls-key, except on localhost\n',
    })
  })
})

describe('on localhost', () => {
  it.each([
    ['127.0.0.1:0', {}, 'http://127.0.0.1:'],
    ['0', {}, 'http://127.0.0.1:'],
    ['127.0.0.2:0', { 'admin-token': 'token' }, 'http://127.0.0.2:'],
    ['[::1]:0', TLS, 'https://[::1]:'],
  ])('%s %j: warns of nothing, and says where it listens', async (listen, options, link) => {
    const { stdout, ...end } = await serve({ listen, ...options })
    expect(end).toEqual({ outcome: 'done', stderr: '' })
    expect(stdout).toMatch(/^listening on \S+:\d+\/\n$/)
    expect(stdout).toContain(link)
  })
})

it('warns of files with secrets that all users may read', async () => {
  const files = { key: 'open-key', users: 'open-users', token: 'open-token' }
  const { key, users, token } = files
  const end = await serve({ 'tls-cert': 'cert', 'tls-key': key, users, 'admin-token': token })
  const lines = Object.values(files).map((name) => {
    const path = file(name)
    return `serve: warning: ${path}: all users may read this secret: chmod 600 ${path}\n`
  })
  expect(end).toMatchObject({ outcome: 'done', stderr: lines.join('') })
})

describe('what is wrong', () => {
  it.each([
    [{ listen: 'localhost:80' }, 'invalid address `localhost:80'],
    [{ listen: '127.0.0.1:65536' }, 'invalid address'],
    [{ listen: '::1:80' }, 'invalid address'],
    [{ 'tls-cert': 'cert' }, '--tls-cert and --tls-key belong together'],
    [{ 'client-ca': 'ca' }, '--client-ca needs both'],
    [{ 'tls-cert': 'absent', 'tls-key': 'key' }, 'absent: '],
    [{ users: 'absent' }, 'absent'],
    [{ users: 'wrong-users' }, 'wrong-users: line 2: must be a line that serve --hash NAME prints'],
    [{ users: 'no-users' }, 'no-users: has no users'],
    [{ 'admin-token': 'short-token' }, 'short-token: must have one line of at least 16'],
    [{ hash: 'a:b' }, 'invalid user name'],
    [{ hash: 'anna' }, 'the password on stdin is empty'],
  ])('%j is refused', async (options, message) => {
    const { outcome, stderr } = await serve(options)
    expect([outcome, stderr]).toEqual(['refused', expect.stringContaining(message)])
  })

  it('a kernel without ip_vs has the status of all commands', async () => {
    const { outcome, stderr } = await serve({}, { kernel: new FakeKernel({ hasFamily: false }) })
    expect([outcome, stderr]).toEqual([
      'unavailable',
      expect.stringMatching(/^serve: Can't initialize ipvs: .*; Are you sure that IP Virtual Server .*\?\n$/),
    ])
  })

  it('a reader that closes the output is no failure with a message', async () => {
    const writeOutput = () => {
      throw new BrokenPipe('EPIPE')
    }
    const { outcome, stderr } = await serve({}, { writeOutput })
    expect([outcome, stderr]).toEqual(['unread', ''])
  })

  it('a certificate that is none fails, with the reason', async () => {
    const { outcome, stderr } = await serve({ ...TLS, 'tls-cert': 'no-certificate' })
    expect([outcome, stderr]).toEqual([
      'failed',
      expect.stringMatching(/^serve: the certificate, its key or the authority cannot be used: \S/),
    ])
  })
})

it('makes the line of a user', async () => {
  const { outcome, stdout } = await serve({ hash: 'anna' }, { input: 'secret\n' })
  expect(outcome).toBe('done')
  expect(stdout).toMatch(/^anna:[0-9a-f]{32}:[0-9a-f]{64}\n$/)
})

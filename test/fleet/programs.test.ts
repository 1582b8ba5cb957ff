// The built programs: `ipvsadm fleet`, and an agent's configuration with rules from etcd.
import { execFile, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { ROOT } from '../support/program.ts'
import { until } from '../support/until.ts'
import { EtcdCluster } from './support/etcd-cluster.ts'
import { rulesWith } from './support/fleet-world.ts'

let cluster: EtcdCluster
const file = (name: string) => join(cluster.folder, name)

beforeAll(async () => {
  cluster = await EtcdCluster.start()
  writeFileSync(file('fleet.yaml'), `endpoints: ["${cluster.endpoints[0]}"]\nprefix: /programs/\n`)
  writeFileSync(file('rules'), rulesWith(1, 2))
})
afterAll(async () => {
  await cluster?.stop()
})

/** Status, stdout and stderr of `ipvsadm` with these words. */
async function ipvsadm(...words: readonly string[]) {
  try {
    const env = { PATH: process.env.PATH, USER: 'alice' }
    const { stdout, stderr } = await promisify(execFile)(join(ROOT, 'bin/ipvsadm'), words, { env })
    return { status: 0, stdout, stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { status: code, stdout, stderr }
  }
}

const fleet = (...words: readonly string[]) => ipvsadm('fleet', ...words, '--settings', file('fleet.yaml'))

it('pushes, shows and lists', async () => {
  expect(await fleet('push', file('rules'), '--group', 'web', '--message', 'first')).toEqual({
    status: 0,
    stdout:
      '+ -A -t 192.0.2.1:80 -s rr\n' +
      '+ -a -t 192.0.2.1:80 -r 10.0.0.1:80 -m -w 1\n' +
      '+ -a -t 192.0.2.1:80 -r 10.0.0.2:80 -m -w 2\n' +
      'web: revision 1 is pushed\n',
    stderr: '',
  })
  expect((await fleet('show')).stdout).toBe(rulesWith(1, 2))
  expect((await fleet('history')).stdout).toMatch(/^\* {4}1 {2}\d+s ago +alice {2}first\n$/)
  expect(await fleet('status')).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^web: revision 1, .*: first\n {2}there are no directors yet\n$/),
  })
})

it.each([
  [['push', '/none', '--group', 'web'], /^fleet: cannot read \/none: /],
  [['show', '7'], /^fleet: web has no revision 7: see fleet history\n$/],
  [['rollback', 'x'], /^fleet: invalid revision `x'/],
  [['rollback'], /^fleet: rollback: which revision\?\n$/],
  [['prune'], /^fleet: prune: how many revisions are to be kept\? --keep NUMBER\n$/],
  [['show', '--keep', '1'], /^fleet: show: takes no --keep\n$/],
  [['push'], /^fleet: push: which file\?\n$/],
  [['forget'], /^fleet: forget: which director\?\n$/],
  [['status', 'web'], /^fleet: status: takes no word such as `web'\n$/],
  [['status', '--group', 'none'], /^fleet: there is no group none\n$/],
  [['history', '--group', 'none'], /^fleet: none has no revisions yet\n$/],
  [['status', '--canary', '1'], /^fleet: status: takes no --canary\n$/],
  [
    ['show', '--json'],
    /^\{"error":\{"message":"fleet: show: takes no --json","status":2,"code":"USAGE"\}\}\n$/,
  ],
  [
    ['rollback', '1', '--wait', '5s'],
    /^fleet: rollback: --wait is of a rollout: it needs --canary or --batch\n$/,
  ],
  [['history', '--group', '..'], /^fleet: invalid group `\.\.': must be a letter or digit, then /],
  [['status', '--endpoints', '127.0.0.1:0'], /^fleet: invalid endpoint `127\.0\.0\.1:0'/],
  [['status', '--ca', '/none'], /^fleet: ca, cert and key need endpoints with https:\/\/\n$/],
  [['dance'], /^fleet: Invalid values: /],
])('refuses %j', async (words, message) => {
  const result = await fleet(...words)
  expect(result.stderr).toMatch(message)
  expect(result).toMatchObject({ status: 2, stdout: '' })
})

it('ends quietly when its output is closed, as any other command', async () => {
  const line = `"$0" fleet show --settings "$1"; echo $? >&2`
  const words = ['-c', `{ ${line}; } | true`, join(ROOT, 'bin/ipvsadm'), file('fleet.yaml')]
  const { stderr } = await promisify(execFile)('sh', words)
  expect(['0\n', '141\n']).toContain(stderr)
})

it('prunes nothing of a history that is short', async () => {
  expect(await fleet('prune', '--keep', '5', '--dry-run')).toEqual({
    status: 0,
    stdout: 'web: 1 revision; nothing to remove\n',
    stderr: '',
  })
})

it('has nothing to do for rules that are there already', async () => {
  expect(await fleet('push', file('rules'), '--group', 'web')).toEqual({
    status: 0,
    stdout: 'web: revision 1 has these rules already; nothing was pushed\n',
    stderr: '',
  })
})

it('ends a watch when its output is closed', async () => {
  const child = spawn(join(ROOT, 'bin/ipvsadm'), [
    ...['fleet', 'status', '--watch', '--json', '--settings', file('fleet.yaml')],
  ])
  const ended = new Promise<unknown>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal))
  })
  let shown = ''
  child.stdout.on('data', (bytes: Buffer) => {
    shown += bytes
  })
  await until(() => shown.endsWith('}\n'), ended)
  expect(JSON.parse(shown)).toMatchObject({ groups: [{ group: 'web', revision: 1 }] })
  child.stdout.destroy()
  writeFileSync(file('rules'), rulesWith(2, 2))
  expect((await fleet('push', file('rules'), '--group', 'web')).status).toBe(0)
  expect([0, 141, 'SIGPIPE']).toContain(await ended)
})

describe('says in one line what is wrong with an endpoint that is no etcd:', () => {
  const servers: Server[] = []
  afterEach(() => {
    for (const server of servers.splice(0)) server.close()
  })
  const strange = async (server: Server) => {
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    return `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  }

  it.each([
    ['another protocol', () => createServer((socket) => socket.on('error', () => {}).end('SSH-2.0-x\r\n'))],
    ['HTTP of a web server', () => createHttpServer((_, response) => response.end('hello'))],
    ['HTTP/2 of a web server', () => createHttp2Server((_, response) => response.writeHead(404).end('none'))],
  ])('%s', async (_, make) => {
    const endpoint = await strange(make())
    expect(await ipvsadm('fleet', 'status', '--endpoints', endpoint)).toEqual({
      status: 255,
      stdout: '',
      stderr: expect.stringMatching(
        new RegExp(
          `^fleet: no member of the cluster answers: ${endpoint}: it does not answer as etcd does: [^\n]+\\w\n$`,
        ),
      ),
    })
  })

  it('one that says nothing', async () => {
    const endpoint = await strange(createServer((socket) => socket.on('error', () => {})))
    expect(await ipvsadm('fleet', 'status', '--endpoints', endpoint)).toMatchObject({
      status: 255,
      stderr: `fleet: no member of the cluster answers: ${endpoint}: there is no answer\n`,
    })
  })
})

it('names the file of a certificate that is wrong', async () => {
  const tls = ['--endpoints', cluster.endpoints[0]!.replace('http:', 'https:')]
  const refused = (problem: string) => ({ status: 2, stdout: '', stderr: `fleet: ${problem}\n` })
  writeFileSync(file('junk'), 'junk\n', { mode: 0o600 })
  for (const name of ['one', 'two']) {
    await promisify(execFile)('openssl', [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=test'],
      ...['-keyout', file(`${name}.key`), '-out', file(`${name}.pem`)],
    ])
  }
  const [junk, one, key, other] = ['junk', 'one.pem', 'one.key', 'two.key'].map(file) as [
    string,
    string,
    string,
    string,
  ]
  const status = (...words: readonly string[]) => ipvsadm('fleet', 'status', ...tls, ...words)
  expect(await status('--ca', junk)).toEqual(refused(`${junk}: there is no certificate in PEM`))
  expect(await status('--cert', junk, '--key', key)).toEqual(
    refused(`${junk}: there is no certificate in PEM`),
  )
  expect(await status('--cert', one, '--key', junk)).toEqual(
    refused(`${junk}: there is no private key in PEM, without a passphrase`),
  )
  expect(await status('--cert', one, '--key', other)).toEqual(
    refused(`${other}: not the key of the certificate ${one}`),
  )
  expect(await status('--cert', one, '--key', key)).toMatchObject({ status: 255 })
  writeFileSync(
    file('tls.yaml'),
    `rules:\n  etcd:\n    groups: [web]\n    endpoints: ["${tls[1]}"]\n    ca: ${junk}\n`,
  )
  expect(await ipvsadm('agent', 'check', file('tls.yaml'))).toEqual({
    status: 2,
    stdout: '',
    stderr: `agent: rules.etcd: ${junk}: there is no certificate in PEM\n`,
  })
})

it('says that no member answers, with status 255', async () => {
  expect(await ipvsadm('fleet', 'status', '--endpoints', '127.0.0.1:1')).toEqual({
    status: 255,
    stdout: '',
    stderr: expect.stringMatching(/^fleet: no member of the cluster answers: 127\.0\.0\.1:1: .+\n$/),
  })
})

it('checks a configuration of the agent, without the cluster', async () => {
  const etcd = `rules:\n  etcd:\n    groups: [web]\n    endpoints: ["http://127.0.0.1:1"]\n`
  writeFileSync(file('good.yaml'), etcd)
  expect(await ipvsadm('agent', 'check', file('good.yaml'))).toEqual({ status: 0, stdout: '', stderr: '' })
  writeFileSync(file('wrong.yaml'), `${etcd}    login: /none\n    gruops: [a]\n`)
  const wrong = await ipvsadm('agent', 'check', file('wrong.yaml'))
  expect(wrong.status).toBe(2)
  expect(wrong.stderr).toMatch(/wrong\.yaml:6: rules\.etcd\.gruops: unknown key; did you mean groups\?\n$/)
  writeFileSync(file('login.yaml'), `${etcd}    login: /none\n`)
  expect((await ipvsadm('agent', 'check', file('login.yaml'))).stderr).toMatch(
    /^agent: rules\.etcd: cannot read \/none: .*\/none'?\n$/,
  )
})

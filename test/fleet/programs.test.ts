// The built programs: `ipvsadm fleet`, and an agent's configuration with rules from etcd.
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { ROOT } from '../support/program.ts'
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
  [['status', '--ca', '/none'], /^fleet: ca, cert and key need endpoints with https:\/\/\n$/],
  [['dance'], /^fleet: Invalid values: /],
])('refuses %j', async (words, message) => {
  const result = await fleet(...words)
  expect(result.stderr).toMatch(message)
  expect(result).toMatchObject({ status: 2, stdout: '' })
})

it('ends quietly when nobody reads on, as any other command', async () => {
  const line = `"$0" fleet show --settings "$1"; echo $? >&2`
  const words = ['-c', `{ ${line}; } | true`, join(ROOT, 'bin/ipvsadm'), file('fleet.yaml')]
  const { stderr } = await promisify(execFile)('sh', words)
  expect(['0\n', '141\n']).toContain(stderr)
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
    /^agent: rules\.etcd: cannot read: .*\/none'?\n$/,
  )
})

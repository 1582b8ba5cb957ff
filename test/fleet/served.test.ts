// The fleet as served by an agent whose rules come from a real cluster.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import Ajv from 'ajv/dist/2020.js'
import { Fleet } from '../../lib/fleet/fleet.ts'
import type { FleetStatus } from '../../lib/model/fleet-state.ts'
import { until } from '../support/until.ts'
import { AgentProcess } from './support/agents.ts'
import { EtcdCluster } from './support/etcd-cluster.ts'
import { rulesWith } from './support/fleet-world.ts'

let cluster: EtcdCluster
let agent: AgentProcess
let fleet: Fleet

beforeAll(async () => {
  cluster = await EtcdCluster.start()
  fleet = new Fleet(cluster.connect(), '/ipvsadm/')
  const record = { id: 'first', author: 'alice', time: new Date().toISOString(), message: 'first' }
  await fleet.commit({ group: 'web', text: rulesWith(1, 2), base: 0, record })
  agent = await AgentProcess.start(cluster, 'lb1')
  await until(() => agent.url !== undefined)
})
afterAll(async () => {
  await agent?.stop()
  fleet?.store.close()
  await cluster?.stop()
})

const read = async (path: string) => {
  const reply = await fetch(`${agent.url}${path}`)
  return { status: reply.status, text: await reply.text() }
}

it('has the status of the fleet and its metrics, and says when no member answers', async () => {
  // An agent that knows nothing yet is not behind either.
  await until(async () => {
    const { text } = await read('metrics')
    const lines = [
      'ipvs_fleet_connected 1',
      'ipvs_fleet_revision{group="web"} 1',
      'ipvs_fleet_behind{group="web"} 0',
    ]
    return lines.every((line) => text.includes(`${line}\n`))
  })

  let status: FleetStatus | undefined
  await until(async () => {
    status = JSON.parse((await read('api/fleet')).text)
    return status?.groups[0]?.directors[0]?.state === 'current'
  })
  const validate = new Ajv().compile(JSON.parse(readFileSync('docs/fleet-status.schema.json', 'utf8')))
  validate(status)
  expect(validate.errors).toBe(null)
  expect(status).toMatchObject({ behind: false, groups: [{ group: 'web', revision: 1, message: 'first' }] })

  await cluster.kill(0)
  await until(async () => (await read('metrics')).text.includes('ipvs_fleet_connected 0\n'))
  await until(async () => (await read('api/fleet')).status === 503)
  expect((await read('metrics')).text).toContain('ipvs_fleet_revision{group="web"} 1\n')
  cluster.startMember(0)
  await until(async () => (await read('metrics')).text.includes('ipvs_fleet_connected 1\n'))
  await until(async () => (await read('api/fleet')).status === 200)
})

it('writes the time when it ends', async () => {
  expect((await fleet.members()).get('lb1')!.groups).toEqual({ web: 1 })
  await until(async () => {
    const before = new Date().toISOString()
    await agent.kill('SIGTERM')
    const member = (await fleet.members()).get('lb1')!
    if (member.seen > before) return true
    // The cluster was too slow for an agent that ends: another attempt.
    agent.run()
    await until(async () => (await fleet.members()).get('lb1')!.seen > before)
    return false
  })
})

// Many directors as processes, each with a fake kernel, on a real cluster of three members: the time from a push to the last
// table; and a network that is cut for a minute while revisions are pushed.
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { Fleet } from '../../lib/fleet/fleet.ts'
import { AgentProcess, until } from './support/agents.ts'
import { EtcdCluster } from './support/etcd-cluster.ts'
import { rulesWith } from './support/fleet-world.ts'

const LONG = process.env.IPVSADM_LONG !== undefined
const MANY = 8
/** Processes that start at once. */
const TOGETHER = 4
const MINUTE = 60_000

let cluster: EtcdCluster
let fleet: Fleet
const agents: AgentProcess[] = []

beforeAll(async () => {
  cluster = await EtcdCluster.start({
    size: 3,
    words: ['--election-timeout', '2000', '--heartbeat-interval', '100'],
  })
  fleet = new Fleet(cluster.connect(), '/ipvsadm/')
})
afterAll(async () => {
  await Promise.all(agents.map((agent) => agent.stop()))
  fleet?.store.close()
  await cluster?.stop()
})

async function push(weight: number): Promise<number> {
  const { marks } = await fleet.group('web')
  const record = { author: 'a test', time: new Date().toISOString(), message: '', id: crypto.randomUUID() }
  const result = await fleet.commit({ group: 'web', text: rulesWith(weight), base: marks.current, record })
  if (result.kind !== 'committed') throw new Error('lost')
  return result.record.revision
}

const has = (agent: AgentProcess, weight: number) => agent.weights['10.0.0.1:80'] === weight

async function allReport(revision: number): Promise<void> {
  await until(async () => {
    const live = await fleet.directors()
    return agents.every(({ name }) => {
      const own = live.get(name)?.report.groups.web
      return own?.revision === revision && own.result === 'applied'
    })
  })
}

it(`a push reaches ${MANY} processes`, async () => {
  const first = await push(1)
  const options = { isDirect: true, interval: '1m' }
  while (agents.length < MANY) {
    const names = Array.from({ length: TOGETHER }, (_, i) => `lb${agents.length + i + 1}`)
    const started = await Promise.all(
      names.map(async (name) => {
        const agent = await AgentProcess.start(cluster, name, options)
        agents.push(agent)
        return agent
      }),
    )
    await until(() => started.every((agent) => has(agent, 1)))
  }
  await allReport(first)
  const times: number[] = []
  for (const weight of [2, 3, 4]) {
    const begin = performance.now()
    const revision = await push(weight)
    await until(() => agents.every((agent) => has(agent, weight)))
    times.push(performance.now() - begin)
    await allReport(revision)
  }
  times.sort((a, b) => a - b)
  process.stderr.write(
    `fleet: a push reaches ${MANY} processes in ${Math.round(times[1]!)} ms (median of 3; longest ${Math.round(times[2]!)} ms)\n`,
  )
})

if (LONG) {
  it('a director whose network is cut for a minute, from the middle of pushes on, catches up once', async () => {
    const lost = await AgentProcess.start(cluster, 'lost')
    agents.push(lost)
    await until(() => has(lost, 4))
    const pushes = (async () => {
      for (let weight = 10; weight < 20; weight++) await push(weight)
    })()
    await until(() => has(lost, 12))
    lost.network.cut()
    await pushes
    const others = agents.filter((agent) => agent !== lost)
    await until(() => others.every((agent) => has(agent, 19)))
    await until(async () => !(await fleet.directors()).has(lost.name))
    // Messages that were on their way when the cut came have been applied by now.
    const old = lost.weights
    await new Promise((resolve) => setTimeout(resolve, MINUTE))
    expect(lost.weights).toEqual(old)
    const last = await push(20)
    await until(() => others.every((agent) => has(agent, 20)))
    expect(lost.weights).toEqual(old)
    const before = lost.log.length
    lost.network.restore()
    await allReport(last)
    expect(has(lost, 20)).toBe(true)
    const taken = lost.log.slice(before).match(/event=fleet-revision/g) ?? []
    // Messages that had arrived before the cut may come first.
    expect(taken.length).toBeLessThanOrEqual(2)
  })
}

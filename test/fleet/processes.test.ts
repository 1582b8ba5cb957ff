// Many directors as processes, each with a fake kernel, on a real cluster of three members: the time from a push to the last
// table; and a network that is cut for a minute while revisions are pushed.
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { Fleet } from '../../lib/fleet/fleet.ts'
import { readFleetStatus } from '../../lib/fleet/fleet-status.ts'
import { until } from '../support/until.ts'
import { AgentCrowd } from './support/agent-crowd.ts'
import { AgentProcess } from './support/agents.ts'
import { EtcdCluster } from './support/etcd-cluster.ts'
import { rulesWith } from './support/fleet-world.ts'
import { reported } from './support/reports.ts'

const LONG = process.env.IPVSADM_LONG !== undefined
const MANY = LONG ? 200 : 8
/** Processes that start at once. */
const TOGETHER = 16
const MINUTE = 60_000
/** Milliseconds from a push to the table of the last of 200: the aim is five seconds, and a slow machine may take six times that. */
const LONGEST = 30_000

let cluster: EtcdCluster
let fleet: Fleet

beforeAll(async () => {
  cluster = await EtcdCluster.start({
    size: 3,
    words: ['--election-timeout', '2000', '--heartbeat-interval', '100'],
  })
  fleet = new Fleet(cluster.connect(), '/ipvsadm/')
})
afterAll(async () => {
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

it(`a push reaches ${MANY} processes, each of which applies it once`, async () => {
  const crowd = new AgentCrowd(cluster)
  const check = () => crowd.check()
  try {
    const first = await push(1)
    while (crowd.logs.size < MANY) {
      const at = crowd.logs.size
      await crowd.start(Array.from({ length: Math.min(TOGETHER, MANY - at) }, (_, i) => `lb${at + i + 1}`))
      await reported(fleet, crowd.logs.size, first, check)
    }
    await crowd.until(({ changes }) => changes.length === 1)
    const times: number[] = []
    const before = crowd.processorTime
    for (const weight of [2, 3, 4]) {
      const begin = performance.now()
      const revision = await push(weight)
      await crowd.until(({ changes }) => changes.length >= weight)
      times.push(performance.now() - begin)
      expect((await reported(fleet, MANY, revision, check)).size).toBe(1)
    }
    const work = Math.round((crowd.processorTime - before) / MANY / times.length)
    times.sort((a, b) => a - b)
    const begin = performance.now()
    await readFleetStatus(fleet)
    process.stderr.write(
      `fleet: a push reaches ${MANY} processes in ${Math.round(times[1]!)} ms (median of 3; longest ${Math.round(times[2]!)} ms), ` +
        `with ${work} ms of processor time for each; the status is read in ${Math.round(performance.now() - begin)} ms\n`,
    )
    const logs = [...crowd.logs.values()]
    expect(logs).toHaveLength(MANY)
    // The service and the server come; then its weight changes, once with each revision.
    const once = { taken: [first, first + 1, first + 2, first + 3], changes: [2, 1, 1, 1] }
    expect(logs).toEqual(logs.map(() => once))
    if (LONG) expect(times[1]).toBeLessThan(LONGEST)
  } finally {
    await crowd.stop()
  }
})

if (LONG) {
  it('a director whose network is cut for a minute, from the middle of pushes on, catches up once', async () => {
    const lost = await AgentProcess.start(cluster, 'lost')
    const other = await AgentProcess.start(cluster, 'other')
    const weightOf = (agent: AgentProcess) => agent.weights['10.0.0.1:80'] ?? 0
    try {
      await push(5)
      await until(() => weightOf(lost) === 5 && weightOf(other) === 5)
      let weight = 10
      while (weightOf(lost) < 12) await push(weight++)
      lost.network.cut()
      for (let more = 0; more < 7; more++) await push(weight++)
      await until(() => weightOf(other) === weight - 1)
      await until(async () => !(await fleet.directors()).has(lost.name))
      // Messages that were on their way when the cut came have been applied by now.
      const old = lost.weights
      await new Promise((resolve) => setTimeout(resolve, MINUTE))
      expect(lost.weights).toEqual(old)
      const last = await push(weight)
      await until(() => weightOf(other) === weight)
      expect(lost.weights).toEqual(old)
      const before = lost.log.length
      lost.network.restore()
      await reported(fleet, 2, last)
      expect(weightOf(lost)).toBe(weight)
      const taken = lost.log.slice(before).match(/event=fleet-revision/g) ?? []
      // Messages that had arrived before the cut may come first.
      expect(taken.length).toBeLessThanOrEqual(2)
    } finally {
      await Promise.all([lost.stop(), other.stop()])
    }
  })
}

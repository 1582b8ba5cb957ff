// Many directors on a real cluster of three members: the time from a push to the last table. The directors are in this
// process, each with a connection, a lease and a fake kernel of its own.
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { realClock } from '../../lib/agent/clock.ts'
import { Fleet } from '../../lib/fleet/fleet.ts'
import { until } from '../support/until.ts'
import { EtcdCluster } from './support/etcd-cluster.ts'
import { PREFIX } from './support/fleet-machine.ts'
import { Director, rulesWith, tableWith } from './support/fleet-world.ts'
import { reported } from './support/reports.ts'

const MANY = process.env.IPVSADM_LONG ? 200 : 50
/** Directors that get the large document: most of their time is that of the fake kernels. */
const FEW = process.env.IPVSADM_LONG ? 5 : 2

let cluster: EtcdCluster
let fleet: Fleet
let directors: Director[] = []

beforeAll(async () => {
  cluster = await EtcdCluster.start({
    size: 3,
    words: ['--election-timeout', '2000', '--heartbeat-interval', '100'],
  })
  fleet = new Fleet(cluster.connect(), PREFIX)
})
afterAll(async () => {
  for (const director of directors) director.kill()
  fleet?.store.close()
  await cluster?.stop()
})

async function push(text: string): Promise<number> {
  const { marks } = await fleet.group('web')
  const record = { author: 'a test', time: new Date().toISOString(), message: '', id: crypto.randomUUID() }
  const result = await fleet.commit({ group: 'web', text, base: marks.current, record })
  if (result.kind !== 'committed') throw new Error('lost')
  return result.record.revision
}

async function start(count: number): Promise<void> {
  for (const director of directors) director.kill()
  directors = Array.from(
    { length: count },
    (_, i) => new Director({ name: `lb${i + 1}` }, realClock, () => cluster.connect()),
  )
  for (const director of directors) await director.start()
}

const median = (times: readonly number[]) => Math.round([...times].sort((a, b) => a - b)[times.length >> 1]!)

it(`a push reaches ${MANY} directors`, async () => {
  await push(rulesWith(1))
  await start(MANY)
  await until(() => directors.every(({ table }) => table.length === 2))
  const times: number[] = []
  for (const weight of [2, 3, 4]) {
    const wanted = JSON.stringify(tableWith(weight))
    const begin = performance.now()
    const revision = await push(rulesWith(weight))
    await until(() => directors.every(({ table }) => JSON.stringify(table) === wanted))
    times.push(performance.now() - begin)
    expect((await reported(fleet, MANY, revision)).size).toBe(1)
  }
  process.stderr.write(
    `fleet: a push reaches ${MANY} directors in ${median(times)} ms (median of 3; longest ${Math.round(Math.max(...times))} ms)\n`,
  )
})

it(`a document of 10,000 rules reaches ${FEW} directors`, async () => {
  const lines = (weight: number) => {
    const text: string[] = []
    for (let service = 0; service < 100; service++) {
      text.push(`-A -t 192.0.2.${service}:80 -s rr`)
      for (let server = 0; server < 99; server++) {
        text.push(`-a -t 192.0.2.${service}:80 -r 10.0.${service}.${server}:80 -m -w ${weight}`)
      }
    }
    return `${text.join('\n')}\n`
  }
  await start(FEW)
  const times: number[] = []
  for (const weight of [1, 2]) {
    const begin = performance.now()
    const revision = await push(lines(weight))
    await reported(fleet, FEW, revision)
    times.push(performance.now() - begin)
    // The server of the first rules is drained, where they have come.
    await until(() =>
      directors.every(({ table }) => {
        const servers = table.filter((line) => line.split(' ').length === 4)
        return servers.length === 9900 && servers.every((line) => line.endsWith(` ${weight}`))
      }),
    )
    await until(async () => (await reported(fleet, FEW, revision)).size === 1)
  }
  process.stderr.write(
    `fleet: 10,000 rules reach ${FEW} directors, and are reported, in ${Math.round(Math.min(...times))} ms (the better of 2)\n`,
  )
})

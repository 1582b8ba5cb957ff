// The sync daemon: a master and a backup director, and a real server's connections outliving the master.
import { Peer } from '../command.ts'
import { ADDRESS, batch, device, ON_LINK, shareAddress } from '../network.ts'
import { type Ring, times, to } from '../ring.ts'
import type { Scenario } from '../scenario.ts'

const scenario = (name: string, expected: string, run: Scenario['run']): Scenario => ({
  group: 'sync',
  name,
  expected,
  run,
})

let peer: Peer | undefined
const backup = () => {
  peer ??= new Peer('backup')
  return peer
}

/** The same service, by direct routing, on both directors. */
async function service(ring: Ring): Promise<string> {
  const port = ring.port()
  const vip = `${ON_LINK}:${port}`
  await shareAddress(ring.hosts, ON_LINK, port)
  for (const director of [ring, backup()]) {
    await director.type(`-A -t ${vip} -s rr`)
    for (const name of ['red', 'green'] as const) await director.type(`-a -t ${vip} -r ${ADDRESS[name]} -g`)
  }
  return vip
}

/** Connections that have sent enough to be synchronized (net.ipv4.vs.sync_threshold: the third packet). */
async function established(ring: Ring, vip: string) {
  const held = await ring.hold(times(4, () => to(vip)))
  for (let i = 0; i < 3; i++) await ring.hosts.talk(held)
  return held
}

const countOf = (list: string, vip: string) =>
  list.split('\n').filter((line) => line.includes(` ${vip} `)).length

/** Waits until the backup knows the service's four connections, or for so many seconds; returns how many it knows. */
const arrived = async (ring: Ring, vip: string, seconds?: number) =>
  await ring.until(
    async () => countOf(await backup().type('-L -c -n'), vip),
    (count) => count >= 4,
    seconds,
  )

async function stop(ring: Ring): Promise<void> {
  await ring.type('--stop-daemon master')
  await backup().type('--stop-daemon backup')
  await backup().type('-C')
}

export const SYNCHRONIZATION: readonly Scenario[] = [
  scenario('sync ids', 'master 7, backup 8: 0 connections; backup 7: 4', async (ring) => {
    const seen: number[] = []
    await ring.type('--start-daemon master --mcast-interface eth0 --syncid 7')
    for (const [id, seconds] of [
      [8, 3],
      [7, undefined],
    ] as const) {
      await backup().type(`--start-daemon backup --mcast-interface eth0 --syncid ${id}`)
      const vip = await service(ring)
      await established(ring, vip)
      seen.push(await arrived(ring, vip, seconds))
      if (id === 8) await backup().type('--stop-daemon backup')
    }
    await stop(ring)
    return `master 7, backup 8: ${seen[0]} connections; backup 7: ${seen[1]}`
  }),

  scenario(
    'takeover',
    'backup lists 4 connections; address taken over: the same servers answer',
    async (ring) => {
      await ring.type('--start-daemon master --mcast-interface eth0 --syncid 1')
      await backup().type('--start-daemon backup --mcast-interface eth0 --syncid 1')
      const vip = await service(ring)
      const held = await established(ring, vip)
      const count = await arrived(ring, vip)
      await batch(ring.hosts, 'director', 'director', [`address del ${ON_LINK}/32 dev eth0`])
      await ring.type('-C')
      await batch(ring.hosts, 'backup', 'backup', [`address add ${ON_LINK}/32 dev eth0`])
      await ring.hosts.announce('backup', ON_LINK, device('backup'))
      const answers = await ring.hosts.talk(held)
      const neighbour = (await ring.hosts.run('client', `ip neigh show ${ON_LINK}`)).join()
      await batch(ring.hosts, 'backup', 'backup', [`address del ${ON_LINK}/32 dev eth0`])
      await batch(ring.hosts, 'director', 'director', [`address add ${ON_LINK}/32 dev eth0`])
      await ring.hosts.announce('director', ON_LINK, device('director'))
      await stop(ring)
      const same = held.every(({ server }, i) => server === answers[i])
      const taken = neighbour.includes(device('backup').mac) ? 'address taken over' : neighbour
      return `backup lists ${count} connections; ${taken}: ${same ? 'the same servers answer' : answers.join()}`
    },
  ),

  scenario(
    'IPv6 group and options',
    'master (maxlen=1000, group=ff02::81, port=9999, ttl=3): backup 4 connections',
    async (ring) => {
      const options =
        '--mcast-interface eth0 --syncid 3 --mcast-group ff02::81 --mcast-port 9999 --sync-maxlen 1000'
      await ring.type(`--start-daemon master ${options} --mcast-ttl 3`)
      await backup().type(`--start-daemon backup ${options}`)
      const vip = await service(ring)
      await established(ring, vip)
      const listed = /^(\w+) sync daemon \(mcast=eth0, syncid=3, (.*)\)\n$/.exec(
        await ring.type('-L --daemon'),
      )
      const count = await arrived(ring, vip)
      await stop(ring)
      backup().close()
      return `${listed?.[1]} (${listed?.[2]}): backup ${count} connections`
    },
  ),
]

// Restores that the kernel refuses, during traffic: no live entry is touched.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Balancer, SERVERS, startBalancer, VIP } from './guest/balancer.ts'
import { REFERENCE } from './guest/index.ts'

/** Services that hold connections: one with a template, one that no later file names, one that they edit. */
const PORTS = [80, 81, 82]
const LIVE = PORTS.flatMap((port) => [
  `-A -t ${VIP}:${port} -s rr${port === 80 ? ' -p 300' : ''}`,
  ...SERVERS.map((host) => `-a -t ${VIP}:${port} -r ${host}:80 -m -w 1`),
])

let balancer: Balancer

beforeAll(async () => {
  balancer = await startBalancer()
  expect(await balancer.restorer.restore(LIVE.join('\n'))).toMatchObject({ status: 0, stderr: '' })
  for (const port of PORTS) await balancer.client.ask({ op: 'hold', host: VIP, port })
})
afterAll(async () => {
  await balancer?.guest.stop()
})

const reference = async (words: string) =>
  `${(await balancer.director.run([REFERENCE, ...words.split(' ')])).stdout}`

/** Packets and bytes by service and server. */
async function counters(): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>()
  let service = ''
  for (const line of (await reference('-L -n --stats --exact')).split('\n')) {
    const [, kind, address, numbers] = /^(TCP| {2}->) +(\S+) +(\d.*)$/.exec(line) ?? []
    if (kind === undefined) continue
    if (kind === 'TCP') service = address!
    found.set(`${service} ${kind} ${address}`, numbers!.trim().split(/ +/).map(Number))
  }
  return found
}

/** Connections and templates, without the time that they have left. */
async function connections(): Promise<string[]> {
  const lines = (await reference('-L -n -c')).split('\n').filter((line) => line.startsWith('TCP'))
  return lines.map((line) => line.replace(/ \d+:\d+ +/, ' ')).sort()
}

/** A file that keeps two of the services, edits one, drops one, and adds others. */
const WANTED = [
  ...LIVE.filter((line) => !line.includes(`${VIP}:81`)).map((line) =>
    line.includes(`${VIP}:82`) ? line.replace('-w 1', '-w 3').replace('-s rr', '-s wrr') : line,
  ),
  ...Array.from({ length: 10 }, (_, i) => [
    `-A -t ${VIP}:${1000 + i} -s rr`,
    `-a -t ${VIP}:${1000 + i} -r ${SERVERS[0]}:80 -m -w 1`,
  ]).flat(),
]

const REFUSED: readonly [name: string, line: string][] = [
  ['a scheduler that there is not', `-A -t ${VIP}:90 -s nosuch`],
  ['a server that is not unicast', `-a -t ${VIP}:80 -r 224.0.0.1 -m`],
  ['thresholds in the wrong order', `-a -t ${VIP}:80 -r 10.0.0.9:80 -m -x 3 -y 5`],
  ['an interface that there is not', '--start-daemon master --mcast-interface nosuch0'],
]

describe('a restore that is refused leaves counters, connections and templates', () => {
  const places = { first: 2, middle: 10, last: WANTED.length }
  const cases = REFUSED.flatMap(([name, line]) =>
    Object.entries(places).map(([place, at]) => ({
      name,
      line,
      place,
      at: line.includes(':80 ') ? Math.max(at, 3) : at,
    })),
  )
  const edited = {
    name: 'an edit to a scheduler that there is not',
    place: 'its',
    line: `-E -t ${VIP}:82 -s nosuch`,
    at: WANTED.length,
  }
  it.each([...cases, edited])('$name, in $place place', async ({ line, at }) => {
    const [counted, held] = [await counters(), await connections()]
    expect(held.length).toBeGreaterThanOrEqual(PORTS.length + 1)
    const file = WANTED.toSpliced(at, 0, line)
    const { status, stderr } = await balancer.restorer.restore(file.join('\n'))
    expect(status).toBe(255)
    expect(stderr).toMatch(/(nothing was changed|; verified: the table is unchanged)\n$/)
    const after = await counters()
    for (const [entry, numbers] of counted) {
      const now = after.get(entry)
      expect({
        entry,
        fell: numbers.filter((number, i) => !(now?.[i] !== undefined && now[i] >= number)),
      }).toEqual({
        entry,
        fell: [],
      })
    }
    expect([...after.keys()]).toEqual([...counted.keys()])
    expect(await connections()).toEqual(held)
    expect(await balancer.client.ask<string[]>({ op: 'ask' })).toHaveLength(PORTS.length)
  })
})

// Timeouts, counters and rates, held against the packets that were sent.
import { ADDRESS, batch, ON_LINK } from '../network.ts'
import { type Ring, times, to } from '../ring.ts'
import type { Scenario } from '../scenario.ts'

const scenario = (name: string, expected: string, run: Scenario['run']): Scenario => ({
  group: 'director',
  name,
  expected,
  run,
})

/** A datagram's size with its IPv4 and UDP headers. */
const HEADERS = 28
const QUESTION = HEADERS + 'hello'.length

async function udp(ring: Ring): Promise<string> {
  const vip = ring.vip()
  await ring.director(`
    -A -u ${vip} -s rr
    -a -u ${vip} -r ${ADDRESS.red}:8080 -m
    -a -u ${vip} -r ${ADDRESS.green}:8080 -m`)
  return vip
}

/** The numbers of each line of a listing that names one of these addresses. */
async function numbers(ring: Ring, line: string, ...addresses: string[]): Promise<number[][]> {
  const lines = (await ring.type(line)).split('\n')
  return addresses.map((address) => {
    const row = lines.find((text) => text.includes(` ${address} `)) ?? ''
    return row.split(address)[1]?.trim().split(/\s+/).map(Number) ?? []
  })
}

/** The same once the kernel has brought the counters up to date, which it does every two seconds. */
const settled = (ring: Ring, line: string, packets: number, ...addresses: string[]) =>
  ring.until(
    () => numbers(ring, line, ...addresses),
    ([first]) => first![1]! >= packets,
  )

/** A connection's state and how long it stays, in seconds. */
async function expiry(ring: Ring, vip: string): Promise<readonly [state: string, seconds: number]> {
  const row = (await ring.type('-L -c -n')).split('\n').find((line) => line.includes(` ${vip} `))
  const [, minutes, seconds, state] = /^\S+\s+(\d+):(\d+)\s+(\S+)/.exec(row ?? '') ?? []
  return [state ?? 'none', Number(minutes) * 60 + Number(seconds)]
}

/** Of a timer that was read some time after its start. */
const about = (seconds: number, wanted: number) =>
  seconds > wanted - 7 && seconds <= wanted ? `${wanted} s` : `${seconds} s`

async function rateOfBurst(ring: Ring): Promise<string> {
  const vip = ring.vip()
  await ring.director(`
    -A -u ${vip} -s rr
    -a -u ${vip} -r ${ADDRESS.red}:8080 -m`)
  const rate = async () => (await numbers(ring, `-L -n --rate -u ${vip}`, vip))[0]!
  const moved = (from: number[]) => ring.until(rate, (now) => String(now) !== String(from))
  await ring.ask([to(vip, { protocol: 'udp' })])
  // A change shows that an interval has just begun.
  const quiet = await moved([0, 0, 0, 0, 0])
  const sent = await ring.hosts.burst(799, to(vip, { protocol: 'udp', fromPort: 23000 }))
  const [, ...rates] = await moved(quiet)
  return `${sent} packets of 34 bytes in one interval: ${rates.join(' ')}`
}

export const DIRECTOR: readonly Scenario[] = [
  scenario('--set', 'ESTABLISHED 77 s; FIN_WAIT 33 s; UDP 8 s, then gone', async (ring) => {
    await ring.type('--set 77 33 8')
    await batch(ring.hosts, 'red', 'red', [`address replace ${ON_LINK}/32 dev lo`])
    await batch(ring.hosts, 'director', 'director', [`address replace ${ON_LINK}/32 dev eth0`])
    const vip = `${ON_LINK}:${ring.port()}`
    await ring.hosts.serve('red', 'tcp', ON_LINK, Number(vip.split(':')[1]))
    await ring.director(`
      -A -t ${vip} -s rr
      -a -t ${vip} -r ${ADDRESS.red} -g`)
    const held = await ring.hold([to(vip)])
    const [established, tcp] = await expiry(ring, vip)
    await ring.hosts.drop(held)
    const [closing, tcpFin] = await expiry(ring, vip)
    const udpVip = await udp(ring)
    await ring.ask([to(udpVip, { protocol: 'udp' })])
    const [state, short] = await expiry(ring, udpVip)
    const [left] = await ring.until(
      () => expiry(ring, udpVip),
      ([state]) => state === 'none',
    )
    return `${established} ${about(tcp, 77)}; ${closing} ${about(tcpFin, 33)}; ${state} ${about(short, 8)}, then ${left === 'none' ? 'gone' : left}`
  }),

  scenario(
    '--stats',
    `service 20 20 20 ${20 * QUESTION} ${10 * (2 * HEADERS + 'red\n'.length + 'green\n'.length)}; red 10 10 10 ${10 * QUESTION} ${10 * (HEADERS + 'red\n'.length)}`,
    async (ring) => {
      const vip = await udp(ring)
      await ring.ask(times(20, () => to(vip, { protocol: 'udp' })))
      const [service, red] = await settled(ring, `-L -n --stats -u ${vip}`, 20, vip, `${ADDRESS.red}:8080`)
      return `service ${service!.join(' ')}; red ${red!.join(' ')}`
    },
  ),

  scenario('-Z', 'one service 0 0 0 0 0, the other 4; -Z of all: 0', async (ring) => {
    const vips = [await udp(ring), await udp(ring)]
    for (const vip of vips) await ring.ask(times(4, () => to(vip, { protocol: 'udp' })))
    const read = () => numbers(ring, '-L -n --stats', ...vips)
    await settled(ring, '-L -n --stats', 4, ...[...vips].reverse())
    await ring.type(`-Z -u ${vips[0]}`)
    const [zeroed, other] = await read()
    await ring.type('-Z')
    const [, all] = await read()
    return `one service ${zeroed!.join(' ')}, the other ${other![0]}; -Z of all: ${all![0]}`
  }),

  // Every two seconds the kernel takes a quarter of the new rate in (est_timer in ip_vs_est.c): N packets since the last
  // time show as N / 2 / 4 a second. Of the packet in the interval before, three quarters of its share are left.
  scenario('--rate', '799 packets of 34 bytes in one interval: 100 100 3399 3199', async (ring) => {
    // On a busy machine the packets may be longer under way than one interval: that says nothing.
    for (let attempt = 1; ; attempt++) {
      const seen = await rateOfBurst(ring)
      if (seen === '799 packets of 34 bytes in one interval: 100 100 3399 3199' || attempt === 50) return seen
    }
  }),
]

// Persistence, which keeps clients, ports and calls together; and services of packets that are not TCP or that have no one port.
import { markPackets } from '../marks.ts'
import { ADDRESS, ADDRESS6, ON_LINK, SERVERS, shareAddress } from '../network.ts'
import { clientAddress, KernelLacks, type Ring, tally, times, to } from '../ring.ts'
import type { Scenario } from '../scenario.ts'

const scenario = (name: string, expected: string, run: Scenario['run'], optional = false): Scenario => ({
  group: 'service',
  name,
  expected,
  run,
  optional,
})

/** Adds a service over all three servers, by NAT to a port of theirs. */
async function service(ring: Ring, address: string, options: string, port = 8080): Promise<void> {
  await ring.type(`-A ${address} ${options}`)
  for (const name of SERVERS) {
    const server = address.includes('[') ? `[${ADDRESS6[name]}]:${port}` : `${ADDRESS[name]}:${port}`
    await ring.type(`-a ${address} -r ${server} -m`)
  }
}

const all = (names: readonly string[]) =>
  new Set(names).size === 1 && (SERVERS as readonly string[]).includes(names[0]!)
    ? 'one server'
    : tally(names)

const call = (id: string) => `OPTIONS sip:ring SIP/2.0\nCall-ID: ${id}\n\n`

export const SERVICES: readonly Scenario[] = [
  scenario(
    'persistence',
    '4 calls: one server; some seconds later its template is gone: another',
    async (ring) => {
      const vip = ring.vip()
      await ring.type('--set 0 0 1')
      await service(ring, `-u ${vip}`, '-s rr -p 3')
      const start = Date.now()
      const names = await ring.ask(times(4, () => to(vip, { protocol: 'udp' })))
      const left = await ring.until(
        () => ring.type('-L -c -n'),
        (list) => !list.includes(vip),
      )
      const seconds = (Date.now() - start) / 1000
      const [next] = await ring.ask([to(vip, { protocol: 'udp' })])
      const gone = left.includes(vip) ? 'still there' : 'gone'
      return `4 calls: ${all(names)}; ${seconds >= 2 ? 'some' : seconds} seconds later its template is ${gone}: ${next === names[0] ? 'the same' : 'another'}`
    },
  ),

  scenario(
    'persistence with a netmask',
    'a /24 of 4 clients: one server; the next /24: another',
    async (ring) => {
      const vip = ring.vip()
      await service(ring, `-t ${vip}`, '-s rr -p 60 -M 255.255.255.0')
      const network = (third: number) => times(4, (i) => to(vip, { from: clientAddress(third * 256 + i) }))
      const first = await ring.ask(network(1))
      const second = await ring.ask(network(2))
      return `a /24 of 4 clients: ${all(first)}; the next /24: ${all(second) === 'one server' && second[0] !== first[0] ? 'another' : tally(second)}`
    },
  ),

  scenario(
    'persistence with a netmask, IPv6',
    'a /127 of 2 clients: one server; the next /127: another',
    async (ring) => {
      const vip = ring.vip6()
      await service(ring, `-t ${vip}`, '-s rr -p 60 -M 127')
      const first = await ring.ask(['fd01::2', 'fd01::3', 'fd01::2'].map((from) => to(vip, { from })))
      const second = await ring.ask(['fd01::4', 'fd01::5'].map((from) => to(vip, { from })))
      return `a /127 of 2 clients: ${all(first)}; the next /127: ${all(second) === 'one server' && second[0] !== first[0] ? 'another' : tally(second)}`
    },
  ),

  scenario(
    'fwmark of two ports',
    'each of 6 clients has one server for both ports; servers 3',
    async (ring) => {
      await markPackets(ring, 7, { family: 'inet', destination: '10.100.3.1', ports: [80, 443] })
      await service(ring, '-f 7', '-s rr -p 60', 0)
      const clients = times(6, (i) => clientAddress(i + 30))
      const pairs: string[][] = []
      for (const from of clients) {
        pairs.push(await ring.ask([to('10.100.3.1:80', { from }), to('10.100.3.1:443', { from })]))
      }
      const kept = pairs.filter((pair) => all(pair) === 'one server').length
      return `${kept === 6 ? 'each' : kept} of 6 clients has one server for both ports; servers ${new Set(pairs.flat()).size}`
    },
  ),

  scenario(
    'fwmark of two ports, IPv6',
    'each of 3 clients has one server for both ports; servers 3',
    async (ring) => {
      await markPackets(ring, 8, { family: 'inet6', destination: 'fd64::3:1', ports: [80, 443] })
      await ring.type('-A -f 8 -6 -s rr -p 60')
      for (const name of SERVERS) await ring.type(`-a -f 8 -6 -r ${ADDRESS6[name]} -m`)
      const pairs: string[][] = []
      for (const from of ['fd01::1', 'fd01::2', 'fd01::3']) {
        pairs.push(await ring.ask([to('[fd64::3:1]:80', { from }), to('[fd64::3:1]:443', { from })]))
      }
      const kept = pairs.filter((pair) => all(pair) === 'one server').length
      return `${kept === 3 ? 'each' : kept} of 3 clients has one server for both ports; servers ${new Set(pairs.flat()).size}`
    },
  ),

  // By direct routing: the answers of a NAT server would find no connection to go back by.
  scenario(
    'one-packet UDP',
    'one client’s port: without -o one server; with it red 2, green 2, blue 2, and no connections',
    async (ring) => {
      const seen: string[][] = []
      let vip = ''
      for (const options of ['-s rr', '-s rr -o']) {
        const port = ring.port()
        vip = `${ON_LINK}:${port}`
        await shareAddress(ring.hosts, ON_LINK, port)
        await ring.type(`-A -u ${vip} ${options}`)
        for (const name of SERVERS) await ring.type(`-a -u ${vip} -r ${ADDRESS[name]} -g`)
        seen.push(await ring.ask(times(6, () => to(vip, { protocol: 'udp', fromPort: 22000 }))))
      }
      const listed = (await ring.type('-L -c -n')).includes(vip)
      return `one client’s port: without -o ${all(seen[0]!)}; with it ${tally(seen[1]!)}, and ${listed ? 'connections' : 'no connections'}`
    },
  ),

  // A template is found by the call's id and the network of the client: all of them are one network here.
  scenario(
    '--pe sip',
    'a call from 3 clients: one server; 6 calls: servers 3; the calls are listed',
    async (ring) => {
      const vip = ring.vip()
      await service(ring, `-u ${vip}`, '-s rr -p 60 -M 0.0.0.0 --pe sip')
      const ask = (id: string, client: number) =>
        ring.ask([to(vip, { protocol: 'udp', from: clientAddress(client) })], { payload: call(id) })
      const one: string[] = []
      for (const client of [1, 2, 3]) one.push(...(await ask('call-0@ring', client)))
      const six: string[] = []
      for (let i = 1; i <= 6; i++) six.push(...(await ask(`call-${i}@ring`, 10 + i)))
      const list = await ring.type('-L -c -n --persistent-conn')
      const listed = times(7, (i) => list.includes(`sip                call-${i}@ring\n`)).every(Boolean)
      return `a call from 3 clients: ${all(one)}; 6 calls: servers ${new Set(six).size}; the calls are ${listed ? 'listed' : 'not listed'}`
    },
  ),

  scenario(
    'SCTP',
    'red 2, green 2, blue 2',
    async (ring) => {
      try {
        for (const name of SERVERS) await ring.hosts.serve(name, 'sctp', ADDRESS[name], 8080)
      } catch (error) {
        throw new KernelLacks((error as Error).message)
      }
      const vip = ring.vip()
      await service(ring, `--sctp-service ${vip}`, '-s rr')
      return tally(await ring.ask(times(6, () => to(vip, { protocol: 'sctp' }))))
    },
    true,
  ),

  scenario('port zero', 'each of 3 clients has one server for 3 ports; servers 3', async (ring) => {
    await service(ring, '-t 10.100.4.1:0', '-s rr -p 60', 0)
    const rows: string[][] = []
    for (const i of [40, 41, 42]) {
      const from = clientAddress(i)
      rows.push(await ring.ask([80, 443, 8080].map((port) => to(`10.100.4.1:${port}`, { from }))))
    }
    const kept = rows.filter((row) => all(row) === 'one server').length
    return `${kept === 3 ? 'each' : kept} of 3 clients has one server for 3 ports; servers ${new Set(rows.flat()).size}`
  }),
]

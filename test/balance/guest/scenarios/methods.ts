// The forwarding methods: NAT, direct routing and the tunnels, with real servers as they would be set up.
import { ADDRESS, ADDRESS6, batch, device, ON_LINK, ON_LINK6, SERVERS, shareAddress } from '../network.ts'
import { type Ring, tally, times, to } from '../ring.ts'
import type { Scenario } from '../scenario.ts'

const EACH = 'red 2, green 2, blue 2'

const scenario = (name: string, expected: string, run: Scenario['run']): Scenario => ({
  group: 'method',
  name,
  expected,
  run,
})

/** Six requests to a service over these servers. */
async function six(ring: Ring, protocol: 'tcp' | 'udp', vip: string, servers: readonly string[]) {
  const option = protocol === 'tcp' ? '-t' : '-u'
  await ring.type(`-A ${option} ${vip} -s rr`)
  for (const server of servers) await ring.type(`-a ${option} ${vip} -r ${server}`)
  return await ring.ask(times(6, () => to(vip, { protocol })))
}

const servers = (port: string, options: string) => SERVERS.map((name) => `${ADDRESS[name]}${port} ${options}`)
const servers6 = (port: string, options: string) =>
  SERVERS.map((name) => `[${ADDRESS6[name]}]${port} ${options}`)

/** On the real servers: a device that unpacks packets from a tunnel. */
async function unpack(ring: Ring, ...lines: string[]): Promise<void> {
  for (const name of SERVERS) {
    await batch(
      ring.hosts,
      name,
      name,
      lines.map((line) => line.replaceAll('OWN6', ADDRESS6[name]).replaceAll('OWN', ADDRESS[name])),
    )
    await ring.hosts.sysctl(name, 0, 'ipv4/conf/all/rp_filter', 'ipv4/conf/default/rp_filter')
  }
}

/** The number of packets that came to the real servers through a device. */
async function unpacked(ring: Ring, name: string): Promise<number> {
  let count = 0
  for (const server of SERVERS) {
    const lines = await ring.hosts.run(server, `ip -s link show ${name}`)
    const at = lines.findIndex((line) => line.trim().startsWith('RX:'))
    count += Number(lines[at + 1]!.trim().split(/\s+/)[1])
  }
  return count
}

/** A virtual address that the servers have too, reached through a tunnel that `name` unpacks. */
async function tunnel(
  ring: Ring,
  name: string,
  options: string,
  { family = 4, through = 0 } = {},
): Promise<string> {
  const port = ring.port()
  const address = family === 4 ? '10.100.2.1' : 'fd64::2:1'
  await shareAddress(ring.hosts, address, port)
  const vip = family === 4 ? `${address}:${port}` : `[${address}]:${port}`
  const real = (through || family) === 4 ? servers(`:${port}`, options) : servers6(`:${port}`, options)
  const before = await unpacked(ring, name)
  const seen = tally(await six(ring, 'tcp', vip, real))
  // At the least a SYN, an ACK and a FIN each.
  return `${seen}${(await unpacked(ring, name)) - before >= 18 ? ` through ${name}` : ''}`
}

export const METHODS: readonly Scenario[] = [
  scenario('NAT to another port, TCP', EACH, async (ring) =>
    tally(await six(ring, 'tcp', ring.vip(), servers(':8080', '-m'))),
  ),
  scenario('NAT to another port, UDP', EACH, async (ring) =>
    tally(await six(ring, 'udp', ring.vip(), servers(':8080', '-m'))),
  ),
  scenario('NAT to another port, IPv6 TCP', EACH, async (ring) =>
    tally(await six(ring, 'tcp', ring.vip6(), servers6(':8080', '-m'))),
  ),
  scenario('NAT to another port, IPv6 UDP', EACH, async (ring) =>
    tally(await six(ring, 'udp', ring.vip6(), servers6(':8080', '-m'))),
  ),

  scenario('direct routing, TCP', `${EACH}; by ARP the address is the director’s`, async (ring) => {
    const port = ring.port()
    await shareAddress(ring.hosts, ON_LINK, port)
    const seen = tally(await six(ring, 'tcp', `${ON_LINK}:${port}`, servers('', '-g')))
    const neighbour = (await ring.hosts.run('client', `ip neigh show ${ON_LINK}`)).join()
    return `${seen}; by ARP the address is ${neighbour.includes(device('director').mac) ? 'the director’s' : neighbour}`
  }),
  scenario('direct routing, UDP', EACH, async (ring) => {
    const port = ring.port()
    await shareAddress(ring.hosts, ON_LINK, port)
    return tally(await six(ring, 'udp', `${ON_LINK}:${port}`, servers('', '-g')))
  }),
  scenario('direct routing, IPv6 TCP', `${EACH}; the address is the director’s`, async (ring) => {
    const port = ring.port()
    await shareAddress(ring.hosts, ON_LINK6, port)
    const seen = tally(
      await six(
        ring,
        'tcp',
        `[${ON_LINK6}]:${port}`,
        SERVERS.map((name) => `${ADDRESS6[name]} -g`),
      ),
    )
    const neighbour = (await ring.hosts.run('client', `ip neigh show ${ON_LINK6}`)).join()
    return `${seen}; the address is ${neighbour.includes(device('director').mac) ? 'the director’s' : neighbour}`
  }),

  scenario('tunnel ipip', `${EACH} through tunl0`, async (ring) => {
    await unpack(ring, 'link set tunl0 up')
    return await tunnel(ring, 'tunl0', '-i')
  }),
  scenario('tunnel ipip, IPv6 in IPv6', `${EACH} through ip6tnl0`, async (ring) => {
    await unpack(ring, 'link set ip6tnl0 up')
    return await tunnel(ring, 'ip6tnl0', '-i', { family: 6 })
  }),
  scenario('tunnel gre', `${EACH} through gre1`, async (ring) => {
    await unpack(ring, 'link add gre1 type gre local OWN', 'link set gre1 up')
    return await tunnel(ring, 'gre1', '-i --tun-type gre')
  }),
  scenario('tunnel gre with a checksum', `${EACH} through gre1`, async (ring) => {
    await unpack(ring, 'link change gre1 type gre local OWN csum')
    return await tunnel(ring, 'gre1', '-i --tun-type gre --tun-csum')
  }),
  scenario('tunnel gue', `${EACH} through tunl0`, async (ring) => {
    await unpack(ring, 'fou add port 6080 gue')
    return await tunnel(ring, 'tunl0', '-i --tun-type gue --tun-port 6080')
  }),
  scenario('tunnel gue with a checksum', `${EACH} through tunl0`, (ring) =>
    tunnel(ring, 'tunl0', '-i --tun-type gue --tun-port 6080 --tun-csum'),
  ),
  scenario('tunnel gue with a remote checksum', `${EACH} through tunl0`, (ring) =>
    tunnel(ring, 'tunl0', '-i --tun-type gue --tun-port 6080 --tun-remcsum'),
  ),
  scenario('tunnel between families, IPv6 through IPv4', `${EACH} through sit0`, async (ring) => {
    await unpack(ring, 'link set sit0 up')
    return await tunnel(ring, 'sit0', '-i', { family: 6, through: 4 })
  }),
  scenario('tunnel between families, IPv4 through IPv6', `${EACH} through ip6any`, async (ring) => {
    await unpack(ring, 'link add ip6any type ip6tnl mode any local OWN6', 'link set ip6any up')
    return await tunnel(ring, 'ip6any', '-i', { family: 4, through: 6 })
  }),

  scenario('local server', 'director 4', async (ring) => {
    const port = ring.port()
    await ring.hosts.serve('director', 'tcp', '10.100.0.1', port)
    await ring.director(`
      -A -t 10.100.0.1:${port} -s rr
      -a -t 10.100.0.1:${port} -r 10.100.0.1:${port} -g`)
    return tally(await ring.ask(times(4, () => to(`10.100.0.1:${port}`))))
  }),
]

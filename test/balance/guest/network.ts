// The network of the ring: one segment with a client, two directors and three real servers, each a network namespace.
//
//     client 10.1.0.1 ─┐                         ┌─ red   10.2.0.1
//                      ├─ (10.1/16) lan (10.2/16) ┼─ green 10.2.0.2
//   director 10.1.0.254, 10.2.0.254 ─┤           └─ blue  10.2.0.3
//   backup   10.1.0.253, 10.2.0.253 ─┘
//
// The client reaches 10.100/16, all of which is the director's, through it. Real servers answer through the director
// (NAT), but what they send from a virtual address goes straight to the client (direct routing, tunnels).
import { writeFileSync } from 'node:fs'
import type { Hosts } from './hosts.ts'

export const SERVERS = ['red', 'green', 'blue'] as const
export type Server = (typeof SERVERS)[number]

export const ADDRESS: Readonly<Record<Server, string>> = {
  red: '10.2.0.1',
  green: '10.2.0.2',
  blue: '10.2.0.3',
}
export const ADDRESS6: Readonly<Record<Server, string>> = {
  red: 'fd02::1',
  green: 'fd02::2',
  blue: 'fd02::3',
}

/** Virtual addresses on the client's own network, for which a router must be found by ARP. */
export const ON_LINK = '10.1.0.100'
export const ON_LINK6 = 'fd01::100'

/** The ports that real servers listen on. */
export const SERVER_PORTS = [80, 443, 8080] as const

interface Host {
  readonly number: number
  readonly addresses: readonly string[]
  readonly routes: readonly string[]
  readonly sysctls: Readonly<Record<string, number>>
}

const INDEX = 10
const mac = (number: number) => `02:00:00:00:00:0${number}`

/** A host's network device. */
export const device = (host: string) => ({ index: INDEX, mac: mac(HOSTS[host]!.number) })

const router = (number: number, last: number): Host => ({
  number,
  addresses: [`10.1.0.${last}/16`, `10.2.0.${last}/16`, `fd01::${last}/64`, `fd02::${last}/64`],
  // AnyIP: every one of these addresses is the host's own.
  routes: ['local 10.100.0.0/16 dev lo', 'local fd64::/64 dev lo', '10.1.128.0/17 via 10.1.0.1'],
  sysctls: {
    'ipv4/ip_forward': 1,
    'ipv4/conf/all/send_redirects': 0,
    'ipv4/conf/eth0/send_redirects': 0,
    'ipv6/conf/all/forwarding': 1,
  },
})

const server = (number: number, last: number): Host => ({
  number,
  addresses: [`10.2.0.${last}/16`, `fd02::${last}/64`],
  routes: [
    'default via 10.2.0.254',
    'default via fd02::254',
    '10.1.0.0/16 via 10.1.0.1 dev eth0 onlink table 100',
    'fd01::/64 via fd01::1 dev eth0 onlink table 100',
  ],
  sysctls: {
    // The virtual addresses on a real server's loopback must stay unknown to the segment.
    'ipv4/conf/all/arp_ignore': 1,
    'ipv4/conf/all/arp_announce': 2,
    'ipv6/conf/eth0/accept_redirects': 0,
  },
})

const HOSTS: Readonly<Record<string, Host>> = {
  client: {
    number: 1,
    addresses: [
      '10.1.0.1/16',
      'fd01::1/64',
      'fd01::2/64',
      'fd01::3/64',
      'fd01::4/64',
      'fd01::5/64',
      'fd01::6/64',
    ],
    routes: [
      'local 10.1.128.0/17 dev lo',
      '10.100.0.0/16 via 10.1.0.254',
      '10.2.0.0/16 via 10.1.0.254',
      'fd64::/64 via fd01::254',
      'fd02::/64 via fd01::254',
    ],
    sysctls: {},
  },
  director: router(2, 254),
  backup: router(3, 253),
  red: server(4, 1),
  green: server(5, 2),
  blue: server(6, 3),
}

/** Makes it all; the namespace `director` is there already. */
export async function buildNetwork(hosts: Hosts): Promise<void> {
  const names = Object.keys(HOSTS)
  await batch(hosts, 'director', 'netns', [
    ...['lan', ...names].filter((name) => name !== 'director').map((name) => `netns add ${name}`),
    // The director's own last: the name is looked up in its namespace.
    ...[...names.filter((name) => name !== 'director'), 'director'].map(
      (name) =>
        `link add eth0 index ${INDEX} netns ${name} address ${device(name).mac} type veth peer name ${name} netns lan`,
    ),
  ])
  await batch(hosts, 'lan', 'lan', [
    'link add lan type bridge mcast_snooping 0',
    'link set lan up',
    ...names.map((name) => `link set ${name} master lan up`),
  ])
  for (const [name, { addresses, routes, sysctls }] of Object.entries(HOSTS)) {
    for (const [sysctl, value] of Object.entries(sysctls)) await hosts.sysctl(name, value, sysctl)
    await batch(hosts, name, name, [
      'link set lo up',
      'link set eth0 up',
      ...addresses.map(
        (address) => `address add ${address} dev eth0${address.includes(':') ? ' nodad' : ''}`,
      ),
      ...routes.map((route) => `route add ${route}`),
    ])
  }
  for (const name of SERVERS) {
    await batch(hosts, name, name, ['10.100.0.0/16', ON_LINK].map(fromVirtual))
    await batch(hosts, name, name, ['fd64::/64', ON_LINK6].map(fromVirtual), '-6')
  }
}

const fromVirtual = (prefix: string) => `rule add from ${prefix} table 100`

export async function startServers(hosts: Hosts): Promise<void> {
  for (const name of SERVERS) {
    for (const address of ['0.0.0.0', '::']) {
      for (const port of SERVER_PORTS) await hosts.serve(name, 'tcp', address, port)
      await hosts.serve(name, 'udp', address, 8080)
    }
  }
}

/** Gives the director a virtual address on the segment, and the real servers too, on their loopback; they listen there. */
export async function shareAddress(hosts: Hosts, address: string, port: number): Promise<void> {
  const [prefix, options] = address.includes(':') ? [`${address}/128`, ' nodad'] : [`${address}/32`, '']
  if (address === ON_LINK || address === ON_LINK6) {
    await batch(hosts, 'director', 'director', [`address replace ${prefix} dev eth0${options}`])
  }
  for (const name of SERVERS) {
    await batch(hosts, name, name, [`address replace ${prefix} dev lo`])
    await hosts.serve(name, 'tcp', address, port)
    await hosts.serve(name, 'udp', address, port)
  }
}

/** Runs lines of the `ip` program on a host. */
export async function batch(
  hosts: Hosts,
  host: string,
  name: string,
  lines: readonly string[],
  option = '-d',
): Promise<void> {
  const file = `/tmp/batch-${name}`
  writeFileSync(file, `${lines.join('\n')}\n`)
  await hosts.run(host, `ip ${option} -batch ${file}`)
}

import { describe, expect, it } from '@jest/globals'
import { diagnose } from '../../lib/doctor/checks.ts'
import type { Facts } from '../../lib/doctor/facts.ts'
import { parseLocalAddresses, parseRoutes, routeTo } from '../../lib/doctor/routes.ts'
import { parseAddress } from '../../lib/model/address.ts'
import type { Destination, ForwardingMethod } from '../../lib/model/destination.ts'
import { UnavailableError } from '../../lib/model/errors.ts'
import { hostNetmask } from '../../lib/model/netmask.ts'
import { NO_STATS } from '../../lib/model/stats.ts'
import type { VirtualService } from '../../lib/model/virtual-service.ts'

const FIB_TRIE = `Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 10.0.0.0
        /24 link UNICAST
Local:
  +-- 0.0.0.0/0 3 0 5
     +-- 127.0.0.0/8 2 0 2
        |-- 127.0.0.0
           /8 host LOCAL
           /32 link BROADCAST
     |-- 192.0.2.1
        /32 host LOCAL
`
const ROUTE = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth1\t0000000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
eth1\t0000A8C0\t0100000A\t0003\t0\t0\t0\t0000FFFF\t0\t0\t0
`
const IPV6_ROUTE = `20010db8000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth1
20010db8000000000000000000000001 80 00000000000000000000000000000000 00 00000000000000000000000000000000 00000000 00000002 00000000 80200001     eth1
00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo
`

const NETWORK: Readonly<Record<string, string>> = {
  '/proc/net/fib_trie': FIB_TRIE,
  '/proc/net/route': ROUTE,
  '/proc/net/ipv6_route': IPV6_ROUTE,
}

function server(address: string, config: Partial<Destination['config']> = {}, connections = 0): Destination {
  return {
    id: { family: address.includes(':') ? 'inet6' : 'inet', address: parseAddress(address)!, port: 80 },
    config: {
      forwarding: 'tunnel',
      weight: 1,
      upperThreshold: 0,
      lowerThreshold: 0,
      tunnelType: 'ipip',
      tunnelPort: 0,
      tunnelFlags: 0,
      ...config,
    },
    observed: {
      activeConnections: connections,
      inactiveConnections: 0,
      persistentConnections: 0,
      stats: NO_STATS,
    },
  }
}

function service(address: string, destinations: readonly Destination[], flags = 0): VirtualService {
  return {
    service: {
      id: { family: 'inet', protocol: 'tcp', address: parseAddress(address)!, port: 80 },
      config: { scheduler: 'wlc', flags, timeout: 300, netmask: hostNetmask('inet'), engine: '' },
      observed: { stats: NO_STATS },
    },
    destinations,
  }
}

function facts(some: Partial<Facts>, files: Readonly<Record<string, string>> = {}): Facts {
  const file = (path: string) => ({ ...NETWORK, ...files })[path]
  return {
    unavailable: undefined,
    privileged: true,
    table: [],
    daemons: [],
    buckets: 4096,
    connections: 0,
    local: parseLocalAddresses(file),
    routes: parseRoutes(file),
    file,
    ...some,
  }
}

const found = (some: Partial<Facts>, files?: Readonly<Record<string, string>>) =>
  diagnose(facts(some, files)).map(({ check, finding }) => `${check.id}: ${finding.remedy}`)

const healthy = [service('192.0.2.1', [server('10.0.0.2')])]
const nat = (method: ForwardingMethod = 'masquerade') => [
  service('192.0.2.1', [server('10.0.0.2', { forwarding: method })]),
]

describe('diagnose', () => {
  it('finds nothing on a director that balances', () => {
    expect(found({ table: healthy })).toEqual([])
  })

  it.each<[string, Partial<Facts>, Readonly<Record<string, string>>, string]>([
    [
      'no permission',
      { unavailable: new UnavailableError('x'), privileged: false },
      {},
      'no-permission: sudo ipvsadm doctor',
    ],
    ['no module', { unavailable: new UnavailableError('x') }, {}, 'no-module: modprobe ip_vs'],
    [
      'a scheduler of the saved rules missing',
      {},
      {
        '/etc/ipvsadm.rules': '# mine\n-A -t 192.0.2.1:80 -s twos\n-A -t 192.0.2.1:81 -s rr\n',
        '/proc/sys/kernel/osrelease': '6.1.0\n',
        '/lib/modules/6.1.0/modules.dep': 'kernel/net/netfilter/ipvs/ip_vs_rr.ko:\n',
      },
      "scheduler-missing: sed -i 's/ -s twos\\b/ -s wlc/' /etc/ipvsadm.rules",
    ],
    [
      'a small connection table',
      { connections: 40000 },
      {},
      'connection-table-small: echo options ip_vs conn_tab_bits=16 > /etc/modprobe.d/ip_vs.conf',
    ],
    [
      'forwarding off with NAT',
      { table: nat() },
      { '/proc/sys/net/ipv4/ip_forward': '0\n' },
      'forwarding-off: sysctl -w net.ipv4.ip_forward=1',
    ],
    [
      'a virtual address elsewhere',
      { table: [service('192.0.2.9', [server('10.0.0.2')])] },
      {},
      'address-not-local: ip address add 192.0.2.9/32 dev lo',
    ],
    [
      'an unreachable server',
      { table: [service('192.0.2.1', [server('172.16.0.1')])] },
      {},
      'server-unreachable: ip route add 172.16.0.1 dev INTERFACE',
    ],
    [
      'a service without servers',
      { table: [service('192.0.2.1', [])] },
      {},
      'no-servers: ipvsadm -a -t 192.0.2.1:80 -r SERVER',
    ],
    [
      'all weights zero',
      { table: [service('192.0.2.1', [server('10.0.0.2', { weight: 0 })])] },
      {},
      'all-weights-zero: ipvsadm -e -t 192.0.2.1:80 -r 10.0.0.2:80 --keep -w 1',
    ],
    [
      'a threshold reached',
      { table: [service('192.0.2.1', [server('10.0.0.2', { upperThreshold: 5 }, 5)])] },
      {},
      'threshold-reached: ipvsadm -e -t 192.0.2.1:80 -r 10.0.0.2:80 --keep -x 10',
    ],
    [
      'direct routing on its own subnet',
      { table: nat('route') },
      {},
      'direct-routing-arp: on each real server: sysctl -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2',
    ],
    [
      'templates that outlive their server',
      { table: [service('192.0.2.1', [server('10.0.0.2'), server('10.0.0.3', { weight: 0 })], 1)] },
      { '/proc/sys/net/ipv4/vs/expire_quiescent_template': '0\n' },
      'quiescent-templates: sysctl -w net.ipv4.vs.expire_quiescent_template=1',
    ],
    [
      'connections of removed servers',
      { table: healthy },
      { '/proc/sys/net/ipv4/vs/expire_nodest_conn': '0\n' },
      'connections-of-removed-servers: sysctl -w net.ipv4.vs.expire_nodest_conn=1',
    ],
    [
      'the delay of reused ports',
      { table: healthy },
      { '/proc/sys/net/ipv4/vs/conntrack': '1\n', '/proc/sys/net/ipv4/vs/conn_reuse_mode': '1\n' },
      'port-reuse-delay: sysctl -w net.ipv4.vs.conn_reuse_mode=0',
    ],
    [
      'sloppy TCP',
      { table: healthy },
      { '/proc/sys/net/ipv4/vs/sloppy_tcp': '1\n' },
      'sloppy-tcp: sysctl -w net.ipv4.vs.sloppy_tcp=0',
    ],
    [
      'a configured sync daemon that does not run',
      { table: healthy },
      { '/etc/default/ipvsadm': 'AUTO="true"\nDAEMON="master"\nIFACE="eth7"\n' },
      'sync-daemon-missing: ipvsadm --start-daemon master --mcast-interface eth7',
    ],
  ])('finds %s', (_name, some, files, expected) => {
    expect(found(some, files)).toEqual([expected])
  })

  it('leaves forwarding alone where no server is behind NAT', () => {
    expect(found({ table: healthy }, { '/proc/sys/net/ipv4/ip_forward': '0\n' })).toEqual([])
  })
})

describe('routes', () => {
  const { routes, local } = facts({})

  it('takes the longest network', () => {
    expect(routeTo(routes, parseAddress('10.0.0.9')!)).toMatchObject({
      device: 'eth1',
      length: 24,
      gateway: undefined,
    })
    expect(routeTo(routes, parseAddress('192.168.7.7')!)).toMatchObject({ length: 16, gateway: '10.0.0.1' })
    expect(routeTo(routes, parseAddress('2001:db8::9')!)).toMatchObject({ device: 'eth1', length: 64 })
    expect(routeTo(routes, parseAddress('8.8.8.8')!)).toBeUndefined()
    expect(routeTo(routes, parseAddress('2001:db9::1')!)).toBeUndefined()
  })

  it('knows what is local', () => {
    expect(local.map(({ address, length }) => `${address}/${length}`)).toEqual([
      '127.0.0.0/8',
      '192.0.2.1/32',
      '2001:db8::1/128',
    ])
  })
})

import { describe, expect, it } from '@jest/globals'
import { CHECKS, diagnose } from '../../lib/doctor/checks.ts'
import { NO_CONNECTIONS } from '../../lib/doctor/facts/connections.ts'
import { parseIptables } from '../../lib/doctor/facts/iptables-rules.ts'
import type { Network } from '../../lib/doctor/facts/network.ts'
import type { PacketFilter } from '../../lib/doctor/facts/packet-filter.ts'
import type { Facts } from '../../lib/doctor/facts.ts'
import { FINDING_TEXTS } from '../../lib/help/texts.ts'
import { type Address, parseAddress } from '../../lib/model/address.ts'
import { DESTINATION_DEFAULTS } from '../../lib/model/defaults.ts'
import type { Destination, ForwardingMethod } from '../../lib/model/destination.ts'
import type { SyncDaemon } from '../../lib/model/director.ts'
import { UnavailableError } from '../../lib/model/errors.ts'
import { hostNetmask } from '../../lib/model/netmask.ts'
import { type Prefix, parsePrefix } from '../../lib/model/prefix.ts'
import { NO_STATS } from '../../lib/model/stats.ts'
import type { VirtualService } from '../../lib/model/virtual-service.ts'
import type { NoRoute, Route } from '../../lib/netlink/route-connection.ts'

const onLink = { type: 'unicast', link: 2, gateway: undefined, mtu: undefined } as const
const local = { type: 'local', link: 1, gateway: undefined, mtu: undefined } as const

/** A director that has 192.0.2.1 on lo and reaches 10.0.0.0/24 through lan. */
const NETWORK: Network = {
  routes: new Map<Address, Route>([
    [parseAddress('192.0.2.1')!, local],
    [parseAddress('127.0.0.1')!, local],
    [parseAddress('10.0.0.2')!, onLink],
    [parseAddress('10.0.0.3')!, onLink],
  ]),
  local: [],
  links: new Map([
    [1, { index: 1, name: 'lo', flags: 0x49, mtu: 65536, kind: undefined }],
    [2, { index: 2, name: 'lan', flags: 0x1043, mtu: 1500, kind: 'veth' }],
  ]),
}

/** The same with another answer for one address. */
function network(address: string, route: Route | NoRoute, local: readonly Prefix[] = []): Network {
  return { ...NETWORK, routes: new Map([...NETWORK.routes, [parseAddress(address)!, route]]), local }
}

function server(address: string, config: Partial<Destination['config']> = {}, connections = 0): Destination {
  return {
    id: { family: address.includes(':') ? 'inet6' : 'inet', address: parseAddress(address)!, port: 80 },
    config: {
      ...DESTINATION_DEFAULTS,
      forwarding: 'tunnel',
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

function service(
  address: string,
  destinations: readonly Destination[],
  flags = 0,
  scheduler = 'wlc',
): VirtualService {
  return {
    service: {
      id: { family: 'inet', protocol: 'tcp', address: parseAddress(address)!, port: 80 },
      config: { scheduler, flags, timeout: 300, netmask: hostNetmask('inet'), engine: '' },
      observed: { stats: NO_STATS },
    },
    destinations,
  }
}

function facts(some: Partial<Facts>, files: Readonly<Record<string, string>> = {}): Facts {
  return {
    unavailable: undefined,
    missingRight: undefined,
    table: [],
    daemons: [],
    timeouts: undefined,
    buckets: 4096,
    connections: NO_CONNECTIONS,
    network: NETWORK,
    firewall: [],
    probes: new Map(),
    merging: [],
    elsewhere: [],
    file: (path) => files[path],
    ...some,
  }
}

const found = (some: Partial<Facts>, files?: Readonly<Record<string, string>>) =>
  diagnose(facts(some, files)).map(({ check, finding }) => `${check.id}: ${finding.fix}`)

const healthy = [service('192.0.2.1', [server('10.0.0.2')])]
const nat = (method: ForwardingMethod = 'masquerade') => [
  service('192.0.2.1', [server('10.0.0.2', { forwarding: method })]),
]

const iptables = (text: string): PacketFilter[] => [{ families: ['inet'], chains: parseIptables(text) }]

const marked: VirtualService = {
  ...healthy[0]!,
  service: { ...healthy[0]!.service, id: { family: 'inet', fwmark: 7 } },
}

const FORWARDING_OFF = { '/proc/sys/net/ipv4/ip_forward': '0\n' }

const daemon = (state: SyncDaemon['state'], syncId = 0): SyncDaemon => ({
  state,
  interface: 'lan',
  syncId,
})

/** The same service with a connection counted. */
function counted({ service, destinations }: VirtualService): VirtualService {
  return {
    service: { ...service, observed: { stats: { ...service.observed.stats, connections: 1n } } },
    destinations,
  }
}

const ORDER = ['error', 'warning', 'note']

describe('diagnose', () => {
  it('finds nothing on a director that balances', () => {
    expect(found({ table: healthy })).toEqual([])
  })

  it.each<[string, Partial<Facts>, Readonly<Record<string, string>>, unknown]>([
    [
      'a tunnel that full packets do not fit in',
      {
        table: healthy,
        network: {
          ...NETWORK,
          links: new Map([
            ...NETWORK.links,
            [2, { index: 2, name: 'lan', flags: 0x1043, mtu: 1400, kind: 'veth' }],
            [3, { index: 3, name: 'wan', flags: 0x1043, mtu: 1500, kind: undefined }],
          ]),
        },
      },
      {},
      'tunnel-mtu: raise the MTU of the way to 10.0.0.2 to 1520, or let the real server announce a smaller segment: on it, ip route change default via GATEWAY advmss 1340',
    ],
    [
      'a packet filter that drops what the backup daemon gets',
      {
        table: healthy,
        daemons: [daemon('backup')],
        firewall: iptables('*filter\n:INPUT DROP [0:0]\n-A INPUT -p tcp -j ACCEPT\nCOMMIT'),
      },
      {},
      "firewall-drops-sync: accept them in the firewall's configuration, such as: iptables -I INPUT -d 224.0.0.81 -p udp --dport 8848 -j ACCEPT",
    ],
    [
      'a table elsewhere',
      { elsewhere: ['ingress_sbox', '4711'] },
      {},
      'table-elsewhere: ipvsadm doctor --netns ingress_sbox',
    ],
    [
      'an interface that merges packets',
      { table: healthy, merging: ['lan', 'down'] },
      {},
      'large-receive-offload: ethtool -K lan lro off',
    ],
    [
      'a server that refuses a connection',
      { table: nat(), probes: new Map([['tcp 10.0.0.2 80', 111]]) },
      {},
      'server-does-not-answer: start the server program there, or correct the port; until then: ipvsadm -e -t 192.0.2.1:80 -r 10.0.0.2:80 --keep -w 0',
    ],
    [
      'a server that does not answer',
      { table: nat(), probes: new Map([['tcp 10.0.0.2 80', 110]]) },
      {},
      'server-does-not-answer: check the host and the firewalls on the way to it; until then: ipvsadm -e -t 192.0.2.1:80 -r 10.0.0.2:80 --keep -w 0',
    ],
    [
      'a server that the network does not lead to',
      { table: nat(), probes: new Map([['tcp 10.0.0.2 80', 113]]) },
      {},
      'server-does-not-answer: check the route and the network on the way to it; until then: ipvsadm -e -t 192.0.2.1:80 -r 10.0.0.2:80 --keep -w 0',
    ],
    [
      'a service whose packets a rule marks for another',
      {
        table: [...healthy, marked],
        firewall: iptables(
          '*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -d 192.0.2.1/32 -p tcp -m tcp --dport 80 -j MARK --set-xmark 0x7/0xffffffff\nCOMMIT',
        ),
      },
      {},
      'service-hidden-by-mark: delete one of them: ipvsadm -D -t 192.0.2.1:80, or ipvsadm -D -f 7 with the rule that sets the mark',
    ],
    [
      'answers by an interface with a strict filter',
      {
        table: nat(),
        connections: {
          ...NO_CONNECTIONS,
          servers: new Map([['tcp 10.0.0.2 80', { total: 1, unanswered: 1 }]]),
        },
        network: {
          ...NETWORK,
          links: new Map([
            ...NETWORK.links,
            [3, { index: 3, name: 'lan.7', flags: 0x1043, mtu: 1500, kind: 'vlan' }],
          ]),
        },
      },
      {
        '/proc/net/netstat': 'TcpExt: SyncookiesSent IPReversePathFilter\nTcpExt: 0 4\nIpExt: A\nIpExt: 9\n',
        '/proc/sys/net/ipv4/conf/all/rp_filter': '1\n',
        '/proc/sys/net/ipv4/conf/lan.7/rp_filter': '0\n',
      },
      'strict-reverse-path: sysctl -w net.ipv4.conf.lan/7.rp_filter=2',
    ],
    [
      'no permission',
      { unavailable: new UnavailableError('x'), missingRight: 'user' },
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
      'scheduler-missing: install the package with ip_vs_twos.ko for kernel 6.1.0, or choose another scheduler in line 2 of /etc/ipvsadm.rules',
    ],
    [
      'a small connection table',
      { connections: { ...NO_CONNECTIONS, total: 40000 } },
      {},
      'connection-table-small: add to the files of /etc/modprobe.d the line "options ip_vs conn_tab_bits=16", which takes effect when ip_vs is next loaded',
    ],
    [
      'forwarding off with NAT',
      { table: nat() },
      { '/proc/sys/net/ipv4/ip_forward': '0\n' },
      'forwarding-off: sysctl -w net.ipv4.ip_forward=1',
    ],
    [
      'a virtual address elsewhere',
      { table: [service('192.0.2.9', [server('10.0.0.2')])], network: network('192.0.2.9', onLink) },
      {},
      'address-not-local: ip address add 192.0.2.9/32 dev lo',
    ],
    [
      'an unreachable server',
      {
        table: [service('192.0.2.1', [server('172.16.0.1')])],
        network: network('172.16.0.1', { error: 'ENETUNREACH' }),
      },
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
      { table: [service('192.0.2.1', [server('10.0.0.2', { upperThreshold: 5 }, 5), server('10.0.0.3')])] },
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
      'the delay of ports that are used again, before Linux 5.9',
      { table: healthy },
      {
        '/proc/sys/kernel/osrelease': '5.8.18-generic\n',
        '/proc/sys/net/ipv4/vs/conntrack': '1\n',
        '/proc/sys/net/ipv4/vs/conn_reuse_mode': '1\n',
      },
      'port-reuse-delay: use Linux 5.9 or later, or a distribution’s kernel with the correction of it',
    ],
    [
      'clients that stay with their server when they use a port again',
      { table: healthy },
      { '/proc/sys/kernel/osrelease': '6.1.0\n', '/proc/sys/net/ipv4/vs/conn_reuse_mode': '0\n' },
      'port-reuse-sticks: sysctl -w net.ipv4.vs.conn_reuse_mode=1',
    ],
    [
      'sloppy TCP',
      { table: healthy },
      { '/proc/sys/net/ipv4/vs/sloppy_tcp': '1\n' },
      'sloppy-tcp: sysctl -w net.ipv4.vs.sloppy_tcp=0',
    ],
    [
      'missing capabilities',
      { unavailable: new UnavailableError('x'), missingRight: 'capability' },
      {},
      expect.stringMatching(/^no-permission: give the process .* CAP_NET_ADMIN/),
    ],
    [
      'root of a user namespace',
      { unavailable: new UnavailableError('x'), missingRight: 'namespace' },
      {},
      'no-permission: run on the host: nsenter --net=/proc/PID/ns/net ipvsadm doctor',
    ],
    [
      'NAT to a loopback address',
      { table: [service('192.0.2.1', [server('127.0.0.1', { forwarding: 'masquerade' })])] },
      {},
      expect.stringMatching(/^nat-to-loopback: /),
    ],
    [
      'thresholds reached by all servers',
      {
        table: [
          service('192.0.2.1', [
            server('10.0.0.2', { upperThreshold: 5 }, 5),
            server('10.0.0.3', { weight: 0 }),
          ]),
        ],
      },
      {},
      'all-servers-full: ipvsadm -e -t 192.0.2.1:80 -r 10.0.0.2:80 --keep -x 10',
    ],
    [
      'a hashing scheduler without fallback and a server of weight 0',
      { table: [service('192.0.2.1', [server('10.0.0.2'), server('10.0.0.3', { weight: 0 })], 0x10, 'mh')] },
      {},
      'hashing-without-fallback: ipvsadm -E -t 192.0.2.1:80 --keep -s mh -b mh-fallback,mh-port',
    ],
    [
      'a hashing scheduler without ports behind one address',
      {
        table: [service('192.0.2.1', [server('10.0.0.2'), server('10.0.0.3')], 0x08, 'sh')],
        connections: {
          ...NO_CONNECTIONS,
          services: new Map([['tcp 192.0.2.1 80', { total: 50, only: parseAddress('203.0.113.9')! }]]),
        },
      },
      {},
      'hashing-one-client: ipvsadm -E -t 192.0.2.1:80 --keep -s sh -b sh-fallback,sh-port',
    ],
    [
      'unanswered connections',
      {
        table: healthy,
        connections: {
          ...NO_CONNECTIONS,
          servers: new Map([['tcp 10.0.0.2 80', { total: 2, unanswered: 2 }]]),
        },
      },
      {},
      expect.stringMatching(/^no-answers: on 10\.0\.0\.2: a tunnel interface/),
    ],
    [
      'a backup director that balances packets that it should serve',
      {
        table: [service('192.0.2.1', [server('10.0.0.2', { forwarding: 'route' })])],
        network: network('10.0.0.2', local),
        daemons: [daemon('backup')],
      },
      { '/proc/sys/net/ipv4/vs/backup_only': '0\n' },
      'backup-balances: sysctl -w net.ipv4.vs.backup_only=1',
    ],
    [
      'a timeout of established connections below the keep-alive of persistent ones',
      {
        table: [service('192.0.2.1', [server('10.0.0.2')], 1)],
        timeouts: { tcp: 900, tcpFin: 120, udp: 300 },
      },
      {},
      'established-timeout: ipvsadm --set 7200 0 0',
    ],
    [
      'a sync daemon with another id than the configured one',
      { table: healthy, daemons: [daemon('master', 0)] },
      { '/etc/sysconfig/ipvsadm-config': "DAEMON='master'\nIFACE='lan'\nSYNCID='7'\n" },
      'sync-daemon-different: ipvsadm --stop-daemon master && ipvsadm --start-daemon master --mcast-interface lan --syncid 7',
    ],
    [
      'two sync daemons with different ids',
      { table: healthy, daemons: [daemon('master', 1), daemon('backup', 2)] },
      {},
      expect.stringMatching(/^sync-daemons-ids: /),
    ],
    [
      'a sync daemon on an interface without multicast',
      { table: healthy, daemons: [{ ...daemon('master'), interface: 'lo' }] },
      {},
      'sync-interface-without-multicast: ip link set lo multicast on',
    ],
    [
      'a filter that drops requests',
      { table: healthy, firewall: iptables('*filter\n:INPUT DROP [0:0]') },
      {},
      expect.stringMatching(
        /^firewall-drops-requests: .* iptables -I INPUT -d 192\.0\.2\.1 -p tcp --dport 80 -j ACCEPT$/,
      ),
    ],
    [
      'a filter that drops answers',
      { table: nat(), firewall: iptables('*filter\n:FORWARD DROP [0:0]') },
      {},
      expect.stringMatching(
        /^firewall-drops-answers: .* iptables -I FORWARD -s 10\.0\.0\.2 -p tcp --sport 80 -j ACCEPT$/,
      ),
    ],
    [
      'source translation that does not see the packets of ip_vs',
      {
        table: nat(),
        firewall: iptables('*nat\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -d 10.0.0.0/24 -j MASQUERADE'),
      },
      { '/proc/sys/net/ipv4/vs/conntrack': '0\n' },
      'source-nat-without-conntrack: sysctl -w net.ipv4.vs.conntrack=1',
    ],
    [
      'a firewall mark that no rule sets',
      { table: [marked], firewall: iptables('*filter\n:INPUT ACCEPT [0:0]') },
      {},
      expect.stringMatching(/^mark-not-set: /),
    ],
    [
      'a configured sync daemon that does not run',
      { table: healthy },
      { '/etc/default/ipvsadm': 'AUTO="true"\nDAEMON="master"\nIFACE="eth7"\n' },
      'sync-daemon-missing: ipvsadm --start-daemon master --mcast-interface eth7 --syncid 0',
    ],
  ])('finds %s', (_name, some, files, expected) => {
    expect(found(some, files)).toEqual([expected])
  })

  it.each<[string, Partial<Facts>, Readonly<Record<string, string>>]>([
    ['forwarding that is off, where no server is behind NAT', { table: healthy }, FORWARDING_OFF],
    [
      'forwarding that is off, where the server behind NAT is this host',
      { table: nat(), network: network('10.0.0.2', local) },
      FORWARDING_OFF,
    ],
    [
      'forwarding that is on for the interface of the server',
      { table: nat() },
      { ...FORWARDING_OFF, '/proc/sys/net/ipv4/conf/lan/forwarding': '1\n' },
    ],
    [
      'addresses that the kernel was not asked about',
      { table: nat('route'), network: undefined },
      FORWARDING_OFF,
    ],
    [
      'an answer about a route that has no known meaning',
      { table: healthy, network: network('10.0.0.2', { error: 'EOPNOTSUPP' }) },
      {},
    ],
    [
      'a virtual address that another routing table has',
      {
        table: [service('192.0.2.9', [server('10.0.0.2')])],
        network: network('192.0.2.9', onLink, [parsePrefix('192.0.2.8/30')!]),
      },
      {},
    ],
    [
      'a virtual address that a takeover would bring',
      {
        table: [service('192.0.2.9', [server('10.0.0.2')])],
        network: network('192.0.2.9', onLink),
        daemons: [daemon('backup')],
      },
      {},
    ],
    [
      'a virtual address that keepalived would bring',
      { table: [service('192.0.2.9', [server('10.0.0.2')])], network: network('192.0.2.9', onLink) },
      { '/run/keepalived.pid': '77\n' },
    ],
    ['ARP of the director itself', { table: nat('route'), network: network('10.0.0.2', local) }, {}],
    [
      'ARP of servers behind a router',
      {
        table: nat('route'),
        network: network('10.0.0.2', { ...onLink, gateway: parseAddress('10.0.0.3')! }),
      },
      {},
    ],
    ['ARP of a service that had connections', { table: [counted(nat('route')[0]!)] }, {}],
    [
      'ARP of a service that has a connection',
      { table: [service('192.0.2.1', [server('10.0.0.2', { forwarding: 'route' }, 1)])] },
      {},
    ],
    [
      'conn_reuse_mode = 1 from Linux 5.9 on',
      { table: healthy },
      {
        '/proc/sys/kernel/osrelease': '5.9.0\n',
        '/proc/sys/net/ipv4/vs/conntrack': '1\n',
        '/proc/sys/net/ipv4/vs/conn_reuse_mode': '1\n',
      },
    ],
    [
      'a scheduler that is not known to be missing',
      {},
      { '/etc/ipvsadm.rules': '-A -t 192.0.2.1:80 -s twos\n' },
    ],
    [
      'answers that need no forwarding',
      { table: healthy, firewall: iptables('*filter\n:FORWARD DROP [0:0]') },
      {},
    ],
    [
      'source translation of other packets',
      {
        table: nat(),
        firewall: iptables(
          '*nat\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE',
        ),
      },
      { '/proc/sys/net/ipv4/vs/conntrack': '0\n' },
    ],
    [
      'a firewall mark that a rule sets',
      {
        table: [marked],
        firewall: iptables(
          '*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp -j MARK --set-xmark 0x7/0xffffffff',
        ),
      },
      {},
    ],
    ['a firewall mark where no rule set can be read', { table: [marked] }, {}],
    [
      'one connection without an answer',
      {
        table: healthy,
        connections: {
          ...NO_CONNECTIONS,
          servers: new Map([['tcp 10.0.0.2 80', { total: 1, unanswered: 1 }]]),
        },
      },
      {},
    ],
    ...[1400, 1520].map((mtu): [string, Partial<Facts>, Record<string, string>] => [
      `a tunnel between interfaces with an MTU of 1500 or less, and of ${mtu}`,
      {
        table: healthy,
        network: {
          ...NETWORK,
          links: new Map([
            ...NETWORK.links,
            [2, { index: 2, name: 'lan', flags: 0x1043, mtu, kind: 'veth' }],
            [3, { index: 3, name: 'wan', flags: 0x1043, mtu: Math.min(mtu, 1500), kind: undefined }],
            [4, { index: 4, name: 'down', flags: 0x1002, mtu: 9000, kind: undefined }],
          ]),
        },
      },
      {},
    ]),
    ['a table elsewhere beside one here', { table: healthy, elsewhere: ['ingress_sbox'] }, {}],
    [
      'a connection that was tried and answered',
      { table: nat(), probes: new Map([['tcp 10.0.0.2 80', 0]]) },
      {},
    ],
    ...['-s 10.0.0.0/8 ', '-i eth0 ', ''].map((match): [string, Partial<Facts>, Record<string, string>] => [
      `a service by a mark that a rule may set (${match})`,
      {
        table: [...healthy, counted(marked)],
        firewall: iptables(
          `*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING ${match}-d 192.0.2.1/32 -p tcp --dport 80 -j MARK --set-xmark ${match === '' ? '0x7/0xff' : '0x7/0xffffffff'}\nCOMMIT`,
        ),
      },
      {},
    ]),
    [
      'some of the connections without an answer',
      {
        table: healthy,
        connections: {
          ...NO_CONNECTIONS,
          servers: new Map([['tcp 10.0.0.2 80', { total: 9, unanswered: 8 }]]),
        },
      },
      {},
    ],
    [
      'a sync daemon as it is configured',
      { table: healthy, daemons: [daemon('master', 7)] },
      { '/etc/default/ipvsadm': 'DAEMON="master"\nIFACE=\'lan\' # the wire\nSYNCID=7\n' },
    ],
  ])('does not report %s', (_name, some, files) => {
    expect(found(some, files)).toEqual([])
  })

  it.each([
    ['-s twos', '-A -t 192.0.2.1:80 -s twos'],
    ['--scheduler twos', '-A -t 192.0.2.1:80 --scheduler twos'],
    ['--scheduler=twos', '-A -t 192.0.2.1:80 --scheduler=twos'],
    ['-stwos', '-A -t 192.0.2.1:80 -stwos'],
    ['-s=twos', '--add-service --tcp-service 192.0.2.1:80 -s=twos'],
  ])('finds the scheduler of %s', (_name, line) => {
    const files = {
      '/etc/sysconfig/ipvsadm': `${line}\n`,
      '/proc/sys/kernel/osrelease': '6.1.0\n',
      '/lib/modules/6.1.0/modules.dep': 'kernel/net/netfilter/ipvs/ip_vs_rr.ko:\n',
    }
    expect(found({}, files)).toEqual([expect.stringMatching(/^scheduler-missing: install /)])
  })

  it.each([
    ['EHOSTUNREACH', 'unreachable'],
    ['EACCES', 'prohibit'],
    ['EINVAL', 'blackhole'],
  ])('explains %s as a route of the type %s', (error, type) => {
    const [diagnosis] = diagnose(facts({ table: healthy, network: network('10.0.0.2', { error }) }))
    expect(diagnosis?.check.id).toBe('server-unreachable')
    expect(diagnosis?.finding.evidence).toContain(`a route of the type ${type}`)
  })

  it('names errors first, then warnings, then notes', () => {
    const table = [...nat('route'), service('192.0.2.1', [server('10.0.0.2', { weight: 0 })], 1)]
    const files = {
      '/proc/sys/net/ipv4/vs/expire_quiescent_template': '0\n',
      '/proc/sys/net/ipv4/vs/expire_nodest_conn': '0\n',
    }
    const severities = diagnose(facts({ table }, files)).map(({ check }) => check.severity)
    expect(new Set(severities).size).toBe(3)
    expect(severities).toEqual([...severities].sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b)))
  })

  it('has a fix for each finding that runs unchanged, or is marked as manual', () => {
    const [diagnosis] = diagnose(facts({ table: [service('192.0.2.1', [])] }))
    expect(diagnosis?.finding).toMatchObject({ fix: 'ipvsadm -a -t 192.0.2.1:80 -r SERVER', manual: true })
  })
})

describe('CHECKS', () => {
  it('names each check once', () => {
    const ids = CHECKS.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('has a text for `ipvsadm help doctor ID` on each check, and on no other', () => {
    expect([...FINDING_TEXTS.keys()].sort()).toEqual(CHECKS.map(({ id }) => id).sort())
  })
})

// Facts that no check reports.
import { NO_CONNECTIONS } from '../../../lib/doctor/facts/connections.ts'
import type { Facts } from '../../../lib/doctor/facts.ts'
import { parseAddress } from '../../../lib/model/address.ts'
import { parsePrefix } from '../../../lib/model/prefix.ts'
import {
  counted,
  daemon,
  FORWARDING_OFF,
  healthy,
  iptables,
  local,
  marked,
  NETWORK,
  nat,
  network,
  onLink,
  type SoundCase,
  server,
  service,
} from './director.ts'

export const SOUND_CASES: readonly SoundCase[] = [
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
    'a connection table that the kernel is about to enlarge',
    { buckets: 256, connections: { ...NO_CONNECTIONS, total: 5000 } },
    {
      '/proc/sys/net/ipv4/vs/conn_lfactor': '-4\n',
      '/sys/module/ip_vs/parameters/conn_tab_bits': '20\n',
    },
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
        servers: new Map([['tcp 10.0.0.2 80', { total: 1, unanswered: 1, stale: 1 }]]),
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
    'connections that began a moment ago',
    {
      table: healthy,
      connections: {
        ...NO_CONNECTIONS,
        servers: new Map([['tcp 10.0.0.2 80', { total: 9, unanswered: 9, stale: 0 }]]),
      },
    },
    {},
  ],
  [
    'some of the connections without an answer',
    {
      table: healthy,
      connections: {
        ...NO_CONNECTIONS,
        servers: new Map([['tcp 10.0.0.2 80', { total: 9, unanswered: 8, stale: 8 }]]),
      },
    },
    {},
  ],
  [
    'a sync daemon as it is configured',
    { table: healthy, daemons: [daemon('master', 7)] },
    { '/etc/default/ipvsadm': 'DAEMON="master"\nIFACE=\'lan\' # the wire\nSYNCID=7\n' },
  ],
]

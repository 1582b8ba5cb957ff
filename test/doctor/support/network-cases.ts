// Faults of the network of a director, by the checks of routes, tunnels, packet filters and connections.
import { expect } from '@jest/globals'
import { NO_CONNECTIONS } from '../../../lib/doctor/facts/connections.ts'
import {
  daemon,
  type FoundCase,
  healthy,
  iptables,
  marked,
  NETWORK,
  nat,
  network,
  onLink,
  server,
  service,
} from './director.ts'

export const NETWORK_CASES: readonly FoundCase[] = [
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
        servers: new Map([['tcp 10.0.0.2 80', { total: 1, unanswered: 1, stale: 1 }]]),
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
    'direct routing on its own subnet',
    { table: nat('route') },
    {},
    'direct-routing-arp: on each real server: sysctl -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2',
  ],
  [
    'NAT to a loopback address',
    { table: [service('192.0.2.1', [server('127.0.0.1', { forwarding: 'masquerade' })])] },
    {},
    expect.stringMatching(/^nat-to-loopback: /),
  ],
  [
    'an unanswered connection beside a new one to another server',
    {
      table: [service('192.0.2.1', [server('10.0.0.2'), server('10.0.0.3')])],
      connections: {
        ...NO_CONNECTIONS,
        servers: new Map([
          ['tcp 10.0.0.2 80', { total: 1, unanswered: 1, stale: 1 }],
          ['tcp 10.0.0.3 80', { total: 1, unanswered: 1, stale: 0 }],
        ]),
      },
    },
    {},
    expect.stringMatching(/^no-answers: on 10\.0\.0\.2: /),
  ],
  [
    'unanswered connections',
    {
      table: healthy,
      connections: {
        ...NO_CONNECTIONS,
        servers: new Map([['tcp 10.0.0.2 80', { total: 2, unanswered: 2, stale: 1 }]]),
      },
    },
    {},
    expect.stringMatching(/^no-answers: on 10\.0\.0\.2: a tunnel interface/),
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
]

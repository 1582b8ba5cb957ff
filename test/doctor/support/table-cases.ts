// Faults of the table of a director, by the checks of the table, modules, settings and sync daemons.
import { expect } from '@jest/globals'
import { NO_CONNECTIONS } from '../../../lib/doctor/facts/connections.ts'
import { parseAddress } from '../../../lib/model/address.ts'
import { UnavailableError } from '../../../lib/model/errors.ts'
import { daemon, type FoundCase, healthy, local, network, server, service } from './director.ts'

export const TABLE_CASES: readonly FoundCase[] = [
  [
    'a table elsewhere',
    { elsewhere: ['ingress_sbox', '4711'] },
    {},
    'table-elsewhere: ipvsadm doctor --netns ingress_sbox',
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
    'a connection table that has grown as far as it may',
    { buckets: 4096, connections: { ...NO_CONNECTIONS, total: 40000 } },
    {
      '/proc/sys/net/ipv4/vs/conn_lfactor': '-4\n',
      '/sys/module/ip_vs/parameters/conn_tab_bits': '12\n',
    },
    'connection-table-small: add to the files of /etc/modprobe.d the line "options ip_vs conn_tab_bits=16", which takes effect when ip_vs is next loaded',
  ],
  [
    'a connection table that has grown beyond the limit of older kernels',
    { buckets: 2 ** 20, connections: { ...NO_CONNECTIONS, total: 5_000_000 } },
    {
      '/proc/sys/net/ipv4/vs/conn_lfactor': '-4\n',
      '/sys/module/ip_vs/parameters/conn_tab_bits': '20\n',
    },
    'connection-table-small: add to the files of /etc/modprobe.d the line "options ip_vs conn_tab_bits=23", which takes effect when ip_vs is next loaded',
  ],
  [
    'a connection table that is kept small',
    { buckets: 4096, connections: { ...NO_CONNECTIONS, total: 20000 } },
    {
      '/proc/sys/net/ipv4/vs/conn_lfactor': '3\n',
      '/sys/module/ip_vs/parameters/conn_tab_bits': '20\n',
    },
    'connection-table-small: sysctl -w net.ipv4.vs.conn_lfactor=0',
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
    'a configured sync daemon that does not run',
    { table: healthy },
    { '/etc/default/ipvsadm': 'AUTO="true"\nDAEMON="master"\nIFACE="eth7"\n' },
    'sync-daemon-missing: ipvsadm --start-daemon master --mcast-interface eth7 --syncid 0',
  ],
]

// Each fault, made in the test kernel, and the doctor's finding.

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Guest, INSTALLED_KERNEL, type Namespace } from '../support/guest.ts'
import { install, installed, installedPath } from '../support/install.ts'
import { LAUNCHER_NAMES, type Launcher, launcherOf } from '../support/launchers.ts'
import { until } from '../support/until.ts'
import { LAB } from './doctor-lab.ts'

/** A row for each case of a table, with its launcher. */
const launched = (cases: readonly (readonly [id: string, fault: string])[]) =>
  cases.map(([id, fault], i) => [id, launcherOf(i), fault] as const)

let guest: Guest

beforeAll(async () => {
  guest = await Guest.start()
  await install(guest)
})

afterAll(async () => {
  await guest?.stop()
})

/** A director that lacks nothing: its address, a route to its server, and settings without a finding. */
const HEALTHY = `
printf '%s\\n' 'link add lan type veth peer name other' 'link set lan up' 'link set other up' \\
  'address add 192.0.2.1/24 dev lan' | ip -batch -
printf '%s\\n' '-A -t 192.0.2.1:80 -s rr' '-a -t 192.0.2.1:80 -r 192.0.2.10 -i' | ipvsadm -R
sysctl -q -w net.ipv4.vs.expire_nodest_conn=1`

/** A client that calls the service once and stays, and the real server that it reaches. */
const CONNECTION = `perl -e '
use IO::Socket::INET;
my $server = IO::Socket::INET->new(Listen => 5, LocalAddr => "192.0.2.1", LocalPort => 8080) or die;
if (fork) { my $client = IO::Socket::INET->new("192.0.2.1:80") or die; exit }
close STDOUT; close STDERR; my $call = $server->accept; sleep'`

async function shell(where: Namespace, script: string): Promise<void> {
  const { status, stderr } = await where.run(['sh', '-e', '-c', script], { env: { PATH: installedPath() } })
  expect({ status, stderr: stderr.toString() }).toEqual({ status: 0, stderr: '' })
}

interface Report {
  readonly status: number
  readonly findings: readonly { readonly id: string; readonly severity: string; readonly fix: string }[]
}

interface Manner {
  readonly launcher?: Launcher
  /** Words before the command. */
  readonly prefix?: readonly string[]
  readonly options?: readonly string[]
}

async function doctor(
  where: Namespace | Guest,
  { launcher, prefix = [], options = [] }: Manner = {},
): Promise<Report> {
  const { status, stdout, stderr } = await where.run([...prefix, 'ipvsadm', 'doctor', '--json', ...options], {
    env: { PATH: installedPath(launcher) },
  })
  expect(stderr.toString()).toBe('')
  return { status, findings: JSON.parse(stdout.toString()).findings }
}

const ids = ({ findings }: Report) => findings.map(({ id }) => id)

describe('the doctor', () => {
  it('finds nothing on a healthy director', async () => {
    const director = await guest.namespace()
    await shell(director, HEALTHY)
    for (const launcher of LAUNCHER_NAMES) {
      expect(await doctor(director, { launcher })).toEqual({ status: 0, findings: [] })
    }
    const { stdout } = await director.run(['ipvsadm', 'doctor'], { env: { PATH: installedPath() } })
    expect(stdout.toString()).toBe('nothing found: 1 service, 0 connections\n')
  })

  it.each(
    launched([
      ['forwarding-off', 'ipvsadm -e -t 192.0.2.1:80 -r 192.0.2.10 -m; sysctl -q -w net.ipv4.ip_forward=0'],
      ['server-unreachable', 'ip route add blackhole 192.0.2.10'],
      ['server-unreachable', 'ip route add unreachable 192.0.2.10'],
      ['server-unreachable', 'ip route add prohibit 192.0.2.10'],
      ['address-not-local', 'ip address del 192.0.2.1/24 dev lan; ip address add 192.0.2.2/24 dev lan'],
      ['server-unreachable', 'ipvsadm -a -t 192.0.2.1:80 -r 198.51.100.9 -i'],
      ['no-servers', 'ipvsadm -A -t 192.0.2.1:443'],
      ['all-weights-zero', 'ipvsadm -e -t 192.0.2.1:80 -r 192.0.2.10 -i -w 0'],
      [
        'all-servers-full',
        `sysctl -q -w net.ipv4.ip_forward=1
       ipvsadm -d -t 192.0.2.1:80 -r 192.0.2.10; ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.1:8080 -m -x 1; ${CONNECTION}`,
      ],
      [
        'threshold-reached',
        `ipvsadm -d -t 192.0.2.1:80 -r 192.0.2.10; ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.1:8080 -m -x 1; ${CONNECTION}
       ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.10 -i`,
      ],
      [
        'quiescent-templates',
        `ipvsadm --set 7200 0 0
       ipvsadm -E -t 192.0.2.1:80 -s rr -p; ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.11 -i -w 0
       sysctl -q -w net.ipv4.vs.expire_quiescent_template=0`,
      ],
      ['large-receive-offload', 'modprobe bonding; ip link add bond9 type bond; ip link set bond9 up'],
      [
        'tunnel-mtu',
        `ip link add near type veth peer name far; ip link set near up mtu 1400; ip address add 198.51.100.1/24 dev near
       ipvsadm -d -t 192.0.2.1:80 -r 192.0.2.10; ipvsadm -a -t 192.0.2.1:80 -r 198.51.100.9 -i`,
      ],
      ['sloppy-tcp', 'sysctl -q -w net.ipv4.vs.sloppy_tcp=1'],
      ['sloppy-sctp', 'sysctl -q -w net.ipv4.vs.sloppy_sctp=1'],
      ['port-reuse-sticks', 'sysctl -q -w net.ipv4.vs.conn_reuse_mode=0'],
      ['nat-to-loopback', 'ipvsadm -a -t 192.0.2.1:80 -r 127.0.0.1:80 -m'],
      [
        'hashing-without-fallback',
        'ipvsadm -E -t 192.0.2.1:80 -s mh; ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.11 -i -w 0',
      ],
      [
        'backup-balances',
        `ip address add 192.0.2.10/24 dev lan; ipvsadm -e -t 192.0.2.1:80 -r 192.0.2.10 -g
       ipvsadm --start-daemon backup --mcast-interface lan`,
      ],
      [
        'sync-daemons-ids',
        `ipvsadm --start-daemon backup --mcast-interface lan --syncid 1
       ipvsadm --start-daemon master --mcast-interface lan --syncid 2`,
      ],
      [
        'sync-interface-without-multicast',
        'ipvsadm --start-daemon master --mcast-interface lan; ip link set lan multicast off',
      ],
    ]),
  )('finds %s (%s)', async (id, launcher, fault) => {
    const director = await guest.namespace()
    await shell(director, `${HEALTHY}\n${fault}`)
    const report = await doctor(director, { launcher })
    expect(ids(report)).toEqual([id])
    expect(report.status).toBe(1)
  })

  it.each(
    launched([
      ['direct-routing-arp', 'ipvsadm -e -t 192.0.2.1:80 -r 192.0.2.10 -g'],
      ['established-timeout', 'ipvsadm -E -t 192.0.2.1:80 -s rr -p'],
      [
        'service-of-all-ports',
        `ipvsadm --set 7200 0 0; ipvsadm -A -t 192.0.2.1:0 -s rr -p; ipvsadm -a -t 192.0.2.1:0 -r 192.0.2.10 -i`,
      ],
      ['connections-of-removed-servers', 'sysctl -q -w net.ipv4.vs.expire_nodest_conn=0'],
    ]),
  )('reports %s as a note, with status 0 (%s)', async (id, launcher, fault) => {
    const director = await guest.namespace()
    await shell(director, `${HEALTHY}\n${fault}`)
    const report = await doctor(director, { launcher })
    expect(ids(report)).toEqual([id])
    expect(report.status).toBe(0)
  })

  it('notes that the table is in another namespace, and its fix goes there', async () => {
    const empty = await guest.namespace()
    await shell(empty, 'ip netns add director; ip netns exec director ipvsadm -A -t 192.0.2.1:80')
    const report = await doctor(empty)
    expect(ids(report)).toEqual(['table-elsewhere'])
    const { stdout } = await empty.run(
      ['sh', '-c', `${report.findings[0]!.fix} || true; ip netns del director`],
      {
        env: { PATH: installedPath('node') },
      },
    )
    expect(stdout.toString()).toMatch(/^(error|warning|note): /)
  })

  it('has a fix that removes the problem', async () => {
    const director = await guest.namespace()
    await shell(director, `${HEALTHY}\nipvsadm -e -t 192.0.2.1:80 -r 192.0.2.10 -i -w 0`)
    const { findings } = await doctor(director)
    await shell(director, findings[0]!.fix)
    expect(await doctor(director)).toEqual({ status: 0, findings: [] })
  })

  it('has fixes as a script that removes the problems', async () => {
    const director = await guest.namespace()
    await shell(
      director,
      `${HEALTHY}
       ipvsadm -e -t 192.0.2.1:80 -r 192.0.2.10 -i -w 0; sysctl -q -w net.ipv4.vs.sloppy_tcp=1
       ipvsadm doctor --fix > /tmp/fix || sh /tmp/fix > /dev/null; rm /tmp/fix`,
    )
    expect(await doctor(director)).toEqual({ status: 0, findings: [] })
  })

  it.each([
    ['a user', ['setpriv', '--reuid', '65534', '--clear-groups'], 'sudo'],
    [
      'root without CAP_NET_ADMIN',
      ['setpriv', '--bounding-set=-net_admin,-sys_module', '--inh-caps=-net_admin,-sys_module'],
      'CAP_NET_ADMIN',
    ],
  ])('finds that %s has no permission', async (_name, prefix, fix) => {
    const director = await guest.namespace()
    await shell(director, HEALTHY)
    for (const launcher of LAUNCHER_NAMES) {
      const report = await doctor(director, { launcher, prefix })
      expect(ids(report)).toEqual(['no-permission'])
      expect(report.findings[0]!.fix).toContain(fix)
    }
  })

  it('finds a scheduler of the saved rules that the kernel does not have, and a sync daemon that does not run', async () => {
    const director = await guest.namespace()
    await shell(
      director,
      `${HEALTHY}
       echo '-A -t 192.0.2.1:80 -s twos' > /etc/ipvsadm.rules
       echo 'DAEMON="backup"
IFACE="lan"' > /etc/default/ipvsadm`,
    )
    expect(ids(await doctor(director))).toEqual(['scheduler-missing', 'sync-daemon-missing'])
    await shell(director, 'ipvsadm --start-daemon backup --mcast-interface lan; rm /etc/ipvsadm.rules')
    expect(ids(await doctor(director))).toEqual([])
    await shell(director, 'ipvsadm --stop-daemon backup; rm /etc/default/ipvsadm')
  })

  it('finds a sync daemon with another id than the configured one, and starts it anew', async () => {
    const director = await guest.namespace()
    await shell(
      director,
      `${HEALTHY}
       printf "DAEMON='master'\\nIFACE='lan'\\nSYNCID='7'\\n" > /etc/default/ipvsadm
       ipvsadm --start-daemon master --mcast-interface lan`,
    )
    const report = await doctor(director)
    expect(ids(report)).toEqual(['sync-daemon-different'])
    await shell(director, report.findings[0]!.fix)
    expect(ids(await doctor(director))).toEqual([])
    await shell(director, 'ipvsadm --stop-daemon master; rm /etc/default/ipvsadm')
  })

  it('finds servers whose answers do not come back', async () => {
    const { status, stdout, stderr } = await guest.run(
      [
        'sh',
        '-c',
        `${LAB}
         ip -n s1 route del default
         ip -n d address add 192.0.2.1/32 dev lo
         director ipvsadm -A -t 192.0.2.1:80 -s rr; director ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11:80 -m
         ask c 192.0.2.1 80 4; ask c 192.0.2.1 80 4; sleep 3 # an entry counts when it has waited for two seconds
         director ipvsadm doctor --json || status=$?; clear; exit $status`,
      ],
      { env: { PATH: installedPath() } },
    )
    expect(stderr.toString()).toBe('')
    const { findings } = JSON.parse(stdout.toString().replace(/^[^{]*/, ''))
    expect({ status, findings }).toEqual({
      status: 1,
      findings: [expect.objectContaining({ id: 'no-answers', severity: 'warning', manual: true })],
    })
  })

  it('finds that answers come in by an interface that drops them, and has the fix', async () => {
    const { status, stdout, stderr } = await guest.run(
      [
        'sh',
        '-c',
        `${LAB}
         ip link add e2 netns s1 type veth peer name back netns d
         ip -n s1 address add 10.0.1.2/24 dev e2; ip -n s1 link set e2 up
         ip -n d address add 10.0.1.1/24 dev back; ip -n d link set back up
         ip -n s1 route replace default via 10.0.1.1
         inside s1 sysctl -q -w net.ipv4.conf.all.arp_announce=2
         director sysctl -q -w net.ipv4.conf.back.rp_filter=1
         ip -n d address add 192.0.2.1/32 dev lo
         director ipvsadm -A -t 192.0.2.1:80 -s rr; director ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11:80 -m
         ask c 192.0.2.1 80 4; ask c 192.0.2.1 80 4; sleep 3 # an entry counts when it has waited for two seconds
         director ipvsadm doctor --json || true
         director sysctl -q -w net.ipv4.conf.back.rp_filter=2
         ask c 192.0.2.1 80; clear`,
      ],
      { env: { PATH: installedPath() } },
    )
    expect({ status, stderr: stderr.toString() }).toEqual({ status: 0, stderr: '' })
    const [, json = '', rest] = /(\{.*^\})(.*)/ms.exec(stdout.toString()) ?? []
    const { findings } = JSON.parse(json)
    expect(findings[0]).toMatchObject({
      id: 'strict-reverse-path',
      fix: 'sysctl -w net.ipv4.conf.back.rp_filter=2',
    })
    expect(rest).toContain('answered')
  })

  it.each(LAUNCHER_NAMES)('tries connections to the servers (%s)', async (launcher) => {
    const { status, stdout, stderr } = await guest.run(
      [
        'sh',
        '-c',
        `${LAB}
         ip -n d address add 192.0.2.1/32 dev lo
         ip -n s2 link set e down
         printf '%s\\n' '-A -t 192.0.2.1:80 -s rr' '-a -t 192.0.2.1:80 -r 10.0.0.11:80 -m' \
           '-a -t 192.0.2.1:80 -r 10.0.0.11:81 -m' '-a -t 192.0.2.1:80 -r 10.0.0.12:80 -m' \
           '-a -t 192.0.2.1:80 -r 10.0.0.12:81 -m -w 0' | director ipvsadm -R
         director ${installed(launcher)}/ipvsadm doctor --json --probe --timeout 60 || status=$?; clear; exit $status`,
      ],
      { env: { PATH: installedPath() } },
    )
    expect(stderr.toString()).toBe('')
    const { findings } = JSON.parse(stdout.toString())
    expect(status).toBe(1)
    expect(findings.map(({ id, evidence }: { id: string; evidence: string }) => [id, evidence])).toEqual([
      [
        'server-does-not-answer',
        '-t 192.0.2.1:80 -r 10.0.0.12:80; a connection from here: No route to host (EHOSTUNREACH)',
      ],
      [
        'server-does-not-answer',
        '-t 192.0.2.1:80 -r 10.0.0.11:81; a connection from here: Connection refused (ECONNREFUSED)',
      ],
    ])
  })

  it('gives a connection up after the time that is given', async () => {
    const director = await guest.namespace()
    // The neighbour is known but does not exist: packets are sent and no answer comes.
    await shell(
      director,
      `${HEALTHY}
       sysctl -q -w net.ipv4.ip_forward=1
       ipvsadm -e -t 192.0.2.1:80 -r 192.0.2.10 -m; ip neigh add 192.0.2.10 lladdr 02:00:00:00:00:99 dev lan`,
    )
    const { status, findings } = await doctor(director, { options: ['--probe', '--timeout', '0.5'] })
    expect([status, findings.map(({ id }) => id)]).toEqual([1, ['server-does-not-answer']])
    expect(ids(await doctor(director))).toEqual([])
  })

  it('runs the programs that list the packet filter, and finds that it drops requests', async () => {
    // Debian's test kernels have no other packet filter for IPv4, and from Linux 7.2 not this one either.
    const filtering = await Guest.start({ kernel: INSTALLED_KERNEL })
    try {
      await install(filtering)
      const director = await filtering.namespace()
      const modules = 'for module in iptable_filter xt_tcpudp; do modprobe $module; done'
      await shell(director, `${HEALTHY}\n${modules}\niptables-legacy -P INPUT DROP`)
      const report = await doctor(director)
      expect(ids(report)).toEqual(['firewall-drops-requests'])
      expect(await doctor(director, { launcher: 'node' })).toEqual(report)
      // The fix, with the program that works in this kernel.
      const rule = /iptables -I INPUT .*/.exec(report.findings[0]!.fix)![0]
      await shell(director, rule.replace('iptables', 'iptables-legacy'))
      expect(ids(await doctor(director))).toEqual([])
    } finally {
      await filtering.stop()
    }
  })

  it('finds a small connection table', async () => {
    const director = await guest.namespace()
    const factor = '/proc/sys/net/ipv4/vs/conn_lfactor'
    // A table that grows is kept small, at eight connections a bucket, and gets the more than four that count.
    await shell(
      director,
      `${HEALTHY}
       [ ! -e ${factor} ] || echo 3 >${factor}
       ipvsadm -A -u 192.0.2.1:53 -s rr; ipvsadm -a -u 192.0.2.1:53 -r 192.0.2.10 -i
       ipvsadm -Ln | perl -MSocket -e '
         my ($size) = <STDIN> =~ /size=(\\d+)/ or die "no size\\n";
         for my $port (10000 .. 10100 + 4 * $size) {
           socket my $client, PF_INET, SOCK_DGRAM, 17 or die "$!\\n";
           bind $client, pack_sockaddr_in $port, inet_aton "192.0.2.1" or die "$!\\n";
           send $client, "x", 0, pack_sockaddr_in 53, inet_aton "192.0.2.1" or die "$!\\n";
         }'`,
    )
    const { findings } = await doctor(director)
    const resizable = (await director.run(['test', '-e', factor])).status === 0
    expect(findings.map(({ id, fix }) => [id, fix])).toEqual([
      [
        'connection-table-small',
        resizable
          ? 'sysctl -w net.ipv4.vs.conn_lfactor=0'
          : 'add to the files of /etc/modprobe.d the line "options ip_vs conn_tab_bits=15", which takes effect when ip_vs is next loaded',
      ],
    ])
    if (!resizable) return
    await shell(director, findings[0]!.fix.replace('sysctl', 'sysctl -q'))
    await until(async () => ids(await doctor(director)).length === 0)
  })

  it('finds a missing ip_vs', async () => {
    // The module goes only when no namespace has a service any more; and it must not come back when it is asked for.
    const bare = await Guest.start()
    try {
      await install(bare)
      const { status } = await bare.run(['sh', '-c', 'rmmod ip_vs && mount -t tmpfs none /lib/modules'])
      expect(status).toBe(0)
      for (const launcher of LAUNCHER_NAMES) {
        const report = await doctor(bare, { launcher })
        expect(ids(report)).toEqual(['no-module'])
        expect(report.findings[0]!.fix).toBe('modprobe ip_vs')
      }
    } finally {
      await bare.stop()
    }
  })
})

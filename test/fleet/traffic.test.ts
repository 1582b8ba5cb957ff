// Traffic through a director of a fleet in the test kernel, while revisions are pushed, its agent is killed in the middle of
// them, and etcd goes away: every request is answered.
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { AgentLab, perl } from '../kernel/agent-lab.ts'

/** A request every so many milliseconds, until the file `enough` is there; prints how many there were, and failed. */
const CLIENT = `use IO::Socket::INET; use Time::HiRes qw(sleep); my ($requests, $failed) = (0, 0);
  until (-e "/run/balancer/enough") {
      my $text = "";
      my $socket = IO::Socket::INET->new(PeerAddr => "192.0.2.80:80", Timeout => 20);
      if ($socket) { print $socket "GET / HTTP/1.0\\r\\n\\r\\n"; local $/; $text = <$socket> // "" }
      $requests++; $failed++ unless $text =~ m{^HTTP/1.. 200 };
      sleep($ARGV[0] / 1000);
  }
  print "$requests $failed\\n";`

const F = '/run/balancer'
/** The weights of both servers are one number, which tells the revisions apart. */
const rules = (weight: number) =>
  [
    '-A -t 192.0.2.80:80 -s wrr',
    `-a -t 192.0.2.80:80 -r 198.51.100.11:8081 -m -w ${weight}`,
    `-a -t 192.0.2.80:80 -r 198.51.100.12:8081 -m -w ${weight}`,
  ].join('\\n')

let lab: AgentLab
const type = (machine: string, typed: string) => lab.type(machine, typed)
const push = (weight: number) =>
  type(
    'director',
    `printf -- '${rules(weight)}\\n' >${F}/rules; node /opt/resident/bin/ipvsadm fleet push ${F}/rules --group web >/dev/null`,
  )
const has = (weight: number) =>
  type('director', `until [ $(grep -c 'Masq *${weight} ' /proc/net/ip_vs) = 2 ]; do sleep 0.02; done`)
const agent = () =>
  type(
    'director',
    `ipvsadm-agent run --config ${F}/agent.yaml >>${F}/log 2>&1 </dev/null & echo $! >${F}/pid`,
  )

beforeAll(async () => {
  lab = await AgentLab.start()
  await type(
    'director',
    `etcd --data-dir ${F}/etcd --log-level error >${F}/etcd.log 2>&1 </dev/null & echo $! >${F}/etcd.pid
     until ETCDCTL_API=3 etcdctl endpoint health >/dev/null 2>&1; do sleep 0.2; done`,
  )
  const yaml = ['rules:', '  etcd:', '    groups: [web]', '    name: lb1', `    copy: ${F}/copy`]
  const more = [`socket: ${F}/socket`, `state: ${F}/state`, 'interval: 500ms']
  await type(
    'director',
    `printf '%s\\n' ${[...yaml, ...more].map((line) => `'${line}'`).join(' ')} >${F}/agent.yaml`,
  )
  await push(10)
  await agent()
  await has(10)
})
afterAll(async () => {
  await lab?.stop()
})

it('goes on through pushes, the death of the agent, and that of etcd', async () => {
  await type(
    'client',
    `(exec ${perl(CLIENT, 20)} >${F}/counts) </dev/null 2>${F}/errors & echo $! >${F}/client`,
  )
  for (const weight of [11, 12, 13]) {
    await push(weight)
    await has(weight)
  }
  // Killed while the revision comes.
  await type('director', `kill -9 $(cat ${F}/pid)`)
  await push(14)
  await agent()
  await has(14)
  await type('director', `kill -9 $(cat ${F}/etcd.pid) $(cat ${F}/pid)`)
  await agent()
  await type('director', `until grep -q 'from=copy' ${F}/log; do sleep 0.1; done`)
  await has(14)
  await type('client', `touch ${F}/enough; while kill -0 $(cat ${F}/client) 2>/dev/null; do sleep 0.1; done`)
  const [requests = 0, failed] = (await type('client', `cat ${F}/errors ${F}/counts`)).split(' ').map(Number)
  expect(requests).toBeGreaterThan(50)
  expect(failed).toBe(0)
})

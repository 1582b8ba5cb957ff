// Traffic through the three directors of a fleet in the test kernel, while revisions are pushed and rolled out and fail,
// agents are killed, and etcd goes away: every request is answered.
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { perl } from '../kernel/agent-lab.ts'
import { ENDPOINT, FleetLab, NUMBERS } from './support/fleet-lab.ts'

/** A request every so many milliseconds, until the file `enough` is there; prints how many there were, and failed. */
const CLIENT = `use IO::Socket::INET; use Time::HiRes qw(sleep); my ($requests, $failed) = (0, 0);
  until (-e "/run/fleet/enough") {
      my $text = "";
      my $socket = IO::Socket::INET->new(PeerAddr => "192.0.2.80:80", Timeout => 20);
      if ($socket) { print $socket "GET / HTTP/1.0\\r\\n\\r\\n"; local $/; $text = <$socket> // "" }
      $requests++; $failed++ unless $text =~ m{^HTTP/1.. 200 };
      sleep($ARGV[0] / 1000);
  }
  print "$requests $failed\\n";`

const F = '/run/fleet'
/** The weights of both servers are one number, which tells the revisions apart. */
const rules = (weight: number, scheduler: string) =>
  [
    `-A -t 192.0.2.80:80 -s ${scheduler}`,
    `-a -t 192.0.2.80:80 -r 198.51.100.11:8081 -m -w ${weight}`,
    `-a -t 192.0.2.80:80 -r 198.51.100.12:8081 -m -w ${weight}`,
  ].join('\\n')

let lab: FleetLab
const type = (machine: string, typed: string) => lab.type(machine, typed)
const each = async (typed: (n: number) => string, of: readonly number[] = NUMBERS) => {
  for (const n of of) await type(`lb${n}`, typed(n))
}

const etcd = () =>
  type(
    'etcd',
    `etcd --data-dir ${F}/etcd --log-level error --listen-client-urls ${ENDPOINT} --advertise-client-urls ${ENDPOINT} >>${F}/etcd.log 2>&1 </dev/null &
     echo $! >${F}/etcd.pid
     until ETCDCTL_API=3 etcdctl --endpoints ${ENDPOINT} endpoint health >/dev/null 2>&1; do sleep 0.2; done`,
  )
/** `ipvsadm fleet` with these words. */
const fleet = (words: string) => lab.tried('etcd', `ipvsadm fleet ${words} --endpoints ${ENDPOINT}`)
const tryPush = (weight: number, words = '', scheduler = 'wrr') => {
  const file = `printf -- '${rules(weight, scheduler)}\\n' >${F}/rules`
  return lab.tried(
    'etcd',
    `${file}; ipvsadm fleet push ${F}/rules --group web --endpoints ${ENDPOINT} ${words}`,
  )
}
/** A push that must be done: nobody waits for rules that do not come. */
const push = async (weight: number) => expect(await tryPush(weight)).toMatchObject({ status: 0 })
const has = (weight: number, of?: readonly number[]) =>
  each(() => `until [ $(grep -c 'Masq *${weight} ' /proc/net/ip_vs) = 2 ]; do sleep 0.02; done`, of)
const kill = (n: number) => type(`lb${n}`, `kill -9 $(cat ${F}/pid${n})`)
const run = (n: number) =>
  type(
    `lb${n}`,
    `ipvsadm-agent run --config ${F}/agent${n}.yaml >>${F}/log${n} 2>&1 </dev/null & echo $! >${F}/pid${n}`,
  )

beforeAll(async () => {
  lab = await FleetLab.start()
  await type('etcd', `mkdir ${F}`)
  await etcd()
  for (const n of NUMBERS) {
    const yaml = ['rules:', '  etcd:', '    groups: [web]', `    name: lb${n}`, `    copy: ${F}/copy${n}`]
    const more = [`    endpoints: ["${ENDPOINT}"]`, `socket: ${F}/socket${n}`, `state: ${F}/state${n}`]
    await type(
      `lb${n}`,
      `printf '%s\\n' ${[...yaml, ...more].map((line) => `'${line}'`).join(' ')} >${F}/agent${n}.yaml`,
    )
  }
  await push(10)
  for (const n of NUMBERS) await run(n)
  await has(10)
})
afterAll(async () => {
  await lab?.stop()
})

it('goes on through pushes, rollouts, a canary that fails, the death of agents, and that of etcd', async () => {
  for (const n of NUMBERS) {
    await type(
      `client${n}`,
      `(exec ${perl(CLIENT, 50)} >${F}/counts${n}) </dev/null 2>${F}/errors${n} & echo $! >${F}/client${n}`,
    )
  }
  await push(11)
  await has(11)
  // All are known, so that the waves have all of them.
  await type(
    'etcd',
    `until [ $(ipvsadm fleet status --endpoints ${ENDPOINT} | grep -c ' current ') = 3 ]; do sleep 0.2; done`,
  )
  const rolled = await tryPush(12, '--canary 1 --wait 500ms')
  expect(rolled).toMatchObject({ status: 0, output: expect.stringMatching(/wave 2 of 2: lb2, lb3\n/) })
  await has(12)
  const failed = await tryPush(13, '--canary 1 --wait 500ms', 'nosuch')
  expect(failed).toMatchObject({
    status: 1,
    output: expect.stringMatching(/failed: lb1: .*nosuch: ENOENT; /),
  })
  await has(12)
  expect(await fleet('rollback 2')).toMatchObject({ status: 0 })
  await has(11)
  // Killed while the revision comes.
  await kill(1)
  await push(14)
  await run(1)
  await has(14)
  await type('etcd', `kill -9 $(cat ${F}/etcd.pid)`)
  await kill(2)
  await run(2)
  await type('lb2', `until grep -q 'from=copy' ${F}/log2; do sleep 0.1; done`)
  await has(14)
  await etcd()
  await push(15)
  await has(15)
  await type('etcd', `touch ${F}/enough`)
  for (const n of NUMBERS) {
    await type(`client${n}`, `while kill -0 $(cat ${F}/client${n}) 2>/dev/null; do sleep 0.1; done`)
    const counts = await type(`client${n}`, `cat ${F}/errors${n} ${F}/counts${n}`)
    const [requests = 0, failures] = counts.split(' ').map(Number)
    expect([n, failures]).toEqual([n, 0])
    expect(requests).toBeGreaterThan(50)
  }
})

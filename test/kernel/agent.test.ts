// The agent at work in the test kernel: the tutorial's NAT balancer, whose servers die, hang, answer 500 and come back,
// under requests.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { AgentLab, perl } from './agent-lab.ts'

/** Asks ARGV[0] times; prints the answers, each with its number. */
const CLIENT = `use IO::Socket::INET; my %seen;
  for (1 .. $ARGV[0]) {
      my $answer = "failed";
      my $server = IO::Socket::INET->new(PeerAddr => "192.0.2.80:80", Timeout => 5);
      if ($server) { print $server "GET / HTTP/1.0\\r\\n\\r\\n"; my @lines = <$server>; $answer = $lines[-1] if @lines && $lines[0] =~ / 200 /; chomp $answer }
      $seen{$answer}++;
  }
  print map { "$_ $seen{$_}\\n" } sort keys %seen;`

const RULES = [
  '-A -t 192.0.2.80:80 -s rr',
  '-a -t 192.0.2.80:80 -r 198.51.100.11:8081 -m -w 10',
  '-a -t 192.0.2.80:80 -r 198.51.100.12:8081 -m -w 10',
]
const CONFIG = [
  'rules: /run/balancer/rules',
  'socket: /run/balancer/socket',
  'state: /run/balancer/state',
  'interval: 1s',
  'check:',
  '  kind: http',
  '  interval: 500ms',
  '  timeout: 300ms',
  '  rise: 2',
  '  fall: 2',
]

let lab: AgentLab

const type = (machine: string, typed: string) => lab.type(machine, typed)
const log = '/run/balancer/log'
const count = async (event: string) => Number(await type('director', `grep -c event=${event} ${log} || true`))
/** Waits until there is one more line of the event than before. */
const next = (event: string, before: number) =>
  type('director', `until [ $(grep -c event=${event} ${log}) -gt ${before} ]; do sleep 0.05; done`)
/** Waits until the servers have these weights. */
const weights = (one: number, two: number) =>
  type(
    'director',
    `until [ "$(ipvsadm -Sn | sed -n 's/.*-r 198.51.100.\\(1[12]\\):8081 .* -w /\\1 /p' | sort | tr '\\n' ,)" = "11 ${one},12 ${two}," ]; do sleep 0.05; done`,
  )
const ask = (times: number) => type('client', perl(CLIENT, times))
const start = () =>
  type(
    'director',
    `ipvsadm-agent run --config /run/balancer/agent.yaml >>${log} 2>&1 & echo $! >/run/balancer/pid`,
  )

beforeAll(async () => {
  lab = await AgentLab.start()
  const lines = (texts: readonly string[]) => texts.map((text) => `'${text}'`).join(' ')
  await type('director', `printf '%s\\n' ${lines(RULES)} >/run/balancer/rules`)
  await type('director', `printf '%s\\n' ${lines(CONFIG)} >/run/balancer/agent.yaml; : >${log}`)
  await start()
  await weights(10, 10)
})

afterAll(async () => {
  await lab?.stop()
})

describe('the agent', () => {
  it('balances', async () => {
    expect(await ask(20)).toBe('web1 10\nweb2 10\n')
  })

  it.each(['dead', '500', 'hang'])('takes a server that is %s away, and brings it back', async (mode) => {
    await type('web1', `echo ${mode} >/run/mode-web1`)
    await weights(0, 10)
    expect(await ask(200)).toBe('web2 200\n')
    await type('web1', 'echo ok >/run/mode-web1')
    await weights(10, 10)
    expect(await ask(20)).toBe('web1 10\nweb2 10\n')
  })

  it('is killed with its servers in use, and sends none of them away when it starts again', async () => {
    const before = await count('ready')
    await type('director', 'kill -9 $(cat /run/balancer/pid)')
    const changes = await count('table-changed')
    await start()
    expect(await ask(200)).toBe('web1 100\nweb2 100\n')
    await next('ready', before)
    expect(await ask(200)).toBe('web1 100\nweb2 100\n')
    expect(await count('table-changed')).toBe(changes)
  })

  it('takes a server away that died while the agent did not run', async () => {
    await type('director', 'kill -9 $(cat /run/balancer/pid)')
    await type('web2', 'echo dead >/run/mode-web2')
    await start()
    await weights(10, 0)
    expect(await ask(100)).toBe('web1 100\n')
    await type('web2', 'echo ok >/run/mode-web2')
    await weights(10, 10)
  })

  it('puts a table back that somebody has cleared', async () => {
    await type('director', 'ipvsadm -C')
    await weights(10, 10)
    expect(await ask(20)).toBe('web1 10\nweb2 10\n')
  })
})

// The agent at work in the test kernel: the tutorial's NAT balancer, whose servers die, hang, answer 500 and come back,
// under requests.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { installed } from '../support/install.ts'
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

const rules = (one: number, two: number) => [
  '-A -t 192.0.2.80:80 -s rr',
  `-a -t 192.0.2.80:80 -r 198.51.100.11:8081 -m -w ${one}`,
  `-a -t 192.0.2.80:80 -r 198.51.100.12:8081 -m -w ${two}`,
]
const CONFIG = [
  'rules: /run/balancer/rules',
  'state: /run/balancer/state',
  'interval: 1s',
  'check:',
  '  kind: http',
  '  interval: 1s',
  // On a busy machine a server here takes some hundred milliseconds, and one verdict too many fails a test.
  '  timeout: 900ms',
  '  rise: 2',
  '  fall: 3',
]

let lab: AgentLab

const type = (machine: string, typed: string) => lab.type(machine, typed)
const log = '/run/balancer/log'
const count = async (event: string) => Number(await type('director', `grep -c event=${event} ${log} || true`))
/** Waits until there is one more line of the event than before. */
const next = (event: string, before: number) =>
  lab.until(`[ $(grep -c event=${event} ${log}) -gt ${before} ]`, log)
/** Waits until the servers have these weights. */
const weights = (one: number, two: number) =>
  lab.until(`[ "$(ipvsadm -Sn | sort)" = '${rules(one, two).toSorted().join('\n')}' ]`, log)
const ask = (times: number) => type('client', perl(CLIENT, times))
const start = () =>
  type(
    'director',
    `ipvsadm-agent run --config /run/balancer/agent.yaml >>${log} 2>&1 & echo $! >/run/balancer/pid`,
  )
/** Ends the agent with a signal. */
const end = (signal: string) =>
  type(
    'director',
    `pid=$(cat /run/balancer/pid); kill -${signal} $pid; while kill -0 $pid; do sleep 0.05; done 2>&-`,
  )

beforeAll(async () => {
  lab = await AgentLab.start()
  await type('director', 'mkdir -p /run/ipvsadm')
  const lines = (texts: readonly string[]) => texts.map((text) => `'${text}'`).join(' ')
  await type('director', `printf '%s\\n' ${lines(rules(10, 10))} >/run/balancer/rules`)
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

  it.each(['dead', '500', 'hang', 'drip'])('takes a server (%s) away, and brings it back', async (mode) => {
    await type('web1', `echo ${mode} >/run/mode-web1`)
    await weights(0, 10)
    expect(await ask(200)).toBe('web2 200\n')
    await type('web1', 'echo ok >/run/mode-web1')
    await weights(10, 10)
    expect(await ask(20)).toBe('web1 10\nweb2 10\n')
  })

  it('is killed with its servers in use, and sends none of them away when it starts again', async () => {
    const before = await count('ready')
    await end('KILL')
    const changes = await count('table-changed')
    await start()
    expect(await ask(200)).toBe('web1 100\nweb2 100\n')
    await next('ready', before)
    expect(await ask(200)).toBe('web1 100\nweb2 100\n')
    expect(await count('table-changed')).toBe(changes)
  })

  it('takes a server away that died while the agent did not run', async () => {
    await end('KILL')
    await type('web2', 'echo dead >/run/mode-web2')
    await start()
    await weights(10, 0)
    expect(await ask(100)).toBe('web1 100\n')
    await type('web2', 'echo ok >/run/mode-web2')
    await weights(10, 10)
  })

  describe('what somebody has set by hand', () => {
    const SERVER = '-t 192.0.2.80:80 -r 198.51.100.11:8081'

    it('outlives a restart and a SIGKILL, and is reported once', async () => {
      const drifts = await count('drift')
      await type('director', `ipvsadm -e --keep ${SERVER} -w 3`)
      await next('drift', drifts)
      for (const signal of ['TERM', 'KILL', 'KILL']) {
        const [ready, changes] = [await count('ready'), await count('table-changed')]
        await end(signal)
        await start()
        await next('ready', ready)
        // Two readings of the table after the first verdicts.
        await type('director', 'sleep 2.5')
        expect(await count('table-changed')).toBe(changes)
        await weights(3, 10)
      }
      expect(await count('drift')).toBe(drifts + 1)
      await type('web1', 'echo dead >/run/mode-web1')
      await weights(0, 10)
      await type('web1', 'echo ok >/run/mode-web1')
      await weights(3, 10)
      await type('director', `ipvsadm -e --keep ${SERVER} -w 10`)
      await weights(10, 10)
    })

    it.each([
      ['drain', `ipvsadm drain ${SERVER} --timeout 0.5 || true`],
      ['-e --keep', `ipvsadm -e --keep ${SERVER} -w 0`],
      ['drain on Node', `${installed('node')}/ipvsadm drain ${SERVER} --timeout 0.5 || true`],
    ])('keeps a server out that is down at the moment: %s', async (_name, command) => {
      await type('web1', 'echo dead >/run/mode-web1')
      await weights(0, 10)
      const [drifts, ups] = [await count('drift'), await count('server-up')]
      await type('director', command)
      await next('drift', drifts)
      await type('web1', 'echo ok >/run/mode-web1')
      await next('server-up', ups)
      await type('director', 'sleep 2.5')
      await weights(0, 10)
      expect(await ask(20)).toBe('web2 20\n')
      await type('director', `ipvsadm -e --keep ${SERVER} -w 10`)
      await weights(10, 10)
    })
  })

  it('puts a table back that somebody has cleared', async () => {
    await type('director', 'ipvsadm -C')
    await weights(10, 10)
    expect(await ask(20)).toBe('web1 10\nweb2 10\n')
  })
})

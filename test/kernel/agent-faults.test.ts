// Faults around a running agent in the test kernel: check programs that misbehave, certificates, the clock, the rule file, and
// a kernel whose ip_vs is unloaded. The table never becomes worse than the rules.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { AgentLab } from './agent-lab.ts'

const RULES = [
  '-A -t 192.0.2.80:80 -s rr',
  '-a -t 192.0.2.80:80 -r 198.51.100.11:8081 -m -w 10',
  '-a -t 192.0.2.80:80 -r 198.51.100.12:8081 -m -w 10',
  '-A -t 192.0.2.80:443 -s rr',
  '-a -t 192.0.2.80:443 -r 198.51.100.11:8443 -m -w 10',
]
const TABLE = `${RULES.toSorted().join('\n')}\n`
/** The table without the server behind TLS. */
const EXPIRED = TABLE.replace('8443 -m -w 10', '8443 -m -w 0')
const without = (server: string) => TABLE.replace(`${server}:8081 -m -w 10`, `${server}:8081 -m -w 0`)

/** The second server is checked by a program, whose behaviour is the word in /run/balancer/program; RUNS gets a line from each run. */
const CONFIG = `rules: /run/balancer/rules
socket: /run/balancer/socket
state: /run/balancer/state
interval: 1s
serve: {}
check: { kind: http, interval: 2s, timeout: 1900ms, rise: 1, fall: 2 }
services:
  - service: tcp 192.0.2.80:443
    check: { kind: https, host: www.example.com }
servers:
  - server: 198.51.100.12:8081
    check: { kind: exec, command: [/run/balancer/check], interval: 2s, timeout: 1900ms }
`
const RUNS = '/run/balancer/runs'
const PROGRAM = `#!/bin/sh
echo >>${RUNS}
case $(cat /run/balancer/program) in
  hangs) sleep 98765 & sleep 98765 ;;
  megabyte) head -c 1000000 /dev/zero | tr '\\0' x ;;
  leaves) sleep 98765 & exit 0 ;;
  fails) exit 1 ;;
esac`

/** A certificate of a day, and an HTTPS server with it. */
const TLS = `cd /run/balancer && openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out cert -days 1 \
  -subj /CN=www.example.com -addext subjectAltName=DNS:www.example.com 2>/dev/null`
const TLS_SERVER = `openssl s_server -accept 8443 -www -key /run/balancer/key -cert /run/balancer/cert >/dev/null 2>&1 </dev/null &`

let lab: AgentLab
const director = (typed: string) => lab.type('director', typed)
const log = '/run/balancer/log'
const count = async (event: string) => Number(await director(`grep -c 'event=${event}' ${log} || true`))
const table = () => director('ipvsadm -Sn | sort')
const until = (condition: string) => lab.until(condition, log)
const next = (event: string, before: number) => until(`[ $(grep -c 'event=${event}' ${log}) -gt ${before} ]`)
/** Waits until the table is this one. */
const becomes = (wanted: string) => until(`[ "$(ipvsadm -Sn | sort)" = '${wanted.trim()}' ]`)
const TURNS = `curl -s http://127.0.0.1:9456/metrics | sed -n 's/^ipvs_agent_turns_total{result="done"} //p'`
/** Waits for the end of a turn of the agent. Then the log has the changes that the table had before. */
const turned = () => director(`before=$(${TURNS}); until [ $(${TURNS}) -gt $before ]; do sleep 0.1; done`)
const program = (word: string) => director(`echo ${word} >/run/balancer/program`)
/** Waits until the check program has begun three times more: the results of two of these runs have been used. */
async function threeRuns(): Promise<void> {
  const before = Number(await director(`wc -l <${RUNS}`))
  await lab.until(`[ $(wc -l <${RUNS}) -ge ${before + 3} ]`, RUNS)
}

beforeAll(async () => {
  lab = await AgentLab.start()
  const file = (name: string, text: string) =>
    director(`cat >/run/balancer/${name} <<'END'\n${text}\nEND\nchmod +x /run/balancer/${name}`)
  await file('rules', RULES.join('\n'))
  await director('cp /run/balancer/rules /run/balancer/rules.good')
  await file('agent.yaml', CONFIG)
  await file('check', PROGRAM)
  await program('works')
  await director(TLS)
  await lab.type('web1', TLS_SERVER)
  await director(
    `NODE_EXTRA_CA_CERTS=/run/balancer/cert ipvsadm-agent run --config /run/balancer/agent.yaml >${log} 2>&1 & echo $! >/run/balancer/pid`,
  )
})
afterAll(async () => {
  await lab?.stop()
})
beforeEach(() => becomes(TABLE))

describe('a check program', () => {
  it.each(['hangs', 'fails'])('that %s takes the server out', async (word) => {
    await program(word)
    await becomes(without('198.51.100.12'))
    await program('works')
    await becomes(TABLE)
  })

  it('that prints a megabyte counts by its status', async () => {
    const before = await count('server-')
    await program('megabyte')
    await threeRuns()
    expect([await count('server-'), await table()]).toEqual([before, TABLE])
    await program('works')
  })

  it('that leaves processes behind, or hangs, gathers none', async () => {
    for (const word of ['leaves', 'hangs']) {
      await program(word)
      await threeRuns()
      // Those of one check at most.
      expect(Number(await director('pgrep -fc "^sleep 98765" || true'))).toBeLessThanOrEqual(2)
    }
    await program('works')
    await becomes(TABLE)
    await director('while pgrep -f "^sleep 98765"; do sleep 0.05; done')
  })
})

describe('the clock', () => {
  it('is set a week ahead: nothing happens but that a certificate has expired; and back', async () => {
    await turned()
    const [downs, changes] = [await count('server-down'), await count('table-changed')]
    await director('date -s "7 days" >/dev/null')
    await becomes(EXPIRED)
    await turned()
    await director('sleep 3')
    expect([await count('server-down'), await count('table-changed'), await table()]).toEqual([
      downs + 1,
      changes + 1,
      EXPIRED,
    ])
    expect(await director(`grep event=server-down ${log} | tail -n 1`)).toContain('certificate has expired')
    // A server that dies is still noticed, and so is one that returns.
    await lab.type('web1', 'echo dead >/run/mode-web1')
    await until('ipvsadm -Sn | grep -q "11:8081 -m -w 0"')
    await lab.type('web1', 'echo ok >/run/mode-web1')
    await becomes(EXPIRED)
    await director('date -s "7 days ago" >/dev/null')
    await becomes(TABLE)
  })

  it('is set back ten years: servers that die are noticed all the same', async () => {
    const now = (await director('date +%s')).trim()
    // Before the certificate is valid.
    await director('date -s "2016-01-01" >/dev/null')
    await becomes(EXPIRED)
    await lab.type('web1', 'echo 500 >/run/mode-web1')
    await until('ipvsadm -Sn | grep -q "11:8081 -m -w 0"')
    await lab.type('web1', 'echo ok >/run/mode-web1')
    await becomes(EXPIRED)
    await director(`date -s @${now} >/dev/null`)
    await becomes(TABLE)
  })
})

describe('the rule file', () => {
  const rules = '/run/balancer/rules'

  it.each([
    ['half written', `head -c 100 ${rules}.good >${rules}`, 'line 3'],
    ['a directory', `rm ${rules}; mkdir ${rules}`, 'it is a directory'],
    ['gone', `rm ${rules}`, 'no such file'],
    ['empty', `: >${rules}`, 'there are no services'],
  ])('is %s: the good one stays in use, also over a reload', async (_name, spoil, problem) => {
    await turned()
    const [wrong, changes] = [await count('rules-wrong'), await count('table-changed')]
    await director(spoil)
    // An earlier line may be of a file that was half spoiled.
    const lines = `tail -n +${wrong + 1} | grep -q '${problem}'`
    await until(`grep event=rules-wrong ${log} | ${lines}`)
    const reload = 'ipvsadm-agent reload --config /run/balancer/agent.yaml 2>&1; echo $?'
    expect(await director(reload)).toMatch(new RegExp(`^agent: .*${problem}.*\n2\n$`))
    expect([await table(), await count('table-changed')]).toEqual([TABLE, changes])
    const read = await count('rules-read')
    await director(`rm -rf ${rules}; cp ${rules}.good ${rules}.new; mv ${rules}.new ${rules}`)
    await next('rules-read', read)
    expect(await table()).toBe(TABLE)
  })
})

describe('the kernel', () => {
  it('whose table is cleared again and again gets it back each time', async () => {
    for (let i = 0; i < 3; i++) {
      await director('ipvsadm -C')
      await becomes(TABLE)
    }
  })

  it('whose ip_vs is unloaded gets it back, with the table', async () => {
    const unload =
      'until { ipvsadm -C; rmmod ip_vs_rr ip_vs_wlc; rmmod ip_vs; } 2>/dev/null || [ $((n += 1)) -gt 50 ]'
    await director(`n=0; ${unload}; do sleep 0.02; done; [ $n -le 50 ]`)
    await becomes(TABLE)
    expect(await director('kill -0 $(cat /run/balancer/pid) && echo alive')).toBe('alive\n')
  })
})

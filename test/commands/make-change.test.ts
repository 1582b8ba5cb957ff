// `-e --keep` and `-E --keep`: only the named settings change.
import { describe, expect, it } from '@jest/globals'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'
import { StandIn } from '../support/namespaces.ts'
import { run } from '../support/run.ts'

const SERVICE = '-A -u 192.0.2.1:53 -s sh -p 300 -M 255.255.0.0 --pe sip -o -b sh-port'
const GUE =
  '-a -u 192.0.2.1:53 -r 198.51.100.1:53 -i -w 7 --tun-type gue --tun-port 6080 --tun-csum -x 9 -y 3'
const MASQ = '-a -u 192.0.2.1:53 -r 198.51.100.2:5353 -m -w 7 -x 9 -y 3'
const SIX = '-A -t [2001:db8::1]:80 -s rr -p 300 -M 64'

async function after(
  words: string,
): Promise<{ outcome: { status: number; stderr: string }; rules: string[] }> {
  const kernel = new FakeKernel()
  await run(kernel, '-R', { input: [SERVICE, GUE, MASQ, SIX].join('\n') })
  const { status, stderr } = await run(kernel, words)
  const rules = (await run(kernel, '-S -n')).stdout.trimEnd().split('\n')
  return { outcome: { status, stderr }, rules }
}

const S = '-E --keep -u 192.0.2.1:53'
const G = '-e --keep -u 192.0.2.1:53 -r 198.51.100.1'
const M = '-e --keep -u 192.0.2.1:53 -r 198.51.100.2:5353'

describe('settings that are not given are unchanged', () => {
  const plainGue = '-a -u 192.0.2.1:53 -r 198.51.100.1:53'
  const cases: readonly [words: string, from: string, to: string][] = [
    [S, SERVICE, SERVICE],
    [`${S} -p 5`, SERVICE, SERVICE.replace('-p 300', '-p 5')],
    [`${S} -p`, SERVICE, SERVICE.replace('-p 300', '-p 360')],
    [`${S} -M 255.0.0.0`, SERVICE, SERVICE.replace('255.255.0.0', '255.0.0.0')],
    [`${S} -b sh-fallback`, SERVICE, SERVICE.replace('sh-port', 'sh-fallback')],
    [`${S} -s sh`, SERVICE, SERVICE],
    // Flags are their scheduler's.
    [`${S} -s rr`, SERVICE, SERVICE.replace('-s sh', '-s rr').replace(' -b sh-port', '')],
    [`${S} -s mh -b mh-port`, SERVICE, SERVICE.replace('-s sh', '-s mh').replace('sh-port', 'mh-port')],
    ['-E --keep -t [2001:db8::1]:80 -s lc', SIX, SIX.replace('rr', 'lc')],
    ['-E --keep -t [2001:db8::1]:80 -M 48', SIX, SIX.replace('-M 64', '-M 48')],
    [G, GUE, GUE],
    [`${G} -w 0`, GUE, GUE.replace('-w 7', '-w 0')],
    [`${G} -x 0 -y 0`, GUE, GUE.replace(' -x 9 -y 3', '')],
    [`${G} --tun-port 99`, GUE, GUE.replace('6080', '99')],
    [`${G} --tun-remcsum`, GUE, GUE.replace('--tun-csum', '--tun-remcsum')],
    // Settings of one tunnel type are reset with it.
    [`${G} --tun-type gre`, GUE, `${plainGue} -i -w 7 --tun-type gre --tun-nocsum -x 9 -y 3`],
    [`${G} --tun-type ipip`, GUE, `${plainGue} -i -w 7 --tun-type ipip -x 9 -y 3`],
    [`${G} -m`, GUE, `${plainGue} -m -w 7 -x 9 -y 3`],
    [`${M} -w 3`, MASQ, MASQ.replace('-w 7', '-w 3')],
  ]
  it.each(cases)('%s', async (words, from, to) => {
    const { outcome, rules } = await after(words)
    expect(outcome).toEqual({ status: 0, stderr: '' })
    expect(rules.sort()).toEqual([SERVICE, GUE, MASQ, SIX].map((rule) => (rule === from ? to : rule)).sort())
  })
})

describe('refused', () => {
  const cases: readonly [words: string, status: number, message: string][] = [
    [`${S} -b mh-port`, 2, "incompatible scheduler flag `mh-port'"],
    [`${S} -b bogus`, 2, "invalid scheduler flag `bogus'"],
    ['-E --keep -u 192.0.2.9:53', 255, 'No such service'],
    [`${M} --tun-port 5`, 2, 'Tunnel options conflict with forward method'],
    [`${G} --tun-type ipip --tun-csum`, 2, "Illegal 'tun-csum' option with the 'ipip' tunnel type"],
    [`${M} -i`, 2, 'a server that is reached by direct routing or a tunnel has the port of its service'],
    [`${G} --tun-csum --tun-nocsum`, 2, "The option 'tun-nocsum' conflicts with the 'tun-csum' option"],
    [`${M} -i --tun-type gue`, 2, "You need to supply the 'tun-port' option for the 'gue' tunnel type"],
    ['-e --keep -u 192.0.2.1:53 -r 198.51.100.9', 255, 'No such destination'],
    ['-e --keep -u 192.0.2.9:53 -r 198.51.100.9', 255, 'Service not defined'],
    ['-A --keep -f 3', 2, "Illegal 'keep' option with the 'add-service' command"],
    ['-Z --keep', 2, "Illegal 'keep' option with the 'zero' command"],
    ['-e --keep --keep -f 3 -r 1.1.1.1', 2, "multiple 'keep' options specified"],
  ]
  it.each(cases)('%s', async (words, status, message) => {
    const { outcome, rules } = await after(words)
    expect(outcome).toEqual({ status, stderr: `${message}\n` })
    expect(rules.sort()).toEqual([SERVICE, GUE, MASQ, SIX].sort())
  })

  it('resets settings that are not given without --keep, as in the original', async () => {
    const { rules } = await after('-e -u 192.0.2.1:53 -r 198.51.100.1 -w 3')
    expect(rules).toContain('-a -u 192.0.2.1:53 -r 198.51.100.1:53 -g -w 3')
  })
})

it('changes a server where there is no /proc, whose namespace an agent cannot be told', async () => {
  const told: string[] = []
  const namespaces = new StandIn({ files: { '/proc/self/ns/net': 'ENOENT' } })
  const machine = { namespaces, sendLine: async (_path: string, line: string) => void told.push(line) }
  const kernel = new FakeKernel()
  await run(kernel, '-R', { input: [SERVICE, MASQ].join('\n') })
  expect(await run(kernel, '-e -u 192.0.2.1:53 -r 198.51.100.2:5353 -m -w 2', { machine })).toMatchObject({
    status: 0,
    output: '',
  })
  expect(told.map((line) => JSON.parse(line))).toEqual([
    { request: 'set-by-hand', service: 'udp 192.0.2.1 53', server: '198.51.100.2 5353', weight: 2 },
  ])
})

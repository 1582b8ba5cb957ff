// The filters of listings, in every format.

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { addressFromBytes } from '../../lib/model/address.ts'
import { contains, parsePrefix } from '../../lib/model/prefix.ts'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'
import { run } from '../support/run.ts'

const RULES = `-A -t 192.0.2.1:80
-a -t 192.0.2.1:80 -r 10.0.0.1 -m
-a -t 192.0.2.1:80 -r 10.0.1.2 -m -w 0
-A -u 192.0.2.9:53
-A -t [2001:db8::1]:443
-a -t [2001:db8::1]:443 -r 2001:db8::2 -m
-A -f 7
-a -f 7 -r 10.0.0.3 -m
-A -f 8 -6
`

async function director(): Promise<FakeKernel> {
  const kernel = new FakeKernel()
  await run(kernel, '-R', { input: RULES })
  kernel.setCounters('tcp 192.0.2.1:80', { inactive: 1 }, '10.0.0.1:80')
  return kernel
}

/** The listed services, each followed by its servers. */
const shown = (stdout: string) =>
  stdout
    .split('\n')
    .slice(3)
    .flatMap((line) => /^(?: {2}-> |TCP {2}|UDP {2}|FWM {2})(\S+)/.exec(line)?.[1] ?? [])

describe('filters', () => {
  it.each<[words: string, expected: string[]]>([
    ['--family inet6', ['[2001:db8::1]:443', '[2001:db8::2]:443', '8']],
    ['--protocol udp', ['192.0.2.9:53']],
    ['--protocol fwm --family inet', ['7', '10.0.0.3:0']],
    ['--address 192.0.2.0/29', ['192.0.2.1:80', '10.0.1.2:80', '10.0.0.1:80']],
    ['--address 192.0.2.9', ['192.0.2.9:53']],
    ['--address 2001:db8::/32', ['[2001:db8::1]:443', '[2001:db8::2]:443']],
    ['--address ::/0 --protocol fwm', []],
    ['--server 10.0.0.0/24', ['192.0.2.1:80', '10.0.0.1:80', '7', '10.0.0.3:0']],
    ['--active', ['192.0.2.1:80', '10.0.0.1:80']],
    ['--idle --family inet6', ['[2001:db8::1]:443', '[2001:db8::2]:443', '8']],
    ['--idle --protocol udp', ['192.0.2.9:53']],
    ['--draining', ['192.0.2.1:80', '10.0.1.2:80']],
    ['--draining --active', []],
    ['--server 10.0.0.0/8 --idle --address 192.0.2.0/24', ['192.0.2.1:80', '10.0.1.2:80']],
    ['-t 192.0.2.1:80 --draining', ['192.0.2.1:80', '10.0.1.2:80']],
  ])('%s', async (words, expected) => {
    const kernel = await director()
    const classic = await run(kernel, `-L -n ${words}`)
    expect(classic).toMatchObject({ status: 0, stderr: '' })
    const lines = words.includes('-t ') ? `\n${classic.stdout}` : classic.stdout
    expect(shown(lines).sort()).toEqual([...expected].sort())
    const { services } = JSON.parse((await run(kernel, `-L --json ${words}`)).stdout)
    const count = services.reduce(
      (sum: number, one: { destinations: [] }) => sum + 1 + one.destinations.length,
      0,
    )
    expect(count).toBe(expected.length)
  })

  it('leave the rest of the listing unchanged', async () => {
    const kernel = await director()
    const all = (await run(kernel, '-L -n')).stdout.split('\n')
    const filtered = (await run(kernel, '-L -n --family inet')).stdout.split('\n')
    expect(filtered).toEqual(all.filter((line) => !line.includes('2001:db8') && !line.includes('FWM  8')))
  })

  it('apply to connections', async () => {
    const list = `heading
TCP 0A090003 2711 C0000201 0050 0A000001 1F90 ESTABLISHED     896
UDP 0A090003 2711 C0000209 0035 0A000101 0035 UDP     89
IP  0A090003 0000 00000007 0000 0A000003 0000 NONE             42
TCP 20010DB8 2711 20010DB8 0050 20010DB8 1F90 ESTABLISHED     896
`.replaceAll('20010DB8', '2001:0DB8:0000:0000:0000:0000:0000:0001')
    const machine = { readChunks: () => [Buffer.from(list)] }
    const lines = async (words: string) => {
      const { stdout, status } = await run(new FakeKernel(), `-L -c -n ${words}`, { machine })
      expect(status).toBe(0)
      return stdout
        .trimEnd()
        .split('\n')
        .slice(2)
        .map((line) => line.slice(0, 3).trim())
    }
    expect(await lines('')).toEqual(['TCP', 'UDP', 'IP', 'TCP'])
    expect(await lines('--protocol udp')).toEqual(['UDP'])
    expect(await lines('--protocol fwm')).toEqual(['IP'])
    expect(await lines('--family inet6')).toEqual(['TCP'])
    expect(await lines('--address 192.0.2.0/24')).toEqual(['TCP', 'UDP'])
    expect(await lines('--server 10.0.0.0/24')).toEqual(['TCP', 'IP'])
    expect(await lines('--server 10.0.0.0/24 --color=always')).toHaveLength(2)
    const { stdout } = await run(new FakeKernel(), '-L -c --json-lines --protocol udp', { machine })
    expect(stdout.trimEnd().split('\n')).toHaveLength(1)
  })

  it.each<[words: string, message: string]>([
    ['-L --family inet7', "illegal family `inet7' specified: inet, inet6"],
    ['-L --protocol icmp', "illegal protocol `icmp' specified: tcp, udp, sctp, fwm"],
    ['-L --address 10.0.0.0/33', "illegal address prefix `10.0.0.0/33' specified"],
    ['-L --server host', "illegal address prefix `host' specified"],
    ['-L --color=blue', "illegal color `blue' specified: auto, always, never"],
    ['-L --active --idle', "multiple 'activity' options specified"],
    ['-L -c --active', "The option 'activity' conflicts with the 'connection' option in the 'list' command"],
    [
      '-L --timeout --family inet',
      "The option 'family' conflicts with the 'timeout' option in the 'list' command",
    ],
    ['-S --family inet', "Illegal 'family' option with the 'save' command"],
    ['-A -t 192.0.2.1:80 --json', "Illegal 'format' option with the 'add-service' command"],
  ])('%s is refused', async (words, message) => {
    const outcome = await run(new FakeKernel(), words)
    const text = words.includes('--json')
      ? JSON.parse(outcome.stderr).error.message
      : outcome.stderr.trimEnd()
    expect([outcome.status, outcome.stdout, text]).toEqual([2, '', message])
  })
})

describe('a prefix', () => {
  it.each([
    '10.0.0.0/33',
    '10.0/8',
    '::/129',
    '::1/',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '',
    '/8',
    '10.0.0.1/1e1',
  ])('%j is none', (text) => expect(parsePrefix(text)).toBeUndefined())

  it('contains the addresses with the same first bits', () => {
    const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 })
    fc.assert(
      fc.property(bytes, bytes, fc.nat(128), fc.boolean(), (a, b, length, short) => {
        const [size, family] = short ? [4, 'inet' as const] : [16, 'inet6' as const]
        const bits = Math.min(length, size * 8)
        const text = (one: Uint8Array) =>
          [...one.subarray(0, size)]
            .map((byte) => byte.toString(2).padStart(8, '0'))
            .join('')
            .slice(0, bits)
        const mixed = Uint8Array.from(a, (byte, i) => (i < bits >> 3 ? byte : b[i]!))
        const prefix = parsePrefix(`${addressFromBytes(a, family)}/${bits}`)!
        expect(contains(prefix, addressFromBytes(mixed, family))).toBe(text(a) === text(mixed))
      }),
    )
  })
})

// Generated tables in a real kernel, and restores of others that it refuses at any line: no live service or server is made
// anew (its counters would begin again), none is lost, and the connections stay.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { ruleFile } from '../reconcile/arbitrary.ts'
import type { Guest, Namespace } from '../support/guest.ts'
import { Ours, REFERENCE, startGuest } from './guest/index.ts'

/** Add the seed that a failure shows. */
const SEEDS = [20191224, 131, 4096]
const PAIRS = process.env.IPVSADM_LONG === undefined ? 1 : 30

/** Addresses of the generated services and servers are reached over a device that swallows all. */
const NETWORK = `
  ip link set lo up
  ip link add dm type dummy
  ip link set dm up
  ip address add 192.0.2.254/24 dev dm
  ip address add 198.51.100.254/24 dev dm
  ip address add 2001:db8::fe/32 dev dm nodad`

/** Sends packets to services by address: arguments are protocol, address and port in turn. */
const SEND = `
  use Socket qw(:all);
  while (my ($protocol, $address, $port) = splice @ARGV, 0, 3) {
    my ($error, @found) = getaddrinfo($address, $port, { flags => AI_NUMERICHOST });
    for my $client (1 .. 8) {
      socket my $socket, $found[0]{family}, ($protocol eq "-t" ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK, 0 or die $!;
      connect $socket, $found[0]{addr};
      send $socket, "x", 0 if $protocol eq "-u";
      push @keep, $socket;
    }
  }`

/** The kernel's rounds of estimation, after which counters show, are two seconds apart. */
const ESTIMATION = ['sleep', '4.5']

let guest: Guest
/** Connections that were counted: without any the test would prove nothing. */
let counts = 0

beforeAll(async () => {
  guest = await startGuest()
})
afterAll(async () => {
  expect(counts).toBeGreaterThan(0)
  await guest?.stop()
})

/** Lines that the kernel refuses, beside any table. */
const REFUSED = [
  '-A -t 203.0.113.1:80 -s nosuch',
  '-A -f 4294967295 -s rr -p 9 --pe nosuch',
  '--start-daemon master --mcast-interface nosuch0',
]

/** The file with a line that the kernel refuses at its beginning, in its middle and at its end, and with a refused edit. */
function refusedFiles(rules: string): string[] {
  const lines = rules.split('\n').filter((line) => line !== '')
  const [service] = lines.filter((line) => line.startsWith('-A'))
  const files = [0, lines.length >> 1, lines.length].map((at, i) => lines.toSpliced(at, 0, REFUSED[i]!))
  if (service !== undefined) files.push([...lines, `-E ${/^-A (.* )-s/.exec(service)![1]}-s nosuch`])
  return files.map((file) => file.join('\n'))
}

async function counters(namespace: Namespace): Promise<Map<string, number[]>> {
  const { stdout } = await namespace.run([REFERENCE, '-Ln', '--stats', '--exact'])
  const found = new Map<string, number[]>()
  let service = ''
  for (const line of `${stdout}`.split('\n').slice(3)) {
    const [, entry, numbers] = /^(.*?)((?: +\d+){5})$/.exec(line) ?? []
    if (entry === undefined) continue
    if (!entry.startsWith('  ->')) service = entry
    found.set(`${service} ${entry}`, numbers!.trim().split(/ +/).map(Number))
  }
  return found
}

/** Connections and templates, each with the seconds that it has left at least. */
async function connections(namespace: Namespace): Promise<Map<string, number>> {
  const { stdout } = await namespace.run([REFERENCE, '-Lnc'])
  const found = new Map<string, number>()
  for (const line of `${stdout}`.split('\n')) {
    const [, protocol, minutes, seconds, rest] = /^(\S+) +(\d+):(\d+) +(.*)$/.exec(line) ?? []
    if (protocol !== undefined) found.set(`${protocol} ${rest}`, 60 * Number(minutes) + Number(seconds))
  }
  return found
}

const pairs = SEEDS.flatMap((seed) =>
  fc
    .sample(
      fc.tuple(
        ruleFile.filter((rules) => /^-A -[tu] .*\n-a/m.test(rules)),
        ruleFile,
      ),
      { seed, numRuns: PAIRS },
    )
    .map(([live, wanted], i) => ({ seed, i, live, wanted })),
)

describe.each(pairs)('seed $seed, tables $i', ({ live, wanted }) => {
  it('is left as it is by restores that the kernel refuses', async () => {
    const namespace = await guest.namespace()
    await namespace.run(['/bin/sh', '-ec', NETWORK])
    const ours = await Ours.start(namespace)
    expect(await ours.restore(live)).toMatchObject({ status: 0, stderr: '' })
    const services = [...live.matchAll(/^-A (-[tu]) \[?(.*?)\]?:(\d+) /gm)].flatMap((match) => match.slice(1))
    await namespace.run(['perl', '-e', SEND, '--', ...services])
    await namespace.run(ESTIMATION)
    const read = performance.now()
    const [counted, held] = [await counters(namespace), await connections(namespace)]
    for (const [packets] of counted.values()) counts += packets!
    // Those that stay, and what becomes of them when the file and its refusal are made of the live table itself.
    for (const file of [...refusedFiles(wanted), ...refusedFiles(live)]) {
      const { status, stderr } = await ours.restore(file)
      expect({ status, stderr }).toEqual({
        status: 255,
        stderr: expect.stringMatching(/(nothing was changed|; verified: the table is unchanged)\n$/),
      })
      const after = await counters(namespace)
      const fell = [...counted].filter(
        ([entry, numbers]) => !numbers.every((number, i) => (after.get(entry)?.[i] ?? -1) >= number),
      )
      expect({ file, fell }).toEqual({ file, fell: [] })
      expect(after.size).toBe(counted.size)
      const there = await connections(namespace)
      // Connections expire after a minute, as their requests are not answered.
      const passed = (performance.now() - read) / 1000
      const lost = [...held].filter(([name, left]) => left > passed && !there.has(name))
      const other = [...there.keys()].filter((name) => !held.has(name))
      expect({ file, lost, other }).toEqual({ file, lost: [], other: [] })
    }
  })
})

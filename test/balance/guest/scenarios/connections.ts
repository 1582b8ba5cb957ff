// The connection table: beside the reference's listing of it, of one service, and of a hundred thousand.
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Program } from '../command.ts'
import { ADDRESS, ADDRESS6, SERVERS } from '../network.ts'
import { clientAddress, type Ring, times, to } from '../ring.ts'
import type { Scenario } from '../scenario.ts'

const scenario = (name: string, expected: string, run: Scenario['run']): Scenario => ({
  group: 'connections',
  name,
  expected,
  run,
})

const REFERENCE = '/sbin/ipvsadm'
const LONG = process.env.IPVSADM_LONG !== undefined
const SOME = 10_000
/** The kernel's part grows with the square (on 6.1, not on 7.2), so a hundred thousand are for a long run. */
const MANY = LONG ? 100_000 : 40_000

/** Connections of every sort: both families, TCP and UDP, held and closed, templates, a call. */
async function mixture(ring: Ring): Promise<string> {
  const vip = ring.vip()
  const vip6 = ring.vip6()
  await ring.director(`
    -A -t ${vip} -s rr -p 60 -M 255.255.255.0
    -A -u ${vip} -s rr -p 60 --pe sip
    -A -t ${vip6} -s rr`)
  for (const name of SERVERS) {
    await ring.director(`
      -a -t ${vip} -r ${ADDRESS[name]}:8080 -m
      -a -u ${vip} -r ${ADDRESS[name]}:8080 -m
      -a -t ${vip6} -r [${ADDRESS6[name]}]:8080 -m`)
  }
  await ring.hold(times(3, (i) => to(vip, { from: clientAddress(256 * i) })))
  await ring.ask(times(3, () => to(vip6)))
  await ring.hold([to(vip6)])
  const payload = 'OPTIONS sip:ring SIP/2.0\nCall-ID: mixture@ring\n\n'
  await ring.ask([to(vip, { protocol: 'udp' })], { payload })
  return vip
}

/** The time goes on between two listings; every other byte counts. */
const timeless = (lines: readonly string[]) => lines.map((line) => line.replace(/ \d+:\d\d /, ' time '))

/**
 * The first difference between our listing and the reference's. Connections end meanwhile: it lists them before and after,
 * again and again until both are the same.
 */
async function differenceOf(ring: Ring, line: string): Promise<string | undefined> {
  const list = async () => {
    const { output } = await new Program(REFERENCE, ...line.split(' ')).ended
    return timeless(output.trimEnd().split('\n'))
  }
  for (let attempt = 1; ; attempt++) {
    const reference = await list()
    if (reference.length < 10) return `the reference lists only ${reference.length} lines`
    const ours = timeless((await ring.type(line)).trimEnd().split('\n'))
    if (String(await list()) !== String(reference) && attempt < 100) continue
    const difference = ours.find((text, i) => text !== reference[i])
    return ours.length === reference.length ? difference : `${ours.length} lines, not ${reference.length}`
  }
}

export const CONNECTIONS: readonly Scenario[] = [
  scenario('-L -c beside the reference', '-L -c -n, -L -c, --persistent-conn: the same', async (ring) => {
    await mixture(ring)
    const options = ['-L -c -n', '-L -c', '-L -c -n --persistent-conn', '-L -c --persistent-conn']
    for (const line of options) {
      const difference = await differenceOf(ring, line)
      if (difference !== undefined) return `${line}: ${difference}`
    }
    return '-L -c -n, -L -c, --persistent-conn: the same'
  }),

  scenario(
    '-L -c with a service',
    'TCP 3 and 3 templates, UDP 1 and 1; all of them of that service',
    async (ring) => {
      const vip = await mixture(ring)
      const seen: string[] = []
      for (const option of ['-t', '-u']) {
        const rows = (await ring.type(`-L -c -n ${option} ${vip}`)).trimEnd().split('\n').slice(2)
        if (!rows.every((row) => row.includes(` ${vip} `))) return rows.join('\n')
        const templates = rows.filter((row) => /^\S+ +\S+ +\S+ +\S+:0 /.test(row)).length
        seen.push(`${rows.length - templates} and ${templates}`)
      }
      return `TCP ${seen[0]} templates, UDP ${seen[1]}; all of them of that service`
    },
  ),
]

export const SCALE: readonly Scenario[] = [
  {
    group: 'scale',
    name: LONG ? 'a hundred thousand' : 'forty thousand',
    expected: `${SOME} rows as the reference prints them; ${MANY}: memory does not grow; a closed reader: status 141, silent`,
    async run(ring) {
      await ring.type('--start-daemon backup --mcast-interface eth0 --syncid 9')
      const programs = [
        { name: 'node', words: [process.execPath, `${ring.root}/bin/ipvsadm`] },
        { name: 'standalone', words: [`${ring.root}/dist/standalone/ipvsadm`] },
      ].filter(({ words }) => words.every((path) => existsSync(path)))
      const small = await besideReference(ring, programs, SOME)
      const large = await besideReference(ring, programs, MANY)
      await ring.type('--stop-daemon backup')
      const grown = programs.filter((_, i) => large.memory[i]! > small.memory[i]! + 16 * 1024)
      const growth = grown.length === 0 ? 'does not grow' : `grows: ${grown.map(({ name }) => name)}`
      const closed = await new Program(
        'sh',
        '-c',
        `{ ${programs[0]!.words.join(' ')} -L -c -n; echo "status $?" >&2; } | head -n 3`,
      ).ended
      const quiet = closed.errors.trim() === 'status 141' ? 'status 141, silent' : closed.errors
      return `${small.rows} rows ${small.verdict}; ${large.rows}: memory ${growth}; a closed reader: ${quiet}`
    },
  },
]

interface Named {
  readonly name: string
  readonly words: readonly string[]
}

/**
 * Lists so many connections with each program, and with the reference. For each piece that a program reads, Linux 6.1
 * walks the list from its beginning (ip_vs_conn_array in ip_vs_conn.c), and the reference reads pieces of a kilobyte:
 * many connections take it minutes, which are spent in a long run only.
 */
async function besideReference(ring: Ring, programs: readonly Named[], count: number) {
  await fill(ring, count)
  const patient = count === SOME || LONG
  const reference = patient ? await measure(ring, [REFERENCE], count) : undefined
  if (reference) ring.note(`-L -c -n of ${count}, the reference: ${reference.milliseconds} ms`)
  const memory: number[] = []
  const differing: string[] = []
  let seen = 0
  for (const { name, words } of programs) {
    const { rows, milliseconds, kibibytes } = await measure(ring, words, count)
    const ratio = reference ? `, ${(reference.milliseconds / milliseconds).toFixed(1)} times as fast` : ''
    ring.note(
      `-L -c -n of ${count}, ${name}: ${milliseconds} ms${ratio}, ${(kibibytes / 1024).toFixed(0)} MiB`,
    )
    memory.push(kibibytes)
    if (reference && String(timeless(rows)) !== String(timeless(reference.rows))) differing.push(name)
    seen = rows.length
  }
  return {
    rows: seen,
    memory,
    verdict: differing.length === 0 ? 'as the reference prints them' : `differ: ${differing}`,
  }
}

/** Has so many connections in the table, from synchronization messages. They are sent again while any is lost. */
async function fill(ring: Ring, count: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    await ring.hosts.synchronize('client', '10.1.0.1', 9, count, 3600)
    await sleep(500)
    // Those of 10.100.9.9:80; there may be others.
    const { output } = await new Program('grep', '-c', ' 0A640909 0050 ', '/proc/net/ip_vs_conn').ended
    if (Number.parseInt(output, 10) >= count) return
  }
}

/**
 * A listing of the connections as a process; its rows are those that `fill` made. Where others expire while it is read,
 * the kernel passes over some, for it counts its way to where it was: then it is read again.
 */
async function measure(ring: Ring, words: readonly string[], count: number) {
  const file = '/tmp/listing'
  const program = `${ring.root}/test/balance/guest/measure.pl`
  for (let attempt = 1; ; attempt++) {
    const { output } = await new Program('perl', program, file, ...words, '-L', '-c', '-n').ended
    const [status, milliseconds, kibibytes] = output.trim().split(' ').map(Number)
    if (status !== 0) throw new Error(`${words.join(' ')}: status ${status}`)
    const rows = readFileSync(file, 'latin1')
      .split('\n')
      .filter((line) => line.includes(' 10.100.9.9:80 '))
    if (rows.length >= count || attempt === 40) {
      return { rows, milliseconds: milliseconds!, kibibytes: kibibytes! }
    }
  }
}

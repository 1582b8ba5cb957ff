// `ipvsadm drain` as it is typed: its output, on a terminal and elsewhere, and its ends.
import { describe, expect, it } from '@jest/globals'
import { BrokenPipe, type Interruption, type System } from '../../lib/system/system.ts'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'
import { run } from '../support/run.ts'

const LIST = `Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData
TCP CB007100 0000 C0000201 0050 C6336401 1F90 ASSURED          60
TCP CB007101 0000 C0000201 0050 C6336401 1F90 ASSURED         300
TCP CB007102 0000 C0000201 0050 C6336402 1F90 ASSURED         300
TCP CB007103 8001 C0000201 0050 C6336401 1F90 ESTABLISHED     290
TCP CB007103 8002 C0000201 0050 C6336402 1F90 ESTABLISHED     300
`
const HELD =
  '  held by 203.0.113.1 (template, 300 s), 203.0.113.3:32769 (tcp ESTABLISHED, 290 s), 203.0.113.0 (template, 60 s)\n'
const TEMPLATES = `  clients with a persistence template keep coming although the weight is 0, and each connection renews it (net.ipv4.vs.expire_quiescent_template = 0)
    fix: sysctl -w net.ipv4.vs.expire_quiescent_template=1
`
const ESTABLISHED = `  established connections last as long as their clients keep them
    fix: --end-after SECONDS deletes the server then
`
const NAME = '198.51.100.1:8080'
const SECONDS = 'must be a number of seconds from 0 to 2678400'
const COMMAND = `drain -t 192.0.2.1:80 -r ${NAME}`

type Counts = { active?: number; inactive?: number; persistent?: number }

/** A director whose server has so many connections; then, at each look after the first, so many. */
async function director(...counts: Counts[]) {
  const kernel = new FakeKernel()
  await run(kernel, '-A -t 192.0.2.1:80 -p 300')
  await run(kernel, `-a -t 192.0.2.1:80 -r ${NAME} -m -w 7`)
  const next = () => {
    const count = counts.shift()
    if (count !== undefined) {
      kernel.setCounters('tcp 192.0.2.1:80', { active: 0, inactive: 0, persistent: 0, ...count }, NAME)
    }
  }
  next()
  return { kernel, next }
}

interface Watching {
  readonly machine?: Partial<System>
  /** A signal that comes once something was printed. */
  readonly interrupt?: Interruption
  /** By their names under net.ipv4.vs. */
  readonly settings?: Readonly<Record<string, number>>
  /** Whether the reader has closed the output. */
  readonly unread?: boolean
}

/** Runs the command; the server has the next counts each time that something was printed. */
async function drained(
  words: string,
  counts: Counts[],
  { machine, interrupt, settings = {}, unread = false }: Watching = {},
) {
  const { kernel, next } = await director(...counts)
  let ends = 0
  let stdout = ''
  let signal = () => {}
  const { status, stderr } = await run(kernel, `${COMMAND} ${words}`, {
    machine: {
      readChunks(path) {
        if (path === '/proc/net/ip_vs_conn') return [Buffer.from(LIST)]
        const value = settings[path.replace('/proc/sys/net/ipv4/vs/', '')]
        if (value === undefined) throw new Error('ENOENT')
        return [Buffer.from(`${value}\n`)]
      },
      onInterrupt(listener) {
        if (interrupt !== undefined) signal = () => listener(interrupt)
        return () => {
          ends++
        }
      },
      writeOutput: (text) => {
        stdout += text
        next()
        signal()
        if (unread) throw new BrokenPipe('EPIPE')
      },
      ...machine,
    },
  })
  // On a busy machine the clock may show more.
  return { status, stdout: stdout.replace(/(in|after) \d+ s/g, '$1 N s'), stderr, kernel, ends }
}

const weight = ({ kernel }: { kernel: FakeKernel }) =>
  /"weight":(\d+)/.exec(JSON.stringify(kernel.snapshot().services))?.[1]

describe('ipvsadm drain', () => {
  it('prints a line for each change, and the outcome', async () => {
    const outcome = await drained('', [{ active: 2, inactive: 1 }, { inactive: 3 }, {}])
    expect(outcome.stdout).toBe(`${NAME}: 2 active, 1 inactive, 0 persistent left
${NAME}: 0 active, 3 inactive, 0 persistent left
${NAME}: drained in N s
`)
    expect([outcome.status, outcome.stderr, outcome.ends]).toEqual([0, '', 1])
    expect(weight(outcome)).toBe('0')
  })

  it('deletes the server', async () => {
    const outcome = await drained('--delete', [{}])
    expect(outcome.stdout).toBe(`${NAME}: drained in N s, deleted\n`)
    expect(weight(outcome)).toBeUndefined()
  })

  it('reports the remaining connections, their clients and the reasons at the timeout', async () => {
    const outcome = await drained('--timeout 0', [{ active: 1, persistent: 2 }])
    expect(outcome.stdout).toBe(`${NAME}: 1 active, 0 inactive, 2 persistent left
${NAME}: not drained after N s: 1 active, 0 inactive, 2 persistent left; its weight is still 0
${HELD}${TEMPLATES}${ESTABLISHED}`)
    expect(outcome.status).toBe(1)
  })

  it('names the clients as soon as only templates remain', async () => {
    const settings = { expire_quiescent_template: 1 }
    const outcome = await drained('--timeout 0.6', [{ persistent: 3 }], { settings })
    expect(outcome.stdout).toBe(`${NAME}: 0 active, 0 inactive, 3 persistent left
${HELD}${NAME}: not drained after N s: 0 active, 0 inactive, 3 persistent left; its weight is still 0
${HELD}`)
  })

  it('reports clients that reuse a port, before it waits and at the end', async () => {
    const settings = { conn_reuse_mode: 0 }
    const outcome = await drained('--timeout 0', [{ inactive: 1 }], { settings })
    const finding = `  clients that use a port again keep coming although the weight is 0 (net.ipv4.vs.conn_reuse_mode = 0, net.ipv4.vs.expire_nodest_conn = 0)
    fix: sysctl -w net.ipv4.vs.expire_nodest_conn=1
`
    expect(outcome.stdout.startsWith(finding)).toBe(true)
    expect(outcome.stdout.endsWith(`${HELD}${finding}`)).toBe(true)
  })

  it.each([
    [0, 'drops all packets', '    fix: sysctl -w net.ipv4.vs.expire_nodest_conn=1\n'],
    [1, 'ends the connections', ''],
  ])('deletes the server after --end-after, with expire_nodest_conn = %d', async (value, effect, fix) => {
    const settings = { expire_nodest_conn: value }
    const outcome = await drained('--end-after 0', [{ active: 1 }], { settings })
    const [first, , , ...rest] = outcome.stdout.split(/(?<=\n)(?! {4})/)
    expect(first).toContain(`  deleting ${NAME} ${effect}`)
    expect(first!.endsWith(`(net.ipv4.vs.expire_nodest_conn = ${value})\n${fix}`)).toBe(true)
    expect(outcome.stdout).toContain(
      `${NAME}: not drained after N s: deleted with 1 active, 0 inactive, 0 persistent left\n`,
    )
    expect(rest.join('')).toBe(`${HELD}${first}`)
    expect([outcome.status, weight(outcome)]).toEqual([0, undefined])
  })

  it('deletes a server that has drained before --end-after, too', async () => {
    const outcome = await drained('--end-after 2678400', [{ active: 1 }, {}])
    expect(outcome.stdout).toMatch(/drained in N s, deleted\n$/)
    expect([outcome.status, weight(outcome)]).toEqual([0, undefined])
  })

  it('waits no longer than --timeout, for any --end-after', async () => {
    const outcome = await drained('--timeout 0 --end-after 10', [{ active: 1 }])
    expect([outcome.status, weight(outcome)]).toEqual([1, '0'])
  })

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('reports the remaining connections when %s interrupts it', async (interrupt, status) => {
    const outcome = await drained('', [{ inactive: 1 }], { interrupt })
    expect(outcome.stdout).toContain(
      `${NAME}: interrupted after N s: 0 active, 1 inactive, 0 persistent left; its weight is still 0\n`,
    )
    expect([outcome.status, outcome.ends, weight(outcome)]).toEqual([status, 1, '0'])
  })

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('restores the weight at %s', async (interrupt) => {
    const outcome = await drained('--restore-weight', [{ inactive: 1 }], { interrupt })
    expect(outcome.stdout).toContain('; its weight is 7 again\n')
    expect(weight(outcome)).toBe('7')
  })

  it('draws a bar on a terminal', async () => {
    const outcome = await drained('', [{ active: 3, inactive: 1 }, { active: 1 }, {}], {
      machine: { outputTerminal: () => ({ columns: 90, rows: 24 }) },
    })
    expect(outcome.stdout.replace(/\d+ s/g, 'N s').split('\r')).toEqual([
      '',
      `${NAME} [....................] 3 active, 1 inactive, 0 persistent  N s\u001b[K`,
      `${NAME} [###############.....] 1 active, 0 inactive, 0 persistent  N s\u001b[K`,
      `${NAME} [####################] 0 active, 0 inactive, 0 persistent  N s\u001b[K\n${NAME}: drained in N s\n`,
    ])
  })

  it('keeps the bar within a narrow terminal', async () => {
    const outcome = await drained('', [{}], {
      machine: { outputTerminal: () => ({ columns: 30, rows: 24 }) },
    })
    expect(outcome.stdout.slice(1).split('\u001b')[0]).toHaveLength(29)
  })

  it('prints lines on a dumb terminal', async () => {
    const outcome = await drained('', [{}], {
      machine: { outputTerminal: () => ({ columns: 90, rows: 24 }), env: { TERM: 'dumb' } },
    })
    expect(outcome.stdout).not.toContain('\r')
    expect(outcome.stdout).toContain(`${NAME}: drained in `)
  })

  it('prints one JSON document', async () => {
    const outcome = await drained('--json --timeout 0', [{ active: 1, persistent: 2 }])
    expect(JSON.parse(outcome.stdout)).toEqual({
      ending: 'timed-out',
      server: { address: '198.51.100.1', port: 8080 },
      weight: { before: 7, after: 0 },
      left: { active: 1, inactive: 0, persistent: 2 },
      seconds: expect.any(Number),
      deleted: false,
      clients: [
        { protocol: 'tcp', address: '203.0.113.1', port: null, state: 'ASSURED', expires: 300 },
        { protocol: 'tcp', address: '203.0.113.3', port: 32769, state: 'ESTABLISHED', expires: 290 },
        { protocol: 'tcp', address: '203.0.113.0', port: null, state: 'ASSURED', expires: 60 },
      ],
      findings: [
        {
          id: 'persistent-templates',
          problem: expect.any(String),
          fixes: ['sysctl -w net.ipv4.vs.expire_quiescent_template=1'],
        },
        {
          id: 'established',
          problem: expect.any(String),
          fixes: ['--end-after SECONDS deletes the server then'],
        },
      ],
      settings: {
        expireNodestConn: false,
        connReuseMode: 1,
        expireQuiescentTemplate: false,
        udpTimeout: 300,
      },
    })
  })

  it('has the effect of a deletion in the JSON document', async () => {
    const outcome = await drained('--json --end-after 0', [{ active: 1 }], {
      settings: { expire_nodest_conn: 1 },
    })
    expect(JSON.parse(outcome.stdout)).toMatchObject({
      ending: 'ended',
      deleted: true,
      findings: [{ id: 'deletion-ends-connections', fixes: [] }],
      settings: { expireNodestConn: true },
    })
  })

  it('continues when the reader has closed the output', async () => {
    const outcome = await drained('--delete', [{ active: 1 }, {}], { unread: true })
    expect([outcome.status, weight(outcome)]).toEqual([0, undefined])
  })

  it.each([
    ['drain', 2, "drain: You need to supply the 'service-address' option for the 'drain' command"],
    [
      'drain -t 192.0.2.1:80',
      2,
      "drain: You need to supply the 'real-server' option for the 'drain' command",
    ],
    [
      'drain -t 192.0.2.1:80 -u 192.0.2.1:80 -r 198.51.100.1',
      2,
      "drain: multiple 'service-address' options specified",
    ],
    ['drain -t 192.0.2.1:80 -r nonsense:x', 2, 'drain: illegal real server address[:port] specified'],
    [`${COMMAND} --timeout soon`, 2, `drain: invalid --timeout \`soon': ${SECONDS}`],
    [`${COMMAND} --end-after 2678401`, 2, `drain: invalid --end-after \`2678401': ${SECONDS}`],
    ['drain -t 192.0.2.1:80 -r 198.51.100.9', 255, 'No such destination'],
    ['drain -f 5 -6 -r 2001:db8::1', 255, 'Service not defined'],
  ])('refuses: %s', async (words, status, message) => {
    const { kernel } = await director({})
    expect(await run(kernel, words)).toMatchObject({ status, stdout: '', stderr: `${message}\n` })
  })
})

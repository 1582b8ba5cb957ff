// ipvsadm-restore, apply, check and diff: their messages, statuses and effects.
import { describe, expect, it } from '@jest/globals'
import { subcommand } from '../reconcile/subcommand.ts'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'
import { run } from '../support/run.ts'

const restore = (kernel: FakeKernel, input: string, words = '') =>
  run(kernel, words, { program: 'ipvsadm-restore', input })

const WEB = '-A -t 192.0.2.1:80 -s wlc'
const ONE = '-a -t 192.0.2.1:80 -r 198.51.100.1:80 -m -w 1'
const TWO = '-a -t 192.0.2.1:80 -r 198.51.100.2:80 -m -w 2'
const DNS = '-A -u 192.0.2.1:53 -s rr'
const MARK = '-A -f 50 -s rr'

async function kernelWith(...lines: string[]): Promise<FakeKernel> {
  const kernel = new FakeKernel()
  expect(await restore(kernel, lines.join('\n'))).toMatchObject({ status: 0, output: '' })
  return kernel
}

const saved = async (kernel: FakeKernel) => (await run(kernel, '-S -n')).stdout.trimEnd().split('\n')

describe('ipvsadm-restore', () => {
  it('ignores words that are not long options, like the original', async () => {
    const kernel = await kernelWith(MARK)
    expect(await restore(kernel, WEB, 'foo -n -x --help -h --')).toMatchObject({ status: 0, output: '' })
    expect(await saved(kernel)).toEqual([WEB])
  })

  it('refuses an unknown long option before it reads input or uses the kernel', async () => {
    const kernel = await kernelWith(WEB, MARK)
    const before = kernel.datagrams
    expect(await restore(kernel, DNS, '--scop 192.0.2.1/32')).toMatchObject({
      status: 2,
      output: '--scop: unknown option\n',
    })
    expect(kernel.datagrams).toBe(before)
  })

  it('empties the table when there is nothing to restore', async () => {
    const kernel = await kernelWith(WEB, ONE)
    expect(await restore(kernel, '')).toMatchObject({ status: 0, output: '' })
    expect(await saved(kernel)).toEqual([''])
  })

  it('refuses a value of its own options', async () => {
    const kernel = await kernelWith(WEB)
    for (const [words, message] of [
      ['--wait x', "invalid wait time `x': must be an integer from 0 to 86400"],
      ['--wait', '--wait: missing argument'],
      ['--scope=nowhere', "invalid scope `nowhere': must be a network, tcp, udp, sctp or fwmark:FIRST-LAST"],
    ] as const) {
      expect(await restore(kernel, '', words)).toMatchObject({ status: 2, stderr: `${message}\n` })
    }
    expect(await saved(kernel)).toEqual([WEB])
  })

  it('reports every error of a malformed file with status 2, and sends no request', async () => {
    const kernel = await kernelWith(WEB)
    const before = kernel.datagrams
    expect(await restore(kernel, `${WEB}\n${ONE} -w\nfoo\n# fine\n-A -f 0\n`)).toEqual({
      status: 2,
      stdout: '',
      stderr:
        `line 2: -w: missing argument: ${ONE} -w\n` +
        'line 3: does not begin with a command: foo\n' +
        "line 5: invalid fwmark value `0' specified: -A -f 0\n" +
        '3 lines have errors; nothing was changed\n',
      output: expect.anything(),
    })
    expect(kernel.datagrams).toBe(before)
  })

  it('restores a file with warnings', async () => {
    const kernel = new FakeKernel()
    expect(await restore(kernel, `${WEB}\n${WEB}\n`)).toMatchObject({
      status: 0,
      stdout: '',
      stderr: `line 2: warning: repeats line 1: ${WEB}\n`,
    })
    expect(await saved(kernel)).toEqual([WEB])
  })

  it('--keep-going restores the valid lines, reports the others, and ends with 2', async () => {
    const kernel = await kernelWith(MARK)
    const { status, stderr } = await restore(kernel, `${WEB}\nfoo\n${ONE}\n${TWO} -w 3\n`, '--keep-going')
    expect(status).toBe(2)
    expect(stderr).toContain('line 2: does not begin with a command: foo\n')
    expect(stderr).toContain('2 lines have errors; left out\n')
    expect(await saved(kernel)).toEqual([WEB, ONE])
  })

  it('fails like any command without permission or ip_vs', async () => {
    const kernel = new FakeKernel({ hasFamily: false })
    expect(await restore(kernel, WEB)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("Can't initialize ipvs: Protocol not available"),
    })
  })

  it('keeps counters and connections of entries that stay', async () => {
    const kernel = await kernelWith(WEB, ONE, TWO)
    kernel.setCounters('tcp 192.0.2.1:80', { conns: 5n, active: 3 }, '198.51.100.1:80')
    await restore(kernel, [WEB, ONE.replace('-w 1', '-w 9'), DNS].join('\n'))
    expect((await run(kernel, '-L -n --stats')).stdout).toMatch(/198\.51\.100\.1:80 +5 /)
    expect(await saved(kernel)).toEqual([WEB, ONE.replace('-w 1', '-w 9'), DNS])
  })

  it('changes timeouts and daemons only if the file names them', async () => {
    const daemon = '--start-daemon master --mcast-interface eth0 --syncid 7'
    const kernel = await kernelWith('--set 100 20 30', daemon)
    await restore(kernel, WEB)
    expect(kernel.snapshot()).toMatchObject({ timeouts: { tcp: 100 }, daemons: { master: { syncId: 7 } } })
    expect(await restore(kernel, `${WEB}\n--set 0 0 31\n${daemon}`, '-v')).toMatchObject({
      status: 0,
      stdout: '~ --set 100 20 31\n',
    })
    expect(await restore(kernel, `${WEB}\n${daemon.replace('7', '8')}`, '-v')).toMatchObject({
      status: 0,
      stdout: `- --stop-daemon master\n+ ${daemon.replace('7', '8')}\n`,
    })
    await restore(kernel, '--stop-daemon master')
    expect(kernel.snapshot().daemons).toEqual({})
  })

  it('stops a daemon before it adds servers that the daemon does not allow', async () => {
    const kernel = await kernelWith(WEB, '--start-daemon master --mcast-interface eth0')
    const mixed = '-a -t 192.0.2.1:80 -r [2001:db8::1]:80 -i -w 1 --tun-type ipip'
    expect(await restore(kernel, `--stop-daemon master\n${WEB}\n${mixed}`)).toMatchObject({ status: 0 })
    expect(await restore(kernel, `${WEB}\n--start-daemon backup --mcast-interface eth0`)).toMatchObject({
      status: 0,
    })
    expect(await restore(kernel, `${WEB}\n${mixed}`)).toMatchObject({
      status: 255,
      stderr: expect.stringContaining('needs a tunnel, and excludes a sync daemon\n'),
    })
  })
})

describe('--scope', () => {
  const cases: readonly [scope: string, left: string[]][] = [
    ['192.0.2.0/24', [MARK]],
    ['192.0.2.0/24,fwmark', []],
    ['tcp', [DNS, MARK]],
    ['udp,fwmark:50', [WEB, ONE]],
    ['fwmark:1-49', [WEB, ONE, DNS, MARK]],
    ['fwmark:50-60', [WEB, ONE, DNS]],
    ['2001:db8::/32', [WEB, ONE, DNS, MARK]],
    ['192.0.2.0/24,udp', [WEB, ONE, MARK]],
    ['198.51.100.0/24', [WEB, ONE, DNS, MARK]],
  ]
  it.each(cases)('%s: an empty file leaves entries outside the scope', async (scope, left) => {
    const kernel = await kernelWith(WEB, ONE, DNS, MARK)
    expect(await subcommand(kernel, 'apply', '', { scope: [scope] })).toMatchObject({ status: 0, stderr: '' })
    expect((await saved(kernel)).filter((line) => line !== '').sort()).toEqual([...left].sort())
  })

  it('skips, with a warning, entries of the file outside the scope', async () => {
    const kernel = await kernelWith(WEB)
    const file = `--set 1 2 3\n${WEB}\n${ONE}\n${DNS}\n${MARK}\n-Z\n`
    expect(await subcommand(kernel, 'apply', file, { scope: ['tcp'], verbose: true })).toEqual({
      status: 0,
      stdout: `+ ${ONE}\n`,
      stderr: 'warning: outside the scope, left out: 4 (line 1, 4, 5, 6)\n',
    })
  })

  it('rolls back without touching entries outside the scope', async () => {
    const kernel = await kernelWith(WEB, DNS)
    const start = kernel.snapshot()
    const file = [WEB, ONE, TWO].join('\n')
    const before = kernel.requests.length
    expect((await subcommand(kernel, 'diff', file, { scope: ['tcp'] })).status).toBe(1)
    const reads = kernel.requests.length - before
    kernel.failAt(reads + 2, 12)
    kernel.failAt(reads + 3, 12)
    expect(await subcommand(kernel, 'apply', file, { scope: ['tcp'] })).toMatchObject({ status: 255 })
    expect(kernel.snapshot()).toEqual(start)
  })
})

describe('--keep-weights', () => {
  it('leaves the weights of existing servers, and sets those of new ones', async () => {
    const kernel = await kernelWith(WEB, ONE.replace('-w 1', '-w 0'))
    const file = [WEB, `${ONE} -x 5`, TWO].join('\n')
    expect((await subcommand(kernel, 'apply', file, { 'keep-weights': true })).status).toBe(0)
    expect(await saved(kernel)).toEqual([WEB, `${ONE.replace('-w 1', '-w 0')} -x 5`, TWO])
    expect(await subcommand(kernel, 'diff', file, { 'keep-weights': true })).toMatchObject({
      status: 0,
      stdout: '',
    })
    expect(await subcommand(kernel, 'diff', file)).toMatchObject({ status: 1 })
  })
})

describe('check', () => {
  it('does not use the kernel', async () => {
    const kernel = new FakeKernel()
    expect(await subcommand(kernel, 'check', `${WEB}\n${ONE}`)).toEqual({ status: 0, stdout: '', stderr: '' })
    expect(await subcommand(kernel, 'check', `${WEB}\n${ONE}`, { verbose: true })).toMatchObject({
      stdout: 'services: 1, servers: 1\n',
    })
    expect(await subcommand(kernel, 'check', ONE)).toEqual({
      status: 2,
      stdout: '',
      stderr:
        `line 1: Service not defined: no line before adds it: ${ONE}\n` +
        '1 line has an error; the file would be refused\n',
    })
    expect(kernel.datagrams).toBe(0)
  })
})

describe('diff', () => {
  it('prints the changes that apply would make, with the previous values of edits', async () => {
    const kernel = await kernelWith(WEB, ONE, MARK)
    expect(await subcommand(kernel, 'diff', `${WEB}\n${ONE} -x 3\n${TWO}\n`)).toEqual({
      status: 1,
      stdout: `+ ${TWO}\n~ -e${ONE.slice(2)} -x 3\n  # was -e${ONE.slice(2)}\n- -D -f 50\n`,
      stderr: '',
    })
    expect(await saved(kernel)).toEqual([WEB, ONE, MARK])
  })

  it('as JSON', async () => {
    const kernel = await kernelWith(WEB, ONE, MARK)
    const { status, stdout } = await subcommand(kernel, 'diff', `${WEB}\n${ONE} -x 3\n`, { json: true })
    expect(status).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      format: 1,
      summary: { add: 0, edit: 1, delete: 1 },
      changes: [
        {
          action: 'edit',
          type: 'destination',
          service: { family: 'inet', protocol: 'tcp', address: '192.0.2.1', port: 80 },
          destination: { family: 'inet', address: '198.51.100.1', port: 80 },
          before: { upperThreshold: 0 },
          after: { upperThreshold: 3 },
          fields: ['upperThreshold'],
          line: 2,
        },
        { action: 'delete', type: 'service', service: { family: 'inet', fwmark: 50 }, rule: '-D -f 50' },
      ],
    })
    const none = await subcommand(kernel, 'diff', [WEB, ONE, MARK].join('\n'), { json: true })
    expect(none).toMatchObject({ status: 0 })
    expect(JSON.parse(none.stdout)).toEqual({
      format: 1,
      summary: { add: 0, edit: 0, delete: 0 },
      changes: [],
    })
  })

  it('ends with 2 on an error, which is not a difference', async () => {
    const kernel = await kernelWith(WEB)
    expect((await subcommand(kernel, 'diff', 'foo')).status).toBe(2)
    kernel.failDumps(1, 12)
    expect(await subcommand(kernel, 'diff', WEB)).toMatchObject({
      status: 2,
      stderr: 'Memory allocation problem\n',
    })
    kernel.removeFamily()
    expect((await subcommand(kernel, 'diff', WEB)).status).toBe(2)
  })
})

describe('two at once', () => {
  it('the second names the holder of the lock and ends with 4', async () => {
    const kernel = await kernelWith(WEB)
    const asked: unknown[] = []
    const outcome = await run(kernel, '--wait 3 -v', {
      program: 'ipvsadm-restore',
      input: '',
      machine: {
        lock: async (...all) => {
          asked.push(all)
          return { holder: 'process 7: ipvsadm apply \u001b[2Jx' }
        },
      },
    })
    expect(outcome).toMatchObject({
      status: 4,
      stderr:
        'another restore is running (process 7: ipvsadm apply \\x1b[2Jx); waited 3 s; nothing was changed\n',
    })
    expect(asked).toEqual([['ipvsadm-restore', `process ${process.pid}: ipvsadm-restore --wait 3 -v`, 3]])
    expect(await saved(kernel)).toEqual([WEB])
  })

  it('waits ten seconds by default', async () => {
    const asked: unknown[] = []
    const lock = async (...all: unknown[]) => {
      asked.push(all[2])
      return { holder: 'another' }
    }
    const kernel = await kernelWith(WEB)
    await run(kernel, '', { program: 'ipvsadm-restore', input: '', machine: { lock } })
    await run(kernel, 'apply -', { input: '', machine: { lock } })
    expect(asked).toEqual([10, 10])
  })

  it('releases the lock after any outcome', async () => {
    const kernel = await kernelWith(WEB)
    let held = 0
    const machine = {
      lock: async () => {
        held++
        return { lock: { release: () => void held-- } }
      },
    }
    await run(kernel, '', { program: 'ipvsadm-restore', input: '-A -f 1 -s nosuch', machine })
    kernel.removeFamily()
    await run(kernel, '', { program: 'ipvsadm-restore', input: WEB, machine })
    expect(held).toBe(0)
  })
})

describe('output', () => {
  it('is written after the lock is released and signals have their default effect', async () => {
    const kernel = await kernelWith(WEB, ONE)
    const order: string[] = []
    const machine = {
      lock: async () => ({ lock: { release: () => void order.push('released') } }),
      onInterrupt: () => () => void order.push('signals are back'),
      writeOutput: () => void order.push('output'),
      writeError: () => void order.push('error'),
    }
    await run(kernel, '-v --keep-going', {
      program: 'ipvsadm-restore',
      input: `${WEB}\n-A -f 1 -s nosuch\n${TWO}`,
      machine,
    })
    expect(order).toEqual(['signals are back', 'released', 'output', 'error'])
  })
})

describe('the reason of a refusal', () => {
  it('of a server is the refusal of its service in the same file', async () => {
    const kernel = await kernelWith(MARK)
    const file = [WEB, ONE, '-A -u 192.0.2.1:53 -s fancy', '-a -u 192.0.2.1:53 -r 198.51.100.1 -g'].join('\n')
    const { status, stderr } = await restore(kernel, file, '--keep-going')
    expect(status).toBe(255)
    expect(stderr).toBe(
      'line 3: -A -u 192.0.2.1:53 -s fancy: Scheduler or persistence engine not found\n' +
        '  the kernel refused NEW_SERVICE with ENOENT (No such file or directory): -A -u 192.0.2.1:53 -s fancy\n' +
        '  usual reason: the name is misspelt, or its module ip_vs_fancy is missing (try: modprobe ip_vs_fancy)\n' +
        'line 4: -a -u 192.0.2.1:53 -r 198.51.100.1 -g: Service not defined\n' +
        '  the kernel refused NEW_DEST with ESRCH (No such process): -a -u 192.0.2.1:53 -r 198.51.100.1:53 -g -w 1\n' +
        '  because line 3, which adds the service, was refused\n',
    )
    expect(await saved(kernel)).toEqual([WEB, ONE])
  })
})

it.each(['ipvsadm-restore', 'ipvsadm'] as const)(
  '%s changes nothing when stdin is closed',
  async (program) => {
    const kernel = new FakeKernel()
    await run(kernel, '-A -t 192.0.2.1:80 -s rr')
    const readInput = () => {
      throw Object.assign(new Error('EBADF: bad file descriptor, read'), { code: 'EBADF' })
    }
    // The original's -R reads nothing then, and succeeds.
    expect(
      await run(kernel, program === 'ipvsadm' ? '-R' : '', { program, machine: { readInput } }),
    ).toMatchObject(
      program === 'ipvsadm'
        ? { status: 0, output: '' }
        : { status: 255, output: 'EBADF: bad file descriptor, read\n' },
    )
    expect((await run(kernel, '-Sn')).stdout).toBe('-A -t 192.0.2.1:80 -s rr\n')
  },
)

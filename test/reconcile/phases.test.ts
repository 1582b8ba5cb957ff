// The guarantees of a restore, by the kernel's log: entries outside the plan are never touched, for any refusal of the
// kernel; no live entry is removed before all other changes are made.
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { ERRNO } from '../support/fake-kernel/constants.ts'
import { FakeKernel, type LoggedRequest } from '../support/fake-kernel/fake-kernel.ts'
import { run } from '../support/run.ts'
import { ruleFile } from './arbitrary.ts'

/** Generated pairs of tables; each is restored once for every change between the two. */
const RUNS = 25

const restore = (kernel: FakeKernel, input: string, words = '') =>
  run(kernel, words, { program: 'ipvsadm-restore', input })

async function kernelWith(rules: string): Promise<FakeKernel> {
  const kernel = new FakeKernel()
  expect(await restore(kernel, rules)).toMatchObject({ status: 0 })
  for (const [i, entry] of entriesOf(kernel).entries()) {
    const [, service, server] = /^(fwmark6? \S+|\S+ \S+)(?: (.*))?$/.exec(entry)!
    kernel.setCounters(service!, { conns: BigInt(i + 1), inbytes: 100n }, server)
  }
  return kernel
}

/** Services and servers by the names that the log has. */
function entriesOf(kernel: FakeKernel): string[] {
  return Object.entries(kernel.snapshot().services).flatMap(([service, { destinations }]) => [
    service,
    ...Object.keys(destinations).map((server) => `${service} ${server}`),
  ])
}

const counters = async (kernel: FakeKernel) => (await run(kernel, '-L -n --stats --exact')).stdout

/** The changes among the requests that a restore makes. */
async function changesOf(kernel: FakeKernel, work: () => Promise<unknown>): Promise<LoggedRequest[]> {
  const before = kernel.requests.length
  await work()
  return kernel.requests.slice(before).filter(({ command }) => !`${command}`.startsWith('GET_'))
}

const actionOf = ({ command }: LoggedRequest) => `${command}`.slice(0, 3)

/** Checks the log of a restore against that of one without a fault. */
function checkLog(log: readonly LoggedRequest[], planned: readonly LoggedRequest[], live: readonly string[]) {
  const touched = new Set(planned.map(({ subject }) => subject))
  const deleted = planned
    .filter(({ command }) => command === 'DEL_SERVICE')
    .map(({ subject }) => `${subject} `)
  const left = new Set(
    live.filter((entry) => !touched.has(entry) && !deleted.some((service) => entry.startsWith(service))),
  )
  expect(log.filter(({ subject }) => left.has(subject))).toEqual([])

  const datagrams = new Map<number, Set<string>>()
  for (const request of log) {
    const actions = datagrams.get(request.datagram) ?? new Set()
    datagrams.set(request.datagram, actions.add(actionOf(request)))
  }
  expect([...datagrams.values()].filter((actions) => actions.size > 1)).toEqual([])

  const firstRemoval = log.findIndex(
    ({ command, subject }) => `${command}`.startsWith('DEL_') && live.includes(subject),
  )
  if (firstRemoval >= 0) {
    const key = ({ command, subject }: LoggedRequest) => `${command} ${subject}`
    const through = log.slice(0, firstRemoval).filter(({ errno }) => errno === 0)
    const made = new Set(through.map(key))
    const owed = planned.filter((request) => actionOf(request) !== 'DEL').map(key)
    expect(owed.filter((request) => !made.has(request))).toEqual([])
  }
}

describe('generated tables', () => {
  it('a refusal at every request in turn leaves entries outside the plan, and removes nothing too early', async () => {
    await fc.assert(
      fc.asyncProperty(ruleFile, ruleFile, async (first, second) => {
        const model = await kernelWith(first)
        const live = entriesOf(model)
        const planned = await changesOf(model, () => restore(model, second))
        checkLog(planned, planned, live)
        for (const [n, { command }] of planned.entries()) {
          const kernel = await kernelWith(first)
          const start = kernel.snapshot()
          const counts = await counters(kernel)
          let left = n
          kernel.meanwhile((moment) => {
            if (!`${moment.command}`.startsWith('GET_') && left-- === 0) kernel.failAt(1, ERRNO.ENOMEM)
          })
          const log = await changesOf(kernel, async () => {
            expect((await restore(kernel, second)).status).toBe(255)
          })
          checkLog(log, planned, live)
          expect(kernel.snapshot()).toEqual(start)
          if (!`${command}`.startsWith('DEL_')) expect(await counters(kernel)).toBe(counts)
        }
      }),
      { numRuns: RUNS },
    )
  })
})

describe('the requests before a refusal', () => {
  const WEB = '-A -t 192.0.2.1:80 -s wlc'
  const ONE = '-a -t 192.0.2.1:80 -r 198.51.100.1:80 -m -w 1'
  const MIXED = '-a -t 192.0.2.1:80 -r [2001:db8::1]:80 -i'
  const OLD = '-A -f 9 -s rr'
  const REFUSED = '-A -f 10 -s nosuch'

  /** The changes to live entries that reach the kernel. */
  const touched = async (before: string[], after: string[]) => {
    const kernel = await kernelWith(before.join('\n'))
    const live = entriesOf(kernel)
    const log = await changesOf(kernel, async () => {
      expect(await restore(kernel, after.join('\n'))).toMatchObject({ status: 255 })
    })
    return log.filter(({ subject }) => live.includes(subject)).map(({ command }) => command)
  }

  it('has no edit if an addition is refused', async () => {
    expect(await touched([WEB, ONE, OLD], [WEB, ONE.replace('-w 1', '-w 2'), REFUSED])).toEqual([])
  })

  it('has no edit of a weight if the edit of a scheduler is refused', async () => {
    const after = [WEB.replace('wlc', 'nosuch'), ONE.replace('-w 1', '-w 2')]
    expect(await touched([WEB, ONE, OLD], after)).toEqual(['SET_SERVICE'])
  })

  it('has no removal if a sync daemon is refused', async () => {
    const after = [WEB, '--start-daemon master --mcast-interface nosuch0']
    expect(await touched([WEB, ONE, OLD], after)).toEqual([])
  })

  it('stops a daemon early only for servers of another family', async () => {
    const daemon = '--start-daemon master --mcast-interface eth0'
    const stops = async (...lines: string[]) => {
      const kernel = await kernelWith([WEB, daemon].join('\n'))
      const log = await changesOf(kernel, () =>
        restore(kernel, ['--stop-daemon master', WEB, ...lines].join('\n')),
      )
      return log.map(({ command }) => command)
    }
    expect(await stops(ONE)).toEqual(['NEW_DEST', 'DEL_DAEMON'])
    expect(await stops(MIXED)).toEqual(['DEL_DAEMON', 'NEW_DEST'])
  })

  it('removes first what a daemon cannot start beside, and all else after its start', async () => {
    const kernel = await kernelWith([WEB, MIXED, ONE, OLD].join('\n'))
    const rules = `${WEB}\n--start-daemon master --mcast-interface eth0`
    const log = await changesOf(kernel, () => restore(kernel, rules))
    expect(log.map(({ command, subject, errno }) => [command, subject, errno])).toEqual([
      ['DEL_DEST', 'tcp 192.0.2.1:80 [2001:db8::1]:80', 0],
      ['NEW_DAEMON', '', 0],
      ['DEL_DEST', 'tcp 192.0.2.1:80 198.51.100.1:80', 0],
      ['DEL_SERVICE', 'fwmark 9', 0],
    ])
  })

  it('has no removal if a daemon is refused beside a server of another family that stays', async () => {
    const daemon = '--start-daemon master --mcast-interface eth0'
    expect(await touched([WEB, MIXED, ONE, OLD], [WEB, MIXED, daemon])).toEqual([])
    expect(await touched([WEB, MIXED, OLD], [WEB, MIXED, daemon, MIXED.replaceAll('::1', '::2')])).toEqual([])
  })

  it('removes only servers of another family before a daemon that is refused', async () => {
    const daemon = '--start-daemon master --mcast-interface nosuch0'
    for (const after of [[WEB, daemon], [daemon]]) {
      const kernel = await kernelWith([WEB, MIXED, ONE, OLD].join('\n'))
      const live = entriesOf(kernel)
      const start = kernel.snapshot()
      const log = await changesOf(kernel, async () => {
        expect(await restore(kernel, after.join('\n'))).toMatchObject({ status: 255 })
      })
      expect(log.filter(({ subject }) => live.includes(subject)).map(({ command }) => command)).toEqual([
        'DEL_DEST',
        'NEW_DEST',
      ])
      expect(kernel.snapshot()).toEqual(start)
    }
  })
})

// Plans by the library, over the fake kernel: made from rule files and from data, applied, and taken back.
import { describe, expect, it } from '@jest/globals'
import { LibraryClient } from '../../lib/library/library-client.ts'
import { readRules } from '../../lib/library/rule-files.ts'
import { formatRules, type LibraryRuleset } from '../../lib/library/rulesets.ts'
import { nameService } from '../../lib/system/names/name-service.ts'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'

const WEB = { protocol: 'tcp', address: '192.0.2.1', port: 80 } as const
const DNS = { protocol: 'udp', address: '192.0.2.1', port: 53 } as const
const server = (last: number) => ({ address: `198.51.100.${last}`, port: 80 })

async function open() {
  const kernel = new FakeKernel()
  const another = async () => kernel.connect()
  const client = await LibraryClient.open({ transport: await another(), another })
  await client.addService(WEB, { scheduler: 'rr' })
  await client.addServer(WEB, server(1), { forwarding: 'masquerade' })
  await client.addServer(WEB, server(2), { forwarding: 'masquerade', weight: 5 })
  return { kernel, client }
}

/** One server stays, with another weight; one goes; one comes. */
const WANTED: LibraryRuleset = {
  services: [
    {
      id: WEB,
      config: { scheduler: 'rr' },
      servers: [
        { id: server(2), config: { forwarding: 'masquerade', weight: 2 } },
        { id: server(3), config: { forwarding: 'masquerade' } },
      ],
    },
  ],
}

describe('a plan', () => {
  it('has the fewest changes, in phases, and makes none', async () => {
    const { client } = await open()
    const before = await client.table()
    const { steps } = await client.planRestore(WANTED)
    expect(steps.map(({ change, phase }) => [change.kind, phase])).toEqual([
      ['add-server', 'additions'],
      ['edit-server', 'edits'],
      ['delete-server', 'removals'],
    ])
    expect(await client.table()).toEqual(before)
  })

  it('is empty for the table as it is', async () => {
    const { client } = await open()
    expect((await client.planRestore({ services: await client.table() })).steps).toEqual([])
  })

  it('keeps weights and a scope where that is asked for', async () => {
    const { client } = await open()
    await client.addService(DNS)
    const kept = await client.planRestore(WANTED, { keepWeights: true, scope: ['tcp'] })
    expect(kept.steps.map(({ change }) => change.kind)).toEqual(['add-server', 'delete-server'])
    const whole = await client.planRestore(WANTED)
    expect(whole.steps.map(({ change }) => change.kind)).toContain('delete-service')
  })

  it.each([
    [{ services: [{ id: { ...WEB, address: 'web' } }] }, {}, '"web" is no address'],
    [{ services: [] }, { scope: ['everything'] }, '"everything" is no scope'],
    [
      { services: [{ id: WEB }, { id: WEB, config: { scheduler: 'sh' } }] },
      {},
      '-A -t 192.0.2.1:80 -s sh: comes twice, and differs',
    ],
  ])('is refused for what is not well formed: %j', async (wanted, options, message) => {
    const { client } = await open()
    await expect(client.planRestore(wanted, options)).rejects.toThrow(new RangeError(message))
  })
})

describe('applying a plan', () => {
  it('makes the table as wanted; undo puts it back', async () => {
    const { client } = await open()
    const before = await client.table({ stats: false })
    const outcome = await client.applyPlan(await client.planRestore(WANTED))
    expect(outcome).toMatchObject({ kind: 'made', refused: [], missing: [], aborted: false })
    expect(outcome.made).toHaveLength(3)
    expect((await client.planRestore(WANTED)).steps).toEqual([])
    const { undone, refused } = await client.undo(outcome)
    expect([undone.length, refused]).toEqual([3, []])
    expect((await client.planRestore({ services: before })).steps).toEqual([])
  })

  it('looks at the table again, and makes what is left to make', async () => {
    const { client } = await open()
    const plan = await client.planRestore(WANTED)
    await client.addServer(WEB, server(3), { forwarding: 'masquerade' })
    const { kind, made } = await client.applyPlan(plan)
    expect([kind, made.length]).toEqual(['made', 2])
  })

  it('takes everything back when the kernel refuses a change, and says which', async () => {
    const { client, kernel } = await open()
    const before = kernel.snapshot()
    const plan = await client.planRestore(WANTED)
    // The first change, after two readings of services and of servers.
    kernel.failAt(5, 22)
    const outcome = await client.applyPlan(plan)
    expect(outcome).toMatchObject({ kind: 'undone', made: [], inverse: [] })
    expect(outcome.refused[0]).toMatchObject({
      step: { change: { kind: 'add-server' } },
      error: { code: 'EINVAL', subject: { kind: 'add-server', service: WEB } },
    })
    expect(kernel.snapshot().services).toEqual(before.services)
  })

  it('goes on with what is left when that is asked for', async () => {
    const { client, kernel } = await open()
    const plan = await client.planRestore(WANTED)
    kernel.failAt(5, 22)
    const outcome = await client.applyPlan(plan, { keepGoing: true })
    expect([outcome.kind, outcome.made.length, outcome.refused.length]).toEqual(['made', 2, 1])
  })

  it('changes nothing when the signal is aborted before, and everything back when it is meanwhile', async () => {
    const { client, kernel } = await open()
    const plan = await client.planRestore(WANTED)
    const reason = new Error('enough')
    await expect(client.applyPlan(plan, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const before = kernel.snapshot()
    const abort = new AbortController()
    const call = client.applyPlan(plan, { signal: abort.signal })
    abort.abort()
    expect(await call).toMatchObject({ kind: 'undone', aborted: true, made: [] })
    expect(kernel.snapshot().services).toEqual(before.services)
  })

  it('leaves the client open', async () => {
    const { client } = await open()
    await client.applyPlan(await client.planRestore({ services: [] }))
    expect(await client.table()).toEqual([])
  })
})

describe('rule files', () => {
  const names = nameService(
    () => {
      throw new Error('no file')
    },
    () => {
      throw new Error('no sources')
    },
  )
  const LINES = `-A -t 192.0.2.1:80 -s sh -p 60 -M 255.255.255.0 -b sh-port
-a -t 192.0.2.1:80 -r 198.51.100.2:8080 -m -w 3
-A -f 7 -6 -s rr
--set 900 120 300
--start-daemon master --mcast-interface eth0 --syncid 7
`

  it('are read and written without loss', async () => {
    const { ruleset, errors, warnings } = await readRules(LINES, names)
    expect([errors, warnings]).toEqual([[], []])
    expect(ruleset.services[0]).toEqual({
      id: { family: 'inet', ...WEB },
      config: {
        scheduler: 'sh',
        flags: ['sh-port'],
        persistence: { timeout: 60, netmask: '255.255.255.0', engine: '' },
      },
      line: 1,
      servers: [
        expect.objectContaining({ id: { family: 'inet', address: '198.51.100.2', port: 8080 }, line: 2 }),
      ],
    })
    expect(ruleset).toMatchObject({
      timeouts: { tcp: 900, tcpFin: 120, udp: 300 },
      daemons: { master: { interface: 'eth0', syncId: 7 } },
    })
    expect(formatRules(ruleset)).toBe(LINES)
  })

  it('have their errors as data, and the rest is read', async () => {
    const { ruleset, errors } = await readRules(`${LINES}-A -t 192.0.2.1:0 -s rr\n`, names)
    expect(errors).toEqual([expect.objectContaining({ line: 6, severity: 'error' })])
    expect(ruleset.services).toHaveLength(2)
  })

  it('name the lines of the steps of a plan', async () => {
    const { client } = await open()
    const { ruleset } = await readRules(
      '-A -t 192.0.2.1:80 -s rr\n-a -t 192.0.2.1:80 -r 198.51.100.9:80 -m\n',
      names,
    )
    const { steps } = await client.planRestore(ruleset)
    expect(steps.map(({ change, line }) => [change.kind, line])).toEqual([
      ['add-server', 2],
      ['delete-server', 0],
      ['delete-server', 0],
    ])
  })
})

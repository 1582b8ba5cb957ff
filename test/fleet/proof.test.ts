// A fleet on a real cluster of three members, with five agents as processes over fake kernels: what each fault does.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { Fleet } from '../../lib/fleet/fleet.ts'
import { run } from '../../lib/fleet/fleet-command.ts'
import type { Rollout } from '../../lib/fleet/fleet-values.ts'
import { openFleet } from '../../lib/fleet/fleet-words.ts'
import { textOf } from '../../lib/fleet/store.ts'
import { nodeSystem } from '../../lib/system/node/system.ts'
import type { System } from '../../lib/system/system.ts'
import { until } from '../support/until.ts'
import { AgentProcess } from './support/agents.ts'
import { EtcdCluster } from './support/etcd-cluster.ts'
import { rulesWith } from './support/fleet-world.ts'

const HOUR = 3_600_000

let cluster: EtcdCluster
let agents: AgentProcess[]
let fleet: Fleet
let revision = 0

beforeAll(async () => {
  cluster = await EtcdCluster.start({
    size: 3,
    disks: true,
    words: ['--heartbeat-interval', '100', '--election-timeout', '2000'],
  })
  fleet = new Fleet(cluster.connect(), '/ipvsadm/')
  // The clocks of two machines are wrong.
  const skews = [0, HOUR, -HOUR, 0, 0]
  agents = []
  for (const [i, skew] of skews.entries())
    agents.push(await AgentProcess.start(cluster, `lb${i + 1}`, { skew }))
  await pushed(1)
  await allHave(1)
})
afterAll(async () => {
  await Promise.all((agents ?? []).map((agent) => agent.stop()))
  fleet?.store.close()
  await cluster?.stop()
})
afterEach(async () => {
  // However the test has ended, the next finds all at work.
  for (const agent of agents) {
    agent.network.restore()
    if (!agent.isAlive) agent.run()
  }
})

interface Result {
  readonly outcome: unknown
  readonly output: string
  readonly errors: string
}

/** `ipvsadm fleet` with these words. */
async function type(
  action: string,
  more: Readonly<Record<string, unknown>> = {},
  text = '',
  open = openFleet,
): Promise<Result> {
  let output = ''
  let errors = ''
  const system: System = {
    ...nodeSystem,
    readInput: () => Buffer.from(text),
    writeOutput: (more) => {
      output += more
    },
    writeError: (more) => {
      errors += more
    },
  }
  const outcome = await run(
    { action, group: 'web', endpoints: cluster.endpoints, settings: undefined, ...more },
    {
      ...system,
      readFile: () => {
        throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' })
      },
    },
    open,
  )
  return { outcome, output, errors }
}

async function push(
  weight: number,
  more: Readonly<Record<string, unknown>> = {},
  open = openFleet,
): Promise<Result> {
  const result = await type('push', { operand: '-', ...more }, rulesWith(weight, weight, weight), open)
  revision = Number(/revision (\d+) is/.exec(result.output)?.[1] ?? revision)
  return result
}

/** A push that must be done, so that a test does not wait for rules that nobody has. */
async function pushed(weight: number): Promise<void> {
  expect(await push(weight)).toMatchObject({ outcome: 'done', errors: '' })
}

const weightsOf = (weight: number) => ({
  '10.0.0.1:80': weight,
  '10.0.0.2:80': weight,
  '10.0.0.3:80': weight,
})

const has = (agent: AgentProcess, weight: number) =>
  JSON.stringify(agent.weights) === JSON.stringify(weightsOf(weight))

/** Waits until all directors have these weights, and have reported it; the milliseconds until the tables had them. */
async function allHave(weight: number, of: readonly AgentProcess[] = agents): Promise<number> {
  const live = () => {
    const ended = of.filter(({ isAlive }) => !isAlive)
    if (ended.length > 0) throw new Error(`${ended[0]!.name} has ended: ${ended[0]!.log}`)
  }
  const time = await until(() => {
    live()
    return of.every((agent) => has(agent, weight))
  })
  await until(async () => {
    live()
    const directors = await fleet.directors()
    return of.every(({ name }) => {
      const own = directors.get(name)?.report.groups.web
      return own?.revision === revision && own.result === 'applied'
    })
  })
  return time
}

it('a push reaches five directors', async () => {
  const times: number[] = []
  for (const weight of [2, 3, 4, 5, 6]) {
    const start = performance.now()
    await pushed(weight)
    await until(() => agents.every((agent) => has(agent, weight)))
    times.push(performance.now() - start)
    await allHave(weight)
  }
  times.sort((a, b) => a - b)
  process.stderr.write(
    `fleet: a push reaches five directors in ${Math.round(times[2]!)} ms (median of 5; longest ${Math.round(times[4]!)} ms)\n`,
  )
  expect(new Set([...(await fleet.directors()).values()].map(({ report }) => report.table)).size).toBe(1)
})

/** Opens fleets of which none changes anything before so many have read what is there, or one has ended. */
function together(count: number) {
  let end = () => {}
  const met = new Promise<void>((resolve) => {
    end = resolve
  })
  let come = 0
  const open: typeof openFleet = (...words) => {
    const opened = openFleet(...words)
    const { store } = opened
    const transact = store.transact.bind(store)
    store.transact = async (...change) => {
      if (++come === count) end()
      await met
      return await transact(...change)
    }
    return opened
  }
  return { open, end }
}

it('of two pushes at once one is done, and the other is told', async () => {
  for (let i = 0; i < 5; i++) {
    const { open, end } = together(2)
    const pushes = [10, 11].map((weight) => push(weight + 2 * i, {}, open).finally(end))
    const results = await Promise.all(pushes)
    expect(results.map(({ outcome }) => outcome).sort()).toEqual(['done', 'refused'])
    const loser = results.find(({ outcome }) => outcome === 'refused')
    expect(loser?.errors).toMatch(/somebody else was faster with revision \d+/)
    const winner = results.findIndex(({ outcome }) => outcome === 'done')
    revision = Number(/revision (\d+) is/.exec(results[winner]!.output)?.[1])
    await allHave(10 + 2 * i + winner)
  }
})

describe('a push reaches all directors', () => {
  it('when the leader is killed', async () => {
    const leader = await cluster.leader()
    await cluster.kill(leader)
    await pushed(20)
    await allHave(20)
    cluster.startMember(leader)
    await cluster.ready()
    await pushed(21)
    await allHave(21)
  })

  it('when a member has no disk left', async () => {
    const victim = ((await cluster.leader()) + 1) % 3
    cluster.fillDisk(victim)
    await pushed(22)
    await allHave(22)
    // It ends when it has to make another file for its log.
    for (let i = 0; i < 150 && cluster.isRunning(victim); i++) {
      await fleet.store.transact([], [{ put: '/others/large', value: new Uint8Array(1_000_000) }])
    }
    // The others have taken all that; it may be late.
    await until(() => !cluster.isRunning(victim))
    await pushed(23)
    await allHave(23)
    cluster.freeDisk(victim)
    cluster.startMember(victim)
    await cluster.ready()
    await pushed(24)
    await allHave(24)
  })

  it('when agents are killed in the middle of a change', async () => {
    for (let n = 0; n < 3; n++) {
      const weight = 30 + n
      const victim = agents[n]!
      let left = n
      victim.kernel.kernel.meanwhile(({ command }) => {
        if (!String(command).startsWith('GET_') && left-- === 0) void victim.kill()
      })
      await pushed(weight)
      await until(() => !victim.isAlive || has(victim, weight))
      victim.kernel.kernel.meanwhile(undefined)
      await victim.kill()
      // Servers have the old weight or the new one.
      expect(Object.values(victim.weights).every((each) => each === weight || each <= weight)).toBe(true)
      await allHave(
        weight,
        agents.filter((agent) => agent !== victim),
      )
      victim.run()
      await allHave(weight)
    }
  })

  it('when one is away, and what it has missed is no longer kept', async () => {
    const away = agents[0]!
    await away.kill()
    for (const weight of [40, 41, 42]) {
      await pushed(weight)
      await allHave(weight, agents.slice(1))
    }
    const { revision: last } = await fleet.store.get('none')
    cluster.control('compaction', `${last}`)
    const before = away.log.length
    away.run()
    await allHave(42)
    // It has not gone through those between. It may have begun with its copy, if the cluster was slow to answer.
    const taken = () =>
      [...away.log.slice(before).matchAll(/event=fleet-revision revisions=web:(\d+) from=etcd\n/g)].map(
        ([, number]) => Number(number),
      )
    await until(() => taken().length > 0)
    expect(taken()).toEqual([revision])
  })

  it('when the network of one is cut meanwhile: it goes on with its rules, and catches up', async () => {
    const lost = agents[1]!
    const old = lost.weights
    lost.network.cut()
    await pushed(50)
    await allHave(
      50,
      agents.filter((agent) => agent !== lost),
    )
    await until(async () => !(await fleet.directors()).has(lost.name))
    expect(lost.weights).toEqual(old)
    const { outcome, output } = await type('status')
    expect(outcome).toBe('found')
    // Its clock is an hour ahead.
    expect(output).toMatch(new RegExp(`lb2 +${revision - 1} +gone .* at 20\\S+Z by its clock\n`))
    lost.network.restore()
    await allHave(50)
  })

  it('also one that has no cluster at its start, from its copy', async () => {
    const lost = agents[2]!
    await lost.kill()
    lost.network.cut()
    lost.kernel.kernel.removeFamily()
    lost.kernel.kernel.addFamily()
    lost.run()
    await until(() => has(lost, 50))
    await pushed(51)
    expect(has(lost, 50)).toBe(true)
    lost.network.restore()
    await allHave(51)
  })
})

describe('a rollout', () => {
  const rollout = async (): Promise<Rollout> => {
    const [entry] = (await fleet.store.get(fleet.keys.rollout('web'))).entries
    return JSON.parse(textOf(entry!))
  }

  let last = 60

  /**
   * Pushes with these words until the rollout is done, and returns what the last one has printed. A director that is away for
   * more than its lease, as it happens on a busy machine, has another put all back.
   */
  async function rolledOut(
    words: Readonly<Record<string, unknown>>,
    meanwhile: (pushed: Promise<Result>) => Promise<void> = async () => {},
  ): Promise<string> {
    for (let next = last + 1; ; next++) {
      const before = revision
      const pushed = push(next, words)
      await meanwhile(pushed)
      const { outcome, output } = await pushed
      if (outcome === 'done') {
        last = next
        await allHave(last)
        return output
      }
      expect(output).toMatch(/failed: lb\d has gone; all go back to revision \d+\n$/)
      revision = before
      await allHave(last)
    }
  }

  it('goes in waves to its end', async () => {
    await pushed(last)
    await allHave(last)
    const output = await rolledOut({ canary: '1', batch: '50%', wait: '500ms' })
    expect(output).toMatch(/web: wave 1 of 3: lb1\nweb: wave 2 of 3: lb2, lb3, lb4\nweb: wave 3 of 3: lb5\n/)
  })

  it('whose canary fails puts it back, and says why', async () => {
    const text = rulesWith(99, 99, 99).replace('rr', 'nosuch')
    const { outcome, output } = await type('push', { operand: '-', canary: '1', wait: '500ms' }, text)
    expect(outcome).toBe('found')
    expect(output).toMatch(
      /failed: lb1: -E -t 192\.0\.2\.1:80 -s nosuch: ENOENT; all go back to revision \d+\n$/,
    )
    await allHave(last)
    expect(agents.every((agent) => !agent.log.includes('weight=99') && has(agent, last))).toBe(true)
  })

  it('survives the death of the agent that carries it', async () => {
    await rolledOut({ canary: '1', batch: '2', wait: '3s', patience: '5m' }, async (pushed) => {
      let lead: string | undefined
      const isCarried = async () => {
        const marks = await fleet.group('web')
        lead = marks.lead
        return marks.rollout?.state === 'running' && lead !== undefined
      }
      await until(isCarried, pushed)
      const carrier = agents.find(({ name }) => name === lead)!
      await carrier.kill()
      carrier.run()
    })
    expect((await rollout()).state).toBe('done')
    expect((await type('status')).outcome).toBe('done')
  })
})

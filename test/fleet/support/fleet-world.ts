// Directors of a fleet in this process: agents' loops over fake kernels, a cluster in memory, a clock that the test turns.
// A kernel and a disk outlive their agent.
import type { CheckResult, Scheduled } from '../../../lib/agent/checks/health-check.ts'
import type { Clock } from '../../../lib/agent/clock.ts'
import type { AgentConfig } from '../../../lib/agent/config/config.ts'
import { FleetDirector } from '../../../lib/agent/fleet/fleet-director.ts'
import { Loop } from '../../../lib/agent/loop.ts'
import { parseRules } from '../../../lib/agent/rules-watch.ts'
import { fleetKeys } from '../../../lib/fleet/fleet-keys.ts'
import type { DirectorReport, GroupReport } from '../../../lib/fleet/fleet-values.ts'
import { type Store, textOf } from '../../../lib/fleet/store.ts'
import { openClient } from '../../../lib/ipvs/open-client.ts'
import { nodeSystem } from '../../../lib/system/node/system.ts'
import { TestClock } from '../../agent/support/test-clock.ts'
import { configuration, type LogLine } from '../../agent/support/world.ts'
import { FakeKernel } from '../../support/fake-kernel/fake-kernel.ts'
import { FakeConnection, FakeEtcd } from './fake-etcd.ts'
import { FleetMachine, PREFIX } from './fleet-machine.ts'

export const keys = fleetKeys(PREFIX)

const COPY = '/copy'

export interface DirectorOptions {
  readonly name: string
  readonly host?: string
  readonly groups?: readonly string[]
  /** The error of the clock of the machine, in milliseconds. */
  readonly skew?: number
  readonly random?: () => number
  readonly config?: Partial<AgentConfig>
}

/** One run of an agent. */
interface Run {
  readonly loop: Loop
  readonly fleet: FleetDirector
  readonly connection: Store
  isDead: boolean
}

export class Director {
  readonly name: string
  readonly kernel = new FakeKernel()
  readonly disk = new Map<string, string>()
  isDiskFull = false
  readonly log: LogLine[] = []
  /** The revisions that it has taken, as in `web:3`, or `copy web:3`, over all its runs. */
  readonly taken: string[] = []
  scheduled: readonly Scheduled[] = []
  readonly #options: DirectorOptions
  readonly #clock: Clock
  readonly #connect: () => Store
  #run: Run | undefined
  #result: (key: string, result: CheckResult) => void = () => {}

  constructor(options: DirectorOptions, clock: Clock, connect: () => Store) {
    const { skew = 0 } = options
    this.name = options.name
    this.#options = options
    this.#connect = connect
    this.#clock = {
      now: () => clock.now(),
      timer: (milliseconds, callback) => clock.timer(milliseconds, callback),
      wall: () => new Date(clock.wall().getTime() + skew),
    }
  }

  get isAlive(): boolean {
    return this.#run !== undefined
  }

  /** Over a cluster in memory. */
  get connection(): FakeConnection {
    const { connection } = this.#run!
    if (!(connection instanceof FakeConnection)) throw new Error('the cluster is a real one')
    return connection
  }

  get fleet(): FleetDirector {
    return this.#run!.fleet
  }

  /** @param reachable whether members of the cluster answer */
  async start(reachable = true): Promise<void> {
    const { name, host = `host of ${name}`, groups = ['web'], random = () => 0, config: more } = this.#options
    const clock = this.#clock
    const connection = this.#connect()
    if (!reachable && connection instanceof FakeConnection) connection.cut()
    const config = configuration({}, {
      defaults: { ...configuration().defaults, check: { kind: 'none' } },
      ...more,
    } as Partial<AgentConfig>)
    const log = (level: string, event: string, fields = {}) => {
      if (run.isDead) return
      const line: LogLine = { level, event, ...fields }
      this.log.push(line)
      if (event === 'fleet-revision')
        this.taken.push(`${line.from === 'copy' ? 'copy ' : ''}${line.revisions}`)
    }
    const system = {
      ...nodeSystem,
      privileged: true,
      transport: async () => this.#transport(run),
      loadModule: async () => this.kernel.addFamily(),
    }
    const run: Run = {
      isDead: false,
      connection,
      loop: new Loop(config, {
        clock,
        log,
        open: () => openClient(system),
        lock: async () => ({ lock: { release: () => {} } }),
        schedule: (report) => {
          this.#result = report
          return {
            replace: (entries) => {
              this.scheduled = entries
            },
            stop: () => {},
          }
        },
        turned: () => {
          if (!run.isDead) run.fleet.turned(run.loop.status)
        },
      }),
      fleet: new FleetDirector({
        store: connection,
        prefix: PREFIX,
        name,
        host,
        groups,
        copy: COPY,
        version: 'test',
        system: {
          readFile: (path) => this.#readFile(path),
          replaceFile: (...words) => this.#replace(...words),
        },
        clock,
        random,
        log,
        parse: (text) => parseRules(text, 'the document', system),
        take: (rules) => run.loop.setRules(rules),
      }),
    }
    this.#run = run
    await run.fleet.start()
  }

  #transport(run: Run) {
    const socket = this.kernel.connect()
    const alive = () => {
      if (run.isDead) throw new Error('the process was killed')
    }
    return {
      port: socket.port,
      send: (datagram: Uint8Array) => {
        alive()
        socket.send(datagram)
      },
      receive: () => {
        alive()
        return socket.receive()
      },
      close: () => socket.close(),
    }
  }

  #readFile(path: string): Uint8Array {
    const text = this.disk.get(path)
    if (text === undefined) throw new Error('ENOENT')
    return new TextEncoder().encode(text)
  }

  #replace(path: string, text: string): void {
    if (this.isDiskFull) throw new Error('ENOSPC: no space left on device')
    this.disk.set(path, text)
  }

  /** SIGKILL: nothing of the process happens any more; its key stays until the lease ends. */
  kill(): void {
    const run = this.#run
    if (run === undefined) return
    run.isDead = true
    this.#run = undefined
    this.kernel.meanwhile(undefined)
    if (run.connection instanceof FakeConnection) run.connection.cut()
    void run.fleet.stop()
    void run.loop.stop()
  }

  /** SIGKILL at the n-th change of the table from now. */
  killAtChange(n: number): void {
    let left = n
    this.kernel.meanwhile(({ command }) => {
      if (!String(command).startsWith('GET_') && --left < 0) this.kill()
    })
  }

  async settled(): Promise<void> {
    await this.#run?.loop.settled()
  }

  /** Results of the checks of all servers, or of those whose key has the text. */
  check(up: boolean, part = '', times = 3): void {
    for (let i = 0; i < times; i++) {
      for (const { key } of this.scheduled) {
        if (key.includes(part)) this.#result(key, { up, detail: up ? 'connected' : 'refused', ms: 1 })
      }
    }
  }

  /** Weights by service and server, one line each, in order. */
  get table(): string[] {
    return Object.entries(this.kernel.snapshot().services)
      .flatMap(([service, { destinations }]) => [
        service,
        ...Object.entries(destinations).map(([server, { weight }]) => `${service} ${server} ${weight}`),
      ])
      .sort()
  }

  get problems(): readonly string[] {
    return this.#run?.fleet.problems ?? []
  }

  events(event: string): LogLine[] {
    return this.log.filter((line) => line.event === event)
  }
}

export class FleetWorld {
  readonly clock = new TestClock()
  readonly etcd = new FakeEtcd(this.clock)
  readonly machine = new FleetMachine(this.etcd)
  readonly directors: readonly Director[]

  constructor(options: readonly (string | DirectorOptions)[]) {
    this.directors = options.map(
      (each) =>
        new Director(typeof each === 'string' ? { name: each } : each, this.clock, () => this.etcd.connect()),
    )
  }

  static async start(...options: readonly (string | DirectorOptions)[]): Promise<FleetWorld> {
    const world = new FleetWorld(options)
    for (const director of world.directors) await director.start()
    await world.pass(1000)
    return world
  }

  director(name: string): Director {
    return this.directors.find((director) => director.name === name)!
  }

  async pass(milliseconds: number): Promise<void> {
    await this.settle()
    await this.clock.advance(milliseconds, () => this.settle())
  }

  /** Resolves when nothing happens any more without the clock. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 4; quiet++) {
      const before = this.#activity
      for (const director of this.directors) await director.settled()
      await new Promise((resolve) => setImmediate(resolve))
      if (this.#activity !== before) quiet = 0
    }
  }

  get #activity(): number {
    return this.directors.reduce(
      (sum, { kernel, log }) => sum + kernel.datagrams + log.length,
      this.etcd.revision,
    )
  }

  async push(rules: string, more: Readonly<Record<string, unknown>> = {}) {
    const result = await this.machine.push(rules, { detach: true, ...more })
    await this.settle()
    return result
  }

  value<T>(key: string): T | undefined {
    const entry = this.etcd.keys.get(key)
    return entry && (JSON.parse(textOf(entry)) as T)
  }

  report(name: string): DirectorReport | undefined {
    return this.value(keys.director(name))
  }

  result(name: string, group = 'web'): Partial<GroupReport> | undefined {
    const { revision, result, errors } = this.report(name)?.groups[group] ?? {}
    return { revision, result, errors } as Partial<GroupReport>
  }

  get tables(): Readonly<Record<string, string[]>> {
    return Object.fromEntries(this.directors.map(({ name, table }) => [name, table]))
  }
}

/** Pushes rules, and starts the two directors of a world one after the other. */
export async function startBoth(world: FleetWorld): Promise<[Director, Director]> {
  const [first, second] = world.directors as [Director, Director]
  await world.push(rulesWith(1))
  await first.start()
  await world.pass(5000)
  await second.start()
  await world.pass(5000)
  return [first, second]
}

/** Rules of a service with servers of these weights. */
export const rulesWith = (...weights: readonly number[]): string =>
  [
    '-A -t 192.0.2.1:80 -s rr',
    ...weights.map((weight, i) => `-a -t 192.0.2.1:80 -r 10.0.0.${i + 1}:80 -m -w ${weight}`),
    '',
  ].join('\n')

/** The table that they make. */
export const tableWith = (...weights: readonly number[]): string[] =>
  ['tcp 192.0.2.1:80', ...weights.map((weight, i) => `tcp 192.0.2.1:80 10.0.0.${i + 1}:80 ${weight}`)].sort()

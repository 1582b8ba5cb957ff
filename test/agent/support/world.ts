// The loop over a fake kernel, with checks whose results the test gives and a clock that it turns.
import type { CheckResult, Scheduled } from '../../../lib/agent/checks/health-check.ts'
import type { AgentConfig, CommonPlan, Policy } from '../../../lib/agent/config/config.ts'
import type { LogFields } from '../../../lib/agent/log.ts'
import { Loop } from '../../../lib/agent/loop.ts'
import type { LoopOptions } from '../../../lib/agent/loop-options.ts'
import { openClient } from '../../../lib/ipvs/open-client.ts'
import type { Ruleset } from '../../../lib/model/ruleset.ts'
import { readRuleFile } from '../../../lib/rules/read-file.ts'
import { nodeSystem } from '../../../lib/system/node/system.ts'
import { FakeKernel } from '../../support/fake-kernel/fake-kernel.ts'
import { run } from '../../support/run.ts'
import { TestClock } from './test-clock.ts'

export const PLAN: CommonPlan = {
  interval: 2000,
  timeout: 1000,
  rise: 2,
  fall: 3,
  jitter: 0,
  address: undefined,
  port: undefined,
  source: undefined,
}

export const POLICY: Policy = {
  down: 'quiesce',
  minimum: 0,
  fallback: [],
  slowStart: 0,
  drainTimeout: 60_000,
}

export function configuration(policy: Partial<Policy> = {}, more: Partial<AgentConfig> = {}): AgentConfig {
  return {
    rules: { file: '/etc/ipvsadm/rules' },
    scope: undefined,
    interval: 2000,
    socket: '/run/ipvsadm-agent/socket',
    state: undefined,
    log: { format: 'logfmt', level: 'info' },
    drift: 'keep',
    concurrency: 100,
    defaults: { check: { kind: 'tcp', ...PLAN }, policy: { ...POLICY, ...policy } },
    scopes: [],
    services: [],
    servers: [],
    ...more,
  }
}

export async function rulesOf(text: string): Promise<Ruleset> {
  const { ruleset, errors } = await readRuleFile(text, { posix: false, names: nodeSystem.names })
  if (errors.length > 0) throw new Error(JSON.stringify(errors))
  return ruleset
}

export interface LogLine extends LogFields {
  readonly level: string
  readonly event: string
}

export class World {
  readonly kernel: FakeKernel
  readonly clock = new TestClock()
  readonly log: LogLine[] = []
  loop: Loop
  /** The checks that run now. */
  scheduled: readonly Scheduled[] = []
  #report: (key: string, result: CheckResult) => void = () => {}
  readonly #options: Partial<LoopOptions>

  constructor(
    config: AgentConfig = configuration(),
    { kernel = new FakeKernel(), ...options }: Partial<LoopOptions> & { kernel?: FakeKernel } = {},
  ) {
    this.kernel = kernel
    this.#options = options
    this.loop = this.#newLoop(config)
  }

  #newLoop(config: AgentConfig): Loop {
    const system = {
      ...nodeSystem,
      privileged: true,
      transport: async () => this.kernel.connect(),
      loadModule: async () => this.kernel.addFamily(),
    }
    return new Loop(config, {
      clock: this.clock,
      log: (level, event, fields) => void this.log.push({ level, event, ...fields }),
      open: () => openClient(system),
      lock: async () => ({ lock: { release: () => {} } }),
      schedule: (report) => {
        this.#report = report
        return {
          replace: (entries) => {
            this.scheduled = entries
          },
          stop: () => {},
        }
      },
      ...this.#options,
    })
  }

  /** The agent dies, and another begins. */
  restart(config: AgentConfig = configuration()): void {
    this.loop = this.#newLoop(config)
  }

  /** Types a command beside the agent. */
  async type(words: string, input = ''): Promise<void> {
    const program = input === '' ? 'ipvsadm' : 'ipvsadm-restore'
    const told: string[] = []
    const sendLine = async (_path: string, line: string) => void told.push(line)
    const { status, output } = await run(this.kernel, words, { program, input, machine: { sendLine } })
    for (const line of told) {
      const { service, server, weight } = JSON.parse(line)
      void this.loop.setByHand(service, server, weight)
    }
    if (status !== 0) throw new Error(`${words}: ${output}`)
  }

  async pass(milliseconds: number): Promise<void> {
    await this.clock.advance(milliseconds, () => this.loop.settled())
  }

  /** Gives results of checks, and lets the loop act: of all servers, or of those whose key has the text. */
  async result(
    up: boolean,
    part = '',
    { times = 1, weight, inconclusive }: { times?: number; weight?: number; inconclusive?: true } = {},
  ) {
    for (let i = 0; i < times; i++) {
      for (const { key } of this.scheduled) {
        if (!key.includes(part)) continue
        const detail = up ? 'connected' : 'connection refused'
        const more = { ...(weight !== undefined && { weight }), ...(inconclusive && { inconclusive }) }
        this.#report(key, { up, detail, ms: 1, ...more })
      }
    }
    await this.pass(100)
  }

  /** The weights of all servers, by service and server. */
  get weights(): Record<string, Record<string, number>> {
    const services = Object.entries(this.kernel.snapshot().services)
    return Object.fromEntries(
      services.map(([name, { destinations }]) => [
        name,
        Object.fromEntries(Object.entries(destinations).map(([server, { weight }]) => [server, weight])),
      ]),
    )
  }

  /** Requests so far that change something. */
  get changes(): number {
    return this.kernel.requests.filter(({ command }) => !String(command).startsWith('GET_')).length
  }

  events(event: string): LogLine[] {
    return this.log.filter((line) => line.event === event)
  }
}

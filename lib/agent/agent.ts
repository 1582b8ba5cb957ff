// The running agent: puts the loop, the checks, the watch of the rules, the control socket and systemd together.
import { ownNamespace, type SetByHand } from '../commands/tell-agent.ts'
import { openClient } from '../ipvs/open-client.ts'
import type { Ruleset } from '../model/ruleset.ts'
import type { Interruption, Lock, System } from '../system/system.ts'
import { AgentCounters, type AgentFigures } from './agent-metrics.ts'
import { agentStatus } from './agent-status.ts'
import type { HealthCheck } from './checks/health-check.ts'
import type { Clock } from './clock.ts'
import { differencesAtStart, sameForLoop } from './config/compare-configs.ts'
import type { AgentConfig } from './config/config.ts'
import { type ControlAnswer, type ControlSocket, listen } from './control.ts'
import type { Held } from './drift.ts'
import { loadNowAndThen } from './load-module.ts'
import { type Log, logger, writeIfPossible } from './log.ts'
import { Loop } from './loop.ts'
import { MonitorMount } from './monitor-mount.ts'
import { type Notify, notifier } from './notify.ts'
import { type OpenedRules, type OpenStore, openRules, type RulesOrigin } from './rules-origin.ts'
import type { RulesFiles, RulesOrProblems } from './rules-watch.ts'
import { createSchedule } from './schedule.ts'
import { keepMarks, recallMarks } from './state-file.ts'
import { NO_MEMORY } from './wanted.ts'

export interface AgentOptions {
  readonly system: System
  readonly clock: Clock
  readonly check: HealthCheck
  readonly files: RulesFiles
  readonly openStore: OpenStore
  /** Reads the configuration again. */
  readonly readConfig: () => Promise<
    { readonly config: AgentConfig } | { readonly problems: readonly string[] }
  >
}

/** The lock of restores, as `apply` takes it. */
const LOCK = 'ipvsadm-restore'
const CONFIG_WAITS = 'the new configuration, apart from serve, waits for rules that are right'
/** Seconds that a change of the table waits for a restore to end. */
const LOCK_WAIT = 1

export class Agent {
  readonly #options: AgentOptions
  readonly #started: Date
  readonly #log: Log
  readonly #notify: Notify
  readonly #loop: Loop
  readonly #monitor: MonitorMount
  readonly #counters = new AgentCounters()
  #origin: RulesOrigin
  /** The rules of the configuration that `#origin` is of. */
  #source: AgentConfig['rules']
  #config: AgentConfig
  /** Of the loop: it takes rules and configuration together, as one may be made for the other. */
  #loopConfig: AgentConfig
  /** Undefined: there are none yet. */
  #rules: Ruleset | undefined
  #rulesRead: Date | undefined
  /** Of the configuration as it is now. */
  #configProblems: readonly string[] = []
  /** Of the rules as they are now, or of opening their source. */
  #rulesProblems: readonly string[] = []
  /** Why metrics and page are not served as the configuration says. */
  #serveProblems: readonly string[] = []
  #control: ControlSocket | undefined
  /** When the loop has last turned, by the clock. */
  #turned: number
  #cancelWatchdog = () => {}
  /** The end of the last reload: they come one after another. */
  #reloaded: Promise<unknown> = Promise.resolve()
  #stopped = false

  constructor(
    config: AgentConfig,
    rules: Ruleset | undefined,
    origin: OpenedRules['origin'],
    options: AgentOptions,
  ) {
    const { system, clock, check } = options
    this.#options = options
    this.#config = config
    this.#loopConfig = config
    this.#rules = rules
    this.#started = clock.wall()
    this.#rulesRead = rules && this.#started
    this.#turned = clock.now()
    const journal = system.env.JOURNAL_STREAM !== undefined
    this.#log = logger({ ...config.log, journal }, clock, (line) => writeIfPossible(line, system))
    this.#notify = notifier(system.env, system.processId ?? 0)
    const loadModule = loadNowAndThen(system, clock)
    this.#loop = new Loop(config, {
      clock,
      log: this.#log,
      counters: this.#counters,
      open: () => openClient({ ...system, loadModule }),
      lock: async () =>
        (await system.lock?.(LOCK, `process ${system.processId ?? 0}: ipvsadm agent`, LOCK_WAIT)) ?? NO_LOCK,
      schedule: (report) =>
        createSchedule({
          clock,
          check,
          concurrency: config.concurrency,
          report: (key, result) => {
            this.#counters.check(result)
            report(key, result)
          },
          trouble: (key, result, isNew) => {
            this.#counters.check(result)
            if (isNew) this.#log('warning', 'check-impossible', { server: key, detail: result.detail })
            report(key, { ...result, inconclusive: true })
          },
          random: Math.random,
        }),
      remember: ({ held }) => this.#remember(held),
      turned: () => this.#turn(),
    })
    this.#monitor = new MonitorMount({
      system,
      log: this.#log,
      figures: () => this.#figures,
      setByHand: (...setting) => this.#loop.setByHand(...setting),
      fleet: async () => await this.#origin.fleetStatus?.(),
    })
    this.#source = config.rules
    this.#origin = this.#newOrigin(origin)
  }

  /** Results that come after another has taken its place, or after the end, are not used. */
  #newOrigin(create: OpenedRules['origin']): RulesOrigin {
    const origin = create(this.#log, (result) => {
      if (this.#origin === origin && !this.#stopped) this.#takeRules(result)
    })
    return origin
  }

  /** Rejects if the control socket cannot be opened. Nothing has happened then. */
  async start(): Promise<void> {
    this.#control = await listen(this.#config.socket, (request, message) => this.#answer(request, message))
    this.#recall()
    if (this.#rules !== undefined) this.#loop.setRules(this.#rules)
    await this.#origin.start()
    await this.#serve()
    this.#log('info', 'started', { rules: this.#origin.source, services: this.#rules?.services.size })
    void this.#notify.send('READY=1')
    this.#watchdog()
  }

  /** Leaves the table as it is. */
  async stop(signal: Interruption): Promise<void> {
    this.#stopped = true
    this.#log('info', 'stopped', { signal })
    const stopping = this.#notify.send('STOPPING=1')
    this.#cancelWatchdog()
    const originEnded = this.#origin.stop()
    this.#control?.close()
    await this.#monitor.stop()
    await this.#loop.stop()
    await originEnded
    await stopping
  }

  /** Reads configuration and rules again; what is wrong with them. */
  reload(): Promise<readonly string[]> {
    const problems = this.#reloaded.then(() => (this.#stopped ? [] : this.#reloadNow()))
    this.#reloaded = problems.catch(() => {})
    return problems
  }

  async #reloadNow(): Promise<readonly string[]> {
    void this.#notify.send('RELOADING=1')
    const read = await this.#options.readConfig()
    this.#configProblems = 'config' in read ? [] : read.problems
    if ('config' in read) {
      await this.#reconfigure(read.config)
      if (!this.#stopped) await this.#serve()
    } else this.#complain('configuration-wrong', read.problems)
    const problems = [...this.#problems, ...this.#serveProblems]
    this.#counters.reload(problems.length)
    await this.#notify.send('READY=1')
    return problems
  }

  /** Metrics and the page are not worth an agent that ends: what is wrong with them is logged. */
  async #serve(): Promise<void> {
    this.#serveProblems = await this.#monitor.replace(this.#config.serve)
    const consequence = this.#monitor.serving ? 'served as before' : 'not served'
    for (const text of this.#serveProblems) this.#log('error', 'serve-fails', { text, consequence })
  }

  get #problems(): readonly string[] {
    return [...this.#configProblems, ...this.#rulesProblems]
  }

  get #figures(): AgentFigures {
    return {
      counters: this.#counters,
      loop: this.#loop.status,
      problems: this.#problems.length + this.#serveProblems.length + this.#origin.problems.length,
      started: this.#started,
      rulesRead: this.#rulesRead,
      fleet: this.#origin.figures,
    }
  }

  async #reconfigure(config: AgentConfig): Promise<void> {
    const keys = differencesAtStart(this.#config, config)
    this.#config = config
    if (keys.length > 0) this.#log('warning', 'restart-needed', { keys: keys.join(',') })
    if (JSON.stringify(config.rules) !== JSON.stringify(this.#source)) {
      const opened = await openRules(config.rules, this.#options)
      if (this.#stopped) return
      if ('problems' in opened) return this.#takeRules(opened)
      await this.#origin.stop()
      if (this.#stopped) return
      this.#source = config.rules
      this.#origin = this.#newOrigin(opened.origin)
      await this.#origin.start()
    }
    await this.#origin.reload()
  }

  #takeRules(result: RulesOrProblems): void {
    if ('problems' in result) {
      const waits = sameForLoop(this.#config, this.#loopConfig) ? [] : [CONFIG_WAITS]
      this.#rulesProblems = [...result.problems, ...waits]
      this.#complain('rules-wrong', this.#rulesProblems)
      return
    }
    this.#rulesProblems = []
    this.#rules = result.rules
    this.#rulesRead = this.#options.clock.wall()
    for (const text of result.warnings) this.#log('warning', 'rules-warning', { text })
    this.#log('info', 'rules-read', { services: result.rules.services.size })
    this.#loopConfig = this.#config
    this.#loop.setRules(result.rules, this.#loopConfig)
  }

  #complain(event: string, problems: readonly string[]): void {
    for (const text of problems) this.#log('error', event, { text, consequence: 'the last good one stays' })
  }

  async #answer(request: string, message: ControlAnswer): Promise<ControlAnswer> {
    switch (request) {
      case 'status': {
        const { source, problems } = this.#origin
        const rules = { file: source, read: this.#rulesRead, problems: [...this.#problems, ...problems] }
        const process = this.#options.system.processId ?? 0
        return { ...agentStatus({ process, started: this.#started, rules }, this.#loop.status) }
      }
      case 'reload':
        return { problems: await this.reload() }
      case 'set-by-hand':
        return await this.#takeSetting(message as Partial<SetByHand>)
      default:
        return { error: `no such request: ${request}` }
    }
  }

  /** A command has set a server of this namespace; answers when the loop has taken note. */
  async #takeSetting({ service, server, weight, namespace }: Partial<SetByHand>): Promise<ControlAnswer> {
    if (namespace !== ownNamespace(this.#options.system)) return { error: 'of another network namespace' }
    if (typeof service !== 'string' || typeof server !== 'string' || typeof weight !== 'number') {
      return { error: 'service, server and weight must be given' }
    }
    await this.#loop.setByHand(service, server, weight)
    return {}
  }

  #turn(): void {
    this.#turned = this.#options.clock.now()
    this.#origin.turned(this.#loop.status)
  }

  /** Tells systemd that the loop turns; a loop that hangs is not alive. */
  #watchdog(): void {
    const { watchdog } = this.#notify
    if (watchdog === undefined) return
    const { clock } = this.#options
    const longest = Math.max(watchdog, 3 * this.#config.interval)
    // Without rules there is nothing to turn for.
    if (this.#rules === undefined || clock.now() - this.#turned < longest)
      void this.#notify.send('WATCHDOG=1')
    this.#cancelWatchdog = clock.timer(watchdog / 3, () => this.#watchdog())
  }

  #recall(): void {
    const { state } = this.#config
    const { system, clock } = this.#options
    const held = state === undefined ? undefined : recallMarks(state, system, this.#log, clock.now())
    if (held !== undefined) this.#loop.recall({ ...NO_MEMORY, held })
  }

  #remember(held: Held): void {
    const { state } = this.#config
    if (state !== undefined) keepMarks(state, held, this.#options.system, this.#log)
  }
}

const NO_LOCK: { readonly lock: Lock } = { lock: { release: () => {} } }

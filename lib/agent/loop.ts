// The loop: rules and health → wanted table → plan → apply. It starts from the live table as it is, changes nothing
// until every server has been checked once, and acts within a moment of a verdict.
import type { IpvsClient } from '../ipvs/client.ts'
import type { Ruleset } from '../model/ruleset.ts'
import { serviceKey } from '../model/service.ts'
import { describeInLine } from '../output/messages.ts'
import { plan } from '../reconcile/plan.ts'
import { narrowRuleset } from '../reconcile/scope.ts'
import { type Sent, sendSteps } from '../reconcile/send-steps.ts'
import type { PlanStep } from '../reconcile/step-list.ts'
import type { LockOutcome } from '../system/system.ts'
import type { CheckResult, Schedule } from './checks/health-check.ts'
import type { Clock } from './clock.ts'
import type { AgentConfig } from './config/config.ts'
import { confirmedWeights, findDrift, holdDrift, stillHeld, type WeightByHand } from './drift.ts'
import { Health } from './health-book.ts'
import { afterSteps, type KnownTable, knownTable } from './known-table.ts'
import type { Log } from './log.ts'
import type { LoopCounters } from './loop-counters.ts'
import { logDrift, logNotes, logRefusals } from './loop-log.ts'
import type { LoopStatus, Turn } from './loop-status.ts'
import { readTable } from './read-table.ts'
import { type Memory, NO_MEMORY, type ServiceNote, wantedTable } from './wanted.ts'

export interface LoopOptions {
  readonly clock: Clock
  readonly log: Log
  /** Opens a conversation with the kernel, and loads ip_vs if it is missing. */
  readonly open: () => Promise<IpvsClient>
  /** Keeps other restores out while changes are made. */
  readonly lock: () => Promise<LockOutcome>
  readonly schedule: (onResult: (key: string, result: CheckResult) => void) => Schedule
  /** Takes what the turns did, for the metrics. */
  readonly counters?: LoopCounters
  /** Called when the memory has changed. */
  readonly remember?: (memory: Memory) => void
  /** Called after every reading of the table, whether it could be read or not: the loop is alive. */
  readonly turned?: () => void
}

/** From a verdict to the table, in milliseconds: verdicts that come together are one change of the table. */
const DEBOUNCE = 50
/** The delay until a table that another program is changing is read again, in milliseconds. */
const SOON = 20
/** The time between two steps of a growing weight, in milliseconds. */
const GROWTH = 1000

export class Loop {
  readonly #options: LoopOptions
  readonly #schedule: Schedule
  readonly #health: Health
  #config: AgentConfig
  #rules: Ruleset | undefined
  /** The same without a scope; those of the last turn that was done. */
  #given: Ruleset | undefined
  #applied: Ruleset | undefined
  #edition = 0
  /** The rules of the last turn, by which what others have done since is judged. */
  #appliedRules: Ruleset | undefined
  #client: IpvsClient | undefined
  #memory: Memory = NO_MEMORY
  /** The table as expected without changes by others; undefined: the next reading is taken as it is. */
  #known: KnownTable | undefined
  #notes: readonly ServiceNote[] = []
  /** Weights that commands have set since the last turn. */
  #byHand: WeightByHand[] = []
  /** Callers of `setByHand` that wait for the end of the next turn. */
  #waiting: (() => void)[] = []
  /** Whether timeouts and daemons are to be set. */
  #settingsDue = true
  #ready = false
  #problem: string | undefined
  #refusals = ''
  #changed: Date | undefined
  #timer: { readonly at: number; readonly cancel: () => void } | undefined
  #turn: Promise<void> | undefined
  #stopped = false

  constructor(config: AgentConfig, options: LoopOptions) {
    this.#config = config
    this.#options = options
    this.#health = new Health(options.clock)
    this.#schedule = options.schedule((key, result) => this.#take(key, result))
  }

  /** Marks that were kept over a restart. Before the rules. */
  recall(memory: Memory): void {
    this.#memory = memory
  }

  /** New rules, or a new configuration; both are right. */
  setRules(rules: Ruleset, config: AgentConfig = this.#config): void {
    this.#config = config
    this.#given = rules
    this.#rules = config.scope === undefined ? rules : narrowRuleset(rules, config.scope).ruleset
    this.#settingsDue = true
    this.#schedule.replace(this.#health.replace(this.#rules, config))
    this.#due(0)
  }

  /** A command has set this weight, which may have been the weight before. Resolves after the turn that has seen it. */
  setByHand(service: string, server: string, weight: number): Promise<void> {
    this.#byHand.push({ service, server, weight })
    this.#due(0)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  get status(): LoopStatus {
    return {
      config: this.#config,
      ready: this.#ready,
      problem: this.#problem,
      notes: this.#notes,
      health: this.#health,
      memory: this.#memory,
      changed: this.#changed,
      applied: this.#applied,
      refused: this.#refusals === '' ? [] : this.#refusals.split('\n'),
      table: this.#known,
      edition: this.#edition,
    }
  }

  /** Resolves when the turn that is under way has ended. */
  async settled(): Promise<void> {
    await this.#turn
  }

  /** Leaves the table as it is. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    this.#schedule.stop()
    await this.#turn
    this.#release()
    this.#close()
  }

  #release(): void {
    for (const end of this.#waiting.splice(0)) end()
  }

  #take(key: string, result: CheckResult): void {
    if (this.#stopped) return
    const change = this.#health.take(key, result)
    if (change === undefined) return
    const { log } = this.#options
    if (change.verdict !== undefined) {
      log(change.verdict === 'up' ? 'info' : 'warning', `server-${change.verdict}`, {
        server: key,
        detail: result.detail,
      })
    }
    if (change.verdict !== undefined || change.weight || (!this.#ready && this.#health.complete)) {
      this.#due(DEBOUNCE)
    }
  }

  /** Has the table read, and changed if need be, after so many milliseconds at the latest. */
  #due(wait: number): void {
    if (this.#stopped) return
    const { clock } = this.#options
    const at = clock.now() + wait
    if (this.#timer !== undefined && this.#timer.at <= at) return
    this.#timer?.cancel()
    const cancel = clock.timer(wait, () => {
      this.#timer = undefined
      // A turn that is under way is not disturbed; the next begins when it has ended.
      this.#turn = (this.#turn ?? Promise.resolve()).then(() => this.#run())
    })
    this.#timer = { at, cancel }
  }

  /** One turn. Never rejects. */
  async #run(): Promise<void> {
    if (this.#stopped || this.#rules === undefined) return
    const { log, clock, counters } = this.#options
    const [start, given] = [clock.now(), this.#given]
    try {
      const turn = await this.#reconcile(this.#rules)
      if (turn === 'done') this.#applied = given
      if (this.#problem !== undefined) log('info', 'kernel-works', { before: this.#problem })
      this.#problem = undefined
      if (turn === 'soon') this.#due(SOON)
    } catch (error) {
      this.#close()
      // The state of the table is unknown: the next reading is taken as it is.
      this.#known = undefined
      const problem = describeInLine(error as Error)
      if (problem !== this.#problem) log('error', 'kernel-fails', { problem })
      this.#problem = problem
    }
    counters?.turn(clock.now() - start, this.#problem === undefined)
    this.#release()
    this.#options.turned?.()
    const { interval } = this.#config
    this.#due(this.#memory.starting.size > 0 ? Math.min(interval, GROWTH) : interval)
  }

  async #reconcile(all: Ruleset): Promise<Turn> {
    const rules = this.#withSettings(all)
    this.#client ??= await this.#options.open()
    const state = await readTable(this.#client, rules, this.#config.scope, this.#known)
    const live = knownTable(state.table)
    this.#noticeDrift(live, this.#appliedRules ?? all)
    this.#appliedRules = all
    this.#remember({ ...this.#memory, held: stillHeld(this.#memory.held, all, this.#health.isDown) })
    this.#known = live
    this.#ready ||= this.#becameReady()
    if (!this.#ready) return 'waiting'
    const { ruleset, deleted, notes, memory } = wantedTable({
      rules,
      config: this.#config,
      health: this.#health.states,
      memory: this.#memory,
      live,
      now: this.#options.clock.now(),
    })
    const includes = (key: string) => ruleset.services.has(key) || deleted.has(key)
    const ours = state.table.filter(({ service }) => includes(serviceKey(service.id)))
    const steps = [...plan({ ...state, table: ours }, ruleset)]
    logNotes(this.#options.log, this.#notes, notes)
    this.#notes = notes
    this.#remember(memory)
    if (steps.length > 0) return await this.#send(this.#client, steps, live)
    this.#settingsDue = false
    this.#refusals = ''
    return 'done'
  }

  /** The rules' timeouts and daemons are set with new rules, and afterwards left to the operator. */
  #withSettings(rules: Ruleset): Ruleset {
    if (this.#settingsDue || this.#config.drift === 'correct') return rules
    return { ...rules, timeouts: undefined, daemons: new Map() }
  }

  #becameReady(): boolean {
    if (!this.#health.complete) return false
    this.#options.log('info', 'ready', { servers: this.#health.states.size })
    return true
  }

  #noticeDrift(live: KnownTable, rules: Ruleset): void {
    const { held } = this.#memory
    const { isDown } = this.#health
    const changes = this.#known === undefined ? [] : findDrift(this.#known, live)
    const set = this.#byHand.splice(0)
    const drift = [...changes, ...confirmedWeights(set, { drift: changes, held, live, rules, isDown })]
    if (this.#known === undefined || drift.length > 0) this.#edition++
    if (drift.length === 0) return
    this.#options.counters?.drift(drift)
    const keep = this.#config.drift === 'keep'
    logDrift(this.#options.log, drift, keep)
    if (drift.some(({ kind }) => kind === 'cleared')) this.#settingsDue = true
    const now = this.#options.clock.now()
    if (keep) {
      this.#remember({ ...this.#memory, held: holdDrift(held, drift, live, rules, isDown, now) })
    }
  }

  #remember(memory: Memory): void {
    const changed = memory.held !== this.#memory.held
    this.#memory = memory
    if (changed) this.#options.remember?.(memory)
  }

  async #send(client: IpvsClient, steps: readonly PlanStep[], live: KnownTable): Promise<Turn> {
    const { clock, log, lock, counters } = this.#options
    const locked = await lock()
    if ('holder' in locked) {
      log('warning', 'table-locked', { holder: locked.holder })
      counters?.locked()
      return 'waiting'
    }
    const start = clock.now()
    let sent: Sent
    try {
      sent = await sendSteps(steps, client, { keepGoing: true, interrupted: () => undefined }, [])
    } finally {
      locked.lock.release()
    }
    const { made, refused, cause } = sent
    counters?.sent(sent)
    if (made.length > 0) {
      this.#changed = clock.wall()
      this.#edition++
      log('info', 'table-changed', { changes: made.length, ms: Math.round(clock.now() - start) })
    }
    this.#refusals = logRefusals(log, refused, this.#refusals)
    if (cause?.kind === 'broken') throw cause.error
    this.#known = afterSteps(live, made)
    if (cause === undefined) this.#settingsDue = false
    return cause === undefined ? 'done' : 'soon'
  }

  #close(): void {
    this.#client?.close()
    this.#client = undefined
  }
}

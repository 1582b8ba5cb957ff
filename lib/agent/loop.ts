// The loop: rules and health → wanted table → plan → apply. It starts from the live table as it is, changes nothing
// until every server has been checked once, and acts within a moment of a verdict. A turn for verdicts concerns only the
// services that they are about; the whole table is read at the interval, and when anything else has happened.
import type { IpvsClient } from '../ipvs/client.ts'
import type { Ruleset } from '../model/ruleset.ts'
import { keysOf } from '../model/server-key.ts'
import { describeInLine } from '../output/messages.ts'
import { narrowRuleset } from '../reconcile/scope.ts'
import type { PlanStep } from '../reconcile/step-list.ts'
import type { CheckResult, Schedule } from './checks/health-check.ts'
import type { AgentConfig } from './config/config.ts'
import {
  confirmedWeights,
  findDrift,
  type Held,
  holdDrift,
  NOTHING_HELD,
  type RulesByKey,
  stillHeld,
  type WeightByHand,
} from './drift.ts'
import { withFallback } from './fallback.ts'
import { Health } from './health-book.ts'
import { afterSteps, type KnownTable } from './known-table.ts'
import { logDrift, logNotes, logRefusals } from './loop-log.ts'
import type { LoopOptions } from './loop-options.ts'
import type { LoopStatus, Turn } from './loop-status.ts'
import { mergeMemory, mergeNotes, narrowRules, pick, type ServiceKeys } from './narrow.ts'
import { readPart, readTable } from './read-table.ts'
import { type RuleTable, ruleTable } from './rule-table.ts'
import { sendLocked } from './send-locked.ts'
import { ToldWeights } from './told-weights.ts'
import { TurnQueue } from './turn-queue.ts'
import { turnSteps } from './turn-steps.ts'
import { type Memory, NO_MEMORY, type ServiceNote, wantedTable } from './wanted.ts'

/** From a verdict to the table, in milliseconds: verdicts that come together are one change of the table. */
const DEBOUNCE = 20
/** The delay until a table that another program is changing is read again, in milliseconds. */
const SOON = 20
const NOTHING: KnownTable = new Map()
/** The longest time to the next turn while a weight grows or a turn could not make its changes, in milliseconds. */
const AGAIN = 1000

export class Loop {
  readonly #options: LoopOptions
  readonly #schedule: Schedule
  readonly #health: Health
  #config: AgentConfig
  readonly #turns: TurnQueue
  #rules: RuleTable | undefined
  /** The same without a scope; those of the last turn that was done. */
  #given: Ruleset | undefined
  #applied: Ruleset | undefined
  #edition = 0
  /** The rules of the last turn, by which what others have done since is judged. */
  #appliedRules: RuleTable | undefined
  /** The rules whose changes were all made, timeouts and daemons included, apart from those that the kernel refused. */
  #settledRules: RuleTable | undefined
  #client: IpvsClient | undefined
  #memory: Memory = NO_MEMORY
  /** The table as expected without changes by others; undefined: the next reading is taken as it is. */
  #known: KnownTable | undefined
  /** The part of the kernel's table that it is, as text; empty: all. */
  #knownScope = ''
  #notes: readonly ServiceNote[] = []
  readonly #told = new ToldWeights()
  #ready = false
  #problem: string | undefined
  /** Another restore has kept the last turn from making its changes. */
  #isLocked = false
  #refusals = ''
  #changed: Date | undefined
  #stopped = false

  constructor(config: AgentConfig, options: LoopOptions) {
    this.#config = config
    this.#options = options
    this.#health = new Health(options.clock)
    this.#turns = new TurnQueue(options.clock, (only) => this.#run(only))
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
    this.#rules = ruleTable(config.scope === undefined ? rules : narrowRuleset(rules, config.scope).ruleset)
    this.#schedule.replace(this.#health.replace(this.#rules, config))
    this.#turns.due(0)
  }

  /** A command has set this weight, which may have been the weight before. Resolves after the turn that has seen it. */
  setByHand(service: string, server: string, weight: number): Promise<void> {
    this.#turns.due(0)
    return this.#told.add({ service, server, weight })
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
    await this.#turns.settled()
  }

  /** Leaves the table as it is. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#schedule.stop()
    await this.#turns.stop()
    this.#told.release()
    this.#close()
  }

  #take(key: string, result: CheckResult): void {
    if (this.#stopped) return
    const change = this.#health.take(key, result)
    if (change === undefined) return
    if (change.verdict !== undefined) {
      this.#options.log(change.verdict === 'up' ? 'info' : 'warning', `server-${change.verdict}`, {
        server: key,
        detail: result.detail,
      })
    }
    const isNews = change.verdict !== undefined || change.weight
    if (this.#ready && isNews) this.#turns.dueFor(keysOf(key).service, DEBOUNCE)
    if (!this.#ready && this.#health.complete) this.#turns.due(DEBOUNCE)
    this.#turns.beginOverdue()
  }

  /** One turn, over these services or all. Never rejects. */
  async #run(only: ServiceKeys | undefined): Promise<void> {
    const [rules, given] = [this.#rules, this.#given]
    if (this.#stopped || rules === undefined) return this.#told.release()
    const { log, clock, counters } = this.#options
    const start = clock.now()
    // Anything that is still to be done in other services has the whole table read.
    const isSettled = rules === this.#settledRules && this.#refusals === '' && !this.#isBehind
    const isPart = this.#known !== undefined && isSettled
    try {
      const turn = await this.#reconcile(rules, isPart ? only : undefined)
      if (turn === 'done') this.#applied = given
      this.#isLocked = turn === 'locked'
      if (this.#problem !== undefined) log('info', 'kernel-works', { before: this.#problem })
      this.#problem = undefined
      if (turn === 'soon') this.#turns.due(SOON)
    } catch (error) {
      this.#close()
      const problem = describeInLine(error as Error)
      if (problem !== this.#problem) log('error', 'kernel-fails', { problem })
      this.#problem = problem
    }
    counters?.turn(clock.now() - start, this.#problem === undefined)
    if (this.#told.count === 0 || this.#problem !== undefined) this.#told.release()
    this.#options.turned?.()
    const { interval } = this.#config
    const isPressing = this.#isBehind || this.#memory.starting.size > 0
    this.#turns.due(isPressing ? Math.min(interval, AGAIN) : interval)
  }

  /** Whether the last turn could not make its changes. */
  get #isBehind(): boolean {
    return this.#isLocked || this.#problem !== undefined
  }

  async #reconcile(all: RuleTable, only?: ServiceKeys): Promise<Turn> {
    this.#client ??= await this.#options.open()
    const { scope } = this.#config
    const scopeText = JSON.stringify(scope) ?? ''
    if (scopeText !== this.#knownScope) this.#known = undefined
    const rules = only === undefined ? this.#withSettings(all) : narrowRules(all, only)
    const known = only === undefined ? this.#known : pick(this.#known ?? NOTHING, only)
    // Those told during the reading may be about servers that it has passed already.
    const told = this.#told.count
    const { live, director } =
      only === undefined
        ? await readTable(this.#client, rules, scope, known)
        : await readPart(this.#client, rules, known ?? NOTHING)
    // Health is that of the new rules; their turn is due.
    if (this.#rules !== all) return 'waiting'
    // A service that is gone may be the whole table; weights by hand may be those of other services.
    const isTooNarrow = only !== undefined && (this.#told.count > 0 || live.size < (known?.size ?? 0))
    if (isTooNarrow) return await this.#reconcile(all)
    this.#noticeDrift(known, live, this.#told.take(told), this.#withFallback(this.#appliedRules ?? all))
    this.#appliedRules = all
    const table = only === undefined ? live : new Map([...(this.#known ?? NOTHING), ...live])
    this.#known = table
    this.#knownScope = scopeText
    this.#remember({ ...this.#memory, held: this.#stillHeld(table, all) })
    this.#ready ||= this.#becameReady()
    if (!this.#ready) return 'waiting'
    const wanted = wantedTable({
      rules,
      config: this.#config,
      health: this.#health.stateOf,
      memory: this.#memory,
      live,
      now: this.#options.clock.now(),
    })
    const { notes, memory } = wanted
    logNotes(this.#options.log, this.#notes, notes)
    this.#notes = only === undefined ? notes : mergeNotes(this.#notes, notes, only)
    this.#remember(only === undefined ? memory : mergeMemory(this.#memory, memory, only))
    const steps = turnSteps(live, wanted, director)
    if (steps.length === 0) this.#refusals = ''
    const turn = steps.length === 0 ? 'done' : await this.#send(this.#client, steps, table)
    if (turn === 'done' && rules === all) this.#settledRules = all
    return turn
  }

  /** The rules' timeouts and daemons are set with new rules, and afterwards left to the operator. */
  #withSettings(rules: RuleTable): RuleTable {
    if (this.#settledRules !== rules || this.#config.drift === 'correct') return rules
    return { ...rules, timeouts: undefined, daemons: new Map() }
  }

  #becameReady(): boolean {
    if (!this.#health.complete) return false
    this.#options.log('info', 'ready', { servers: this.#health.states.size })
    return true
  }

  #noticeDrift(
    known: KnownTable | undefined,
    live: KnownTable,
    told: readonly WeightByHand[],
    rules: RulesByKey,
  ): void {
    const { held } = this.#memory
    const { isDown } = this.#health
    const changes = known === undefined ? [] : findDrift(known, live)
    const drift = [...changes, ...confirmedWeights(told, { drift: changes, held, live, rules, isDown })]
    if (known === undefined || drift.length > 0) this.#edition++
    if (drift.length === 0) return
    this.#options.counters?.drift(drift)
    const keep = this.#config.drift === 'keep'
    if (drift.some(({ kind }) => kind === 'cleared')) this.#settledRules = undefined
    const now = this.#options.clock.now()
    if (keep) {
      this.#remember({ ...this.#memory, held: holdDrift(held, drift, live, rules, isDown, now) })
    }
    logDrift(this.#options.log, drift, keep)
  }

  #stillHeld(table: KnownTable, rules: RuleTable): Held {
    if (this.#config.drift === 'correct') return NOTHING_HELD
    return stillHeld(this.#memory.held, table, rules, this.#withFallback(rules), this.#health.isDown)
  }

  readonly #withFallback = (rules: RuleTable) => withFallback(rules, this.#notes, this.#config)

  #remember(memory: Memory): void {
    const changed = memory.held !== this.#memory.held
    this.#memory = memory
    if (changed) this.#options.remember?.(memory)
  }

  async #send(client: IpvsClient, steps: readonly PlanStep[], live: KnownTable): Promise<Turn> {
    const sent = await sendLocked(steps, client, this.#options)
    if (sent === 'locked') return sent
    const { made, refused, cause } = sent
    if (made.length > 0) {
      this.#changed = this.#options.clock.wall()
      this.#edition++
    }
    this.#refusals = logRefusals(this.#options.log, refused, this.#refusals)
    if (cause?.kind === 'broken') {
      // Some of the changes may have been made: the next reading is taken as it is.
      this.#known = undefined
      throw cause.error
    }
    this.#known = afterSteps(live, made)
    return cause === undefined ? 'done' : 'soon'
  }

  #close(): void {
    this.#client?.close()
    this.#client = undefined
  }
}

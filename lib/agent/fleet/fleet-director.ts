// A director of a fleet: its rules come from etcd, or from the copy on its disk, and its state goes there.
import { Fleet } from '../../fleet/fleet.ts'
import { readFleetStatus } from '../../fleet/fleet-status.ts'
import { FORMAT } from '../../fleet/fleet-values.ts'
import { Follower } from '../../fleet/follow.ts'
import { type Store, type StoreError, textOf } from '../../fleet/store.ts'
import type { FleetStatus } from '../../model/fleet-state.ts'
import type { Ruleset } from '../../model/ruleset.ts'
import type { Log } from '../log.ts'
import type { LoopStatus } from '../loop-status.ts'
import type { RulesOrProblems } from '../rules-watch.ts'
import { DirectorLease } from './director-lease.ts'
import { directorReport, type FleetFigures, groupReport, type ReportFacts } from './group-report.ts'
import { type GoodRules, GroupRules } from './group-rules.ts'
import { mergeGroups } from './merge-groups.ts'
import { RolloutCarrier } from './rollout-carrier.ts'
import { RulesCopyFile, type RulesCopyOptions } from './rules-copy-file.ts'
import { TableView } from './table-view.ts'

export interface FleetDirectorOptions extends RulesCopyOptions {
  readonly store: Store
  readonly prefix: string
  readonly name: string
  /** Its machine, for people. */
  readonly host: string
  readonly groups: readonly string[]
  readonly version: string
  /** From 0 to 1. */
  readonly random: () => number
  readonly parse: (text: string) => Promise<RulesOrProblems>
  /** Has the loop take these rules. */
  readonly take: (rules: Ruleset) => void
}

/** Milliseconds until the copy is used when the cluster has not said anything yet. */
const RECALL_AFTER = 2000

export class FleetDirector {
  readonly #options: FleetDirectorOptions
  readonly #fleet: Fleet
  readonly #groups: ReadonlyMap<string, GroupRules>
  readonly #carriers: ReadonlyMap<string, RolloutCarrier>
  readonly #lease: DirectorLease
  /** Of the key that says that there is a fleet, until it is there: groups may have no revision for long. */
  readonly #format: Follower
  readonly #started: string
  readonly #table = new TableView()
  #rules: Ruleset | undefined
  #status: LoopStatus | undefined
  readonly #copy: RulesCopyFile
  /** Of the groups' rules together. */
  #conflict: string | undefined
  /** Whether there is a fleet under the prefix: it may be that of something else, in which nothing is to be written. */
  #isFleet = false
  /** Undefined: the cluster has not said anything yet. */
  #reached: boolean | undefined
  #recalled: Promise<void> | undefined
  #cancelRecall = () => {}

  constructor(options: FleetDirectorOptions) {
    this.#options = options
    const { store, prefix, name, host, groups, clock, random } = options
    this.#fleet = new Fleet(store, prefix)
    const { keys } = this.#fleet
    this.#started = clock.wall().toISOString()
    this.#copy = new RulesCopyFile(options)
    this.#lease = new DirectorLease({
      store,
      keys,
      time: clock,
      wall: () => clock.wall(),
      random,
      name,
      host,
      groups,
      changed: () => {
        for (const carrier of this.#carriers.values()) carrier.leaseChanged()
      },
      taken: (isTaken) => {
        if (isTaken) this.#log('error', 'fleet-name-taken', { name, consequence: 'no reports of this agent' })
        else this.#log('info', 'fleet-name-free', { name })
      },
      trouble: (error) => {
        if (error !== undefined) this.#log('warning', 'fleet-report-fails', { problem: error.message })
      },
    })
    this.#format = new Follower({
      store,
      prefix: keys.format,
      time: clock,
      changed: (entries) => {
        const mark = entries.get(keys.format)
        if (mark === undefined || textOf(mark) !== FORMAT) return
        this.#isFleet = true
        this.#format.stop()
        this.#report()
      },
    })
    this.#carriers = new Map(
      groups.map((group) => [
        group,
        new RolloutCarrier({
          store,
          keys,
          time: clock,
          group,
          name,
          lease: () => this.#lease.lease,
          stepped: ({ revision, state, wave, reason }) =>
            this.#log(state === 'failed' ? 'error' : 'info', 'rollout', {
              group,
              revision,
              state,
              wave: wave + 1,
              reason,
            }),
          denied: () => this.#log('info', 'rollout-not-carried', { group, reason: 'permission denied' }),
        }),
      ]),
    )
    this.#groups = new Map(
      groups.map((group) => [
        group,
        new GroupRules({
          store,
          keys,
          time: clock,
          group,
          director: name,
          parse: options.parse,
          seen: (state) => {
            this.#reached ??= true
            this.#isFleet ||= state?.current !== undefined
            this.#carriers.get(group)?.consider(state)
            this.#report()
          },
          useCopy: () => this.#recall(),
          changed: (warnings) => this.#change(warnings),
          trouble: (error) => this.#reach(error),
        }),
      ]),
    )
  }

  /** Begins with the rules of the cluster; if no member answers, with the copy on the disk, and catches up later. */
  async start(): Promise<void> {
    for (const group of this.#groups.values()) group.start()
    this.#format.start()
    this.#cancelRecall = this.#options.clock.timer(RECALL_AFTER, () => void this.#recall())
  }

  async stop(): Promise<void> {
    this.#cancelRecall()
    for (const group of this.#groups.values()) group.stop()
    this.#format.stop()
    for (const carrier of this.#carriers.values()) carrier.stop()
    await this.#lease.stop()
    this.#options.store.close()
  }

  /** The store tells what is new; only the configuration may be another. */
  async reload(): Promise<void> {
    if (this.#rules !== undefined) this.#options.take(this.#rules)
  }

  /** The loop has turned. */
  turned(status: LoopStatus): void {
    this.#status = status
    if (this.#copy.isDueAgain) this.#copy.keep(this.#good)
    this.#table.update(status, this.#rules)
    this.#report()
  }

  /** For people: where the rules come from. */
  get source(): string {
    const groups = [...this.#groups].map(([group, { good }]) =>
      good === undefined ? `${group} (no revision yet)` : `${group} revision ${good.revision}`,
    )
    return `etcd: ${groups.join(', ')}${this.#reached === false ? ', no member answers' : ''}`
  }

  get problems(): readonly string[] {
    const taken = `another agent has the name ${this.#options.name}, and reports in its place: see fleet status`
    return [...(this.#lease.isTaken ? [taken] : []), ...this.#groupProblems]
  }

  get #groupProblems(): readonly string[] {
    return [...this.#groups].flatMap(([group, { problems }]) => problems.map((text) => `${group}: ${text}`))
  }

  get figures(): FleetFigures {
    const facts = this.#facts
    return {
      connected: this.#reached === true,
      groups: [...this.#groups].map(([name, own]) => ({
        name,
        revision: own.good?.revision ?? 0,
        behind: own.isExpected && groupReport(own, facts).result !== 'applied',
      })),
    }
  }

  /** Of the whole fleet. Rejects when the cluster does not answer. */
  fleetStatus(): Promise<FleetStatus> {
    return readFleetStatus(this.#fleet)
  }

  get #facts(): ReportFacts {
    return {
      rules: this.#rules,
      status: this.#status,
      conflict: this.#conflict,
      copyProblem: this.#copy.problem,
    }
  }

  #log(...words: Parameters<Log>): void {
    this.#options.log(...words)
  }

  /** Reads the copy, once, for groups of which nothing is known. */
  #recall(): Promise<void> {
    this.#recalled ??= this.#useCopy()
    return this.#recalled
  }

  async #useCopy(): Promise<void> {
    this.#cancelRecall()
    const copied = this.#copy.read()
    if (copied === undefined) return
    let isUsed = false
    for (const [name, group] of copied) {
      const read = await this.#options.parse(group.text)
      if ('rules' in read && this.#groups.get(name)?.recall({ ...group, rules: read.rules }) === true)
        isUsed = true
    }
    if (isUsed) this.#change([], 'copy')
  }

  /** Gives the loop the rules of all groups, when all are known; keeps a copy before. */
  #change(warnings: readonly string[], from: 'etcd' | 'copy' = 'etcd'): void {
    for (const text of warnings) this.#log('warning', 'rules-warning', { text })
    const groups = [...this.#groups.values()]
    if (!groups.every(({ isKnown }) => isKnown)) return
    for (const text of this.#groupProblems) {
      this.#log('error', 'rules-wrong', { text, consequence: 'the last good one stays' })
    }
    const good = this.#good
    const merged = mergeGroups(new Map([...good].map(([name, { rules }]) => [name, rules])))
    this.#conflict = 'problem' in merged ? merged.problem : undefined
    if ('problem' in merged) {
      this.#log('error', 'rules-wrong', { text: merged.problem, consequence: 'the last good one stays' })
    } else if (good.size > 0) {
      this.#copy.keep(good)
      this.#give(merged.rules, good, from)
    }
    this.#report()
  }

  #give(rules: Ruleset, good: ReadonlyMap<string, GoodRules>, from: string): void {
    if (rules === this.#rules) return
    this.#rules = rules
    const revisions = [...good].map(([name, { revision }]) => `${name}:${revision}`).join(',')
    this.#log('info', 'fleet-revision', { revisions, from })
    this.#options.take(rules)
  }

  /** The rules in use, by group. */
  get #good(): ReadonlyMap<string, GoodRules> {
    const good = new Map<string, GoodRules>()
    for (const [name, { good: own }] of this.#groups) if (own !== undefined) good.set(name, own)
    return good
  }

  #reach(error: StoreError | undefined): void {
    const reached = error === undefined
    if (reached !== this.#reached) {
      this.#log(reached ? 'info' : 'warning', reached ? 'fleet-reached' : 'fleet-not-reached', {
        problem: error?.message,
        consequence: reached ? undefined : 'the last rules stay',
      })
    }
    this.#reached = reached
    if (!reached) void this.#recall()
  }

  #report(): void {
    if (!this.#isFleet) return
    const { name, host, version } = this.#options
    const { digest: table, differences } = this.#table
    const own = { name, host, version, started: this.#started, table, differences }
    this.#lease.report(directorReport(own, this.#groups, this.#facts))
  }
}

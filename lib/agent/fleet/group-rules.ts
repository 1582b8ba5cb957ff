// The rules of one group as a director is to have them: follows the group's keys, fetches documents, keeps the last good
// rules. Only the newest revision counts: those that come while one is being fetched are passed over.
import { readDocument } from '../../fleet/fleet.ts'
import type { FleetKeys } from '../../fleet/fleet-keys.ts'
import { ForeignValue, type RevisionRef } from '../../fleet/fleet-values.ts'
import { type FleetTime, Follower } from '../../fleet/follow.ts'
import { type GroupState, groupState } from '../../fleet/group-state.ts'
import { type Store, StoreError } from '../../fleet/store.ts'
import { targetOf } from '../../fleet/target.ts'
import type { Ruleset } from '../../model/ruleset.ts'
import type { RulesOrProblems } from '../rules-watch.ts'
import type { CopiedGroup } from './rules-copy.ts'

export interface GoodRules extends CopiedGroup {
  readonly rules: Ruleset
}

export interface GroupRulesOptions {
  readonly store: Store
  readonly keys: FleetKeys
  readonly time: FleetTime
  readonly group: string
  readonly director: string
  readonly parse: (text: string) => Promise<RulesOrProblems>
  /** The keys of the group have changed. Undefined: they have other values than a fleet's. */
  readonly seen: (state: GroupState | undefined) => void
  /** Has `recall` called, if there is a copy: the cluster has nothing that can be used. */
  readonly useCopy: () => Promise<void>
  /** There are other rules, or other problems. */
  readonly changed: (warnings: readonly string[]) => void
  readonly trouble: (error: StoreError | undefined) => void
}

/** Milliseconds until a document that could not be fetched, as no member has answered, is tried again. */
const RETRY = 500
/** Milliseconds until a document is tried again that could not be used: a right or a name may have been missing. */
const AGAIN = 10_000

export class GroupRules {
  readonly #options: GroupRulesOptions
  readonly #follower: Follower
  #wanted: RevisionRef | undefined
  #good: GoodRules | undefined
  #problems: readonly string[] = []
  #fetching = false
  #known = false
  #stopped = false
  #cancelAgain = () => {}

  constructor(options: GroupRulesOptions) {
    this.#options = options
    const { store, time, keys, group, trouble } = options
    this.#follower = new Follower({
      store,
      time,
      prefix: keys.group(group),
      trouble,
      changed: (entries) => {
        const wrong: string[] = []
        const state = groupState(entries, group, keys, (problem) => wrong.push(problem))
        if (wrong.length === 0) return this.#take(state)
        options.seen(undefined)
        void this.#refuse(wrong)
      },
    })
  }

  start(): void {
    this.#follower.start()
  }

  stop(): void {
    this.#stopped = true
    this.#cancelAgain()
    this.#follower.stop()
  }

  /** Takes the rules of the copy on the disk, unless others are known; whether it has taken them. */
  recall(good: GoodRules): boolean {
    if (this.#known) return false
    this.#good = good
    this.#wanted ??= good
    this.#known = true
    return true
  }

  /** The revision that the director is to have. */
  get wanted(): RevisionRef | undefined {
    return this.#wanted
  }

  get good(): GoodRules | undefined {
    return this.#good
  }

  /** Why the wanted revision cannot be used; the good rules are in use. */
  get problems(): readonly string[] {
    return this.#problems
  }

  /** Whether the director is to have rules of the group, as far as can be told. */
  get isExpected(): boolean {
    return this.#wanted !== undefined || this.#problems.length > 0
  }

  /** Whether it is known which rules the group has, if any. */
  get isKnown(): boolean {
    return this.#known
  }

  #take(state: GroupState): void {
    const { director, seen } = this.#options
    const target = targetOf(state.current, state.rollout, director)
    const before = this.#wanted
    // Without a pointer the last rules stay: nobody means to end the balancing by that.
    if (target === undefined) this.#know()
    else if (target.revision !== before?.revision || target.document !== before.document) {
      this.#wanted = target
      // They were those of another revision: a rollout of this one would fail by them.
      this.#problems = []
      if (!this.#fetching) void this.#fetch()
    } else if (this.#problems.length > 0 && !this.#fetching) void this.#fetch()
    seen(state)
  }

  /** A group without rules. */
  #know(): void {
    if (this.#known && this.#problems.length === 0) return
    this.#known = true
    this.#problems = []
    this.#options.changed([])
  }

  async #fetch(): Promise<void> {
    this.#fetching = true
    this.#cancelAgain()
    for (;;) {
      const target = this.#wanted
      if (target === undefined || this.#stopped) break
      const result = await this.#load(target)
      if (this.#stopped) break
      // Another revision has come meanwhile.
      if (this.#wanted !== target) continue
      if (result === 'later') {
        this.#options.time.timer(RETRY, () => void this.#fetch())
        return
      }
      if ('problems' in result) await this.#fail(result.problems)
      else {
        this.#known = true
        this.#problems = []
        this.#good = result.good
        this.#options.changed(result.warnings)
      }
      if (this.#wanted === target) break
    }
    this.#fetching = false
  }

  async #load(
    target: RevisionRef,
  ): Promise<
    | { readonly good: GoodRules; readonly warnings: readonly string[] }
    | { readonly problems: readonly string[] }
    | 'later'
  > {
    const { store, keys, group, parse } = this.#options
    const { revision, document } = target
    if (this.#good?.document === document) {
      return { good: { ...this.#good, revision }, warnings: [] }
    }
    try {
      const text = await readDocument(store, keys, group, document)
      const read = await parse(text)
      if ('problems' in read) return read
      return { good: { revision, document, text, rules: read.rules }, warnings: read.warnings }
    } catch (error) {
      if (error instanceof ForeignValue) return { problems: [error.message] }
      if (!(error instanceof StoreError)) throw error
      return error.failure === 'unavailable' ? 'later' : { problems: [error.message] }
    }
  }

  /** The document cannot be used now. */
  async #fail(problems: readonly string[]): Promise<void> {
    await this.#refuse(problems)
    if (this.#stopped) return
    this.#cancelAgain = this.#options.time.timer(AGAIN, () => void this.#fetch())
  }

  /** Says so once. */
  async #refuse(problems: readonly string[]): Promise<void> {
    this.#cancelAgain()
    if (problems.join('\n') === this.#problems.join('\n')) return
    this.#problems = problems
    if (!this.#known) await this.#options.useCopy()
    // Other keys have come meanwhile.
    if (this.#problems !== problems || this.#stopped) return
    this.#known = true
    this.#options.changed([])
  }
}

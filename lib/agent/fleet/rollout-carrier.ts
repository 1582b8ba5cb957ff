// Carries the rollouts of a group on: the agents elect one of them by a key with a lease; it looks at the reports and begins
// wave after wave, or ends the rollout. Each step is a transaction that fails if another was elected meanwhile.
import { directorsOf } from '../../fleet/fleet.ts'
import type { FleetKeys } from '../../fleet/fleet-keys.ts'
import { type DirectorReport, type Rollout, writeValue } from '../../fleet/fleet-values.ts'
import { type FleetTime, Follower } from '../../fleet/follow.ts'
import type { GroupState } from '../../fleet/group-state.ts'
import { stepRollout, type WaveWatch } from '../../fleet/rollout-step.ts'
import { type Store, type StoreEntry, StoreError } from '../../fleet/store.ts'

export interface RolloutCarrierOptions {
  readonly store: Store
  readonly keys: FleetKeys
  readonly time: FleetTime
  readonly group: string
  readonly name: string
  /** The lease of this director; undefined: it has none now. */
  readonly lease: () => bigint | undefined
  readonly stepped: (rollout: Rollout) => void
  /** This director may not carry rollouts; called once until it has carried one on. */
  readonly denied: () => void
}

/** Milliseconds until something is tried again. */
const RETRY = 500
/** Milliseconds until a director tries again that may not carry rollouts: it may have got the right. */
const AGAIN = 10_000

export class RolloutCarrier {
  readonly #options: RolloutCarrierOptions
  #state: GroupState | undefined
  /** The mark of our key, while we carry. */
  #mark: number | undefined
  #directors: Follower | undefined
  #reports: ReadonlyMap<string, DirectorReport> | undefined
  #watch: WaveWatch | undefined
  #cancel = () => {}
  #busy = false
  #again = false
  #isDenied = false
  /** Ends the pause of a director that was denied. */
  #cancelPause: (() => void) | undefined
  #stopped = false

  constructor(options: RolloutCarrierOptions) {
    this.#options = options
  }

  /** The group has changed. Undefined: its keys have other values than a fleet's, and nothing is done. */
  consider(state: GroupState | undefined): void {
    this.#state = state
    this.#turn()
  }

  /** The lease of this director has changed. */
  leaseChanged(): void {
    this.#turn()
  }

  stop(): void {
    this.#stopped = true
    this.#cancelPause?.()
    this.#withdraw()
  }

  /** Does one thing at a time; never rejects. */
  #turn(): void {
    this.#cancel()
    if (this.#stopped || this.#cancelPause !== undefined) return
    if (this.#busy) {
      this.#again = true
      return
    }
    this.#busy = true
    this.#act()
      .catch((error) => this.#fail(error))
      .finally(() => {
        this.#busy = false
        if (!this.#again) return
        this.#again = false
        this.#turn()
      })
  }

  async #act(): Promise<void> {
    const state = this.#state
    if (state === undefined) return
    const { rollout, marks, lead } = state
    // The state that we have seen may be older than our election.
    if (this.#mark !== undefined && marks.lead > this.#mark) this.#withdraw()
    if (rollout?.state !== 'running') return await this.#retire()
    if (this.#mark === undefined) {
      if (marks.lead === 0 || lead === this.#options.name) await this.#campaign()
      return
    }
    await this.#step(rollout, marks.rollout, this.#mark)
  }

  async #campaign(): Promise<void> {
    const { store, keys, group, name, lease } = this.#options
    const own = lease()
    if (own === undefined) return
    const key = keys.lead(group)
    const { done, revision } = await store.transact(
      [{ key, modRevision: 0 }],
      [{ put: key, value: name, lease: own }],
    )
    const mark = done ? revision : await this.#markOf(own)
    if (mark === undefined || this.#stopped) return
    this.#mark = mark
    this.#watch = undefined
    this.#follow()
  }

  /** The mark of the key, if it has this lease: this director was elected, and the answer got lost. */
  async #markOf(lease: bigint): Promise<number | undefined> {
    const { store, keys, group } = this.#options
    const [entry] = (await store.get(keys.lead(group))).entries
    return entry?.lease === lease ? entry.modRevision : undefined
  }

  #follow(): void {
    const { store, keys, time } = this.#options
    this.#directors?.stop()
    this.#reports = undefined
    this.#directors = new Follower({
      store,
      time,
      prefix: keys.directors,
      changed: (entries: ReadonlyMap<string, StoreEntry>) => {
        const live = directorsOf(entries.values(), keys)
        this.#reports = new Map([...live].map(([name, { report }]) => [name, report]))
        this.#turn()
      },
    })
    this.#directors.start()
  }

  async #step(rollout: Rollout, rolloutMark: number, mark: number): Promise<void> {
    if (this.#reports === undefined) return
    const { store, keys, group, time } = this.#options
    const step = stepRollout(group, rollout, this.#reports, this.#watch, time.now())
    if (step.kind === 'wait') {
      this.#watch = step.watch
      this.#cancel = time.timer(step.look - time.now(), () => this.#turn())
      return
    }
    const { done } = await store.transact(
      [
        { key: keys.lead(group), modRevision: mark },
        { key: keys.rollout(group), modRevision: rolloutMark },
      ],
      [{ put: keys.rollout(group), value: writeValue(step.rollout) }],
    )
    if (done) {
      this.#isDenied = false
      this.#options.stepped(step.rollout)
      return
    }
    // Another was elected, or a revision was pushed: that is about to be seen.
    const [lead] = (await store.get(keys.lead(group))).entries
    if (lead?.modRevision !== mark) this.#withdraw()
    this.#cancel = time.timer(RETRY, () => this.#turn())
  }

  /** The rollout has ended: the next one has another election. */
  async #retire(): Promise<void> {
    const mark = this.#mark
    if (mark === undefined) return
    this.#withdraw()
    const key = this.#options.keys.lead(this.#options.group)
    await this.#options.store.transact([{ key, modRevision: mark }], [{ remove: key }])
  }

  #withdraw(): void {
    this.#mark = undefined
    this.#directors?.stop()
    this.#directors = undefined
    this.#cancel()
  }

  #fail(error: unknown): void {
    if (!(error instanceof StoreError)) throw error
    if (this.#stopped) return
    if (error.failure === 'denied') this.#pause()
    else this.#cancel = this.#options.time.timer(RETRY, () => this.#turn())
  }

  /** Leaves the rollout to others for a while. */
  #pause(): void {
    // Whether it may remove the key or not.
    this.#retire().catch(() => {})
    if (!this.#isDenied) this.#options.denied()
    this.#isDenied = true
    this.#cancelPause = this.#options.time.timer(AGAIN, () => {
      this.#cancelPause = undefined
      this.#turn()
    })
  }
}

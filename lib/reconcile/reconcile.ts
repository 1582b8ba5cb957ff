// Makes the live state equal to the wanted one and verifies it by reading, or rolls back. If another
// program changes the table at the same time, reads, plans and applies again, a few times.
import type { IpvsClient } from '../ipvs/client.ts'
import type { Ruleset } from '../model/ruleset.ts'
import { changeKey } from './change-keys.ts'
import type { Extent, LiveState } from './live-state.ts'
import type { Cause, Outcome, RefusedStep } from './outcome.ts'
import { isFinal, isRemoval } from './phases.ts'
import { type PlanOptions, plan } from './plan.ts'
import { readDifferences } from './read-differences.ts'
import { type Round, rollBack } from './roll-back.ts'
import { type SendOptions, type Sent, sendSteps } from './send-steps.ts'
import { joined, StepList, type Steps } from './step-list.ts'
import { type Reading, readTouched, readUntilSure } from './table-reader.ts'

/** The maximum number of new plans when the table is not as wanted after the last one. */
const ATTEMPTS = 5

interface ReconcileOptions extends PlanOptions, Required<SendOptions> {
  readonly extent: Extent
  /** Opens a connection to the kernel: the first, and another if that one fails. */
  readonly open: () => Promise<IpvsClient>
  /** Receives the steps that were made from each state, also those that are rolled back later. */
  readonly onRound?: (round: Round) => void
}

/** Rejects if the state cannot be read before the first change. */
export async function reconcile(wanted: Ruleset, options: ReconcileOptions): Promise<Outcome> {
  const reconciliation = new Reconciliation(wanted, options)
  try {
    return await reconciliation.run()
  } finally {
    reconciliation.close()
  }
}

class Reconciliation {
  readonly #wanted: Ruleset
  readonly #options: ReconcileOptions
  readonly #rounds: Round[] = []
  /** Steps that were made or may have been made. */
  #sent: readonly Steps[] = []
  #refused: readonly RefusedStep[] = []
  /** Whether something was removed; from then on signals are ignored. */
  #isFinal = false
  /** Whether counters have been cleared, which is done once. */
  #zeroed = false
  #client: IpvsClient | undefined

  constructor(wanted: Ruleset, options: ReconcileOptions) {
    this.#wanted = wanted
    this.#options = options
  }

  async run(): Promise<Outcome> {
    let last: Reading | undefined
    let failures = 0
    for (let attempt = 0; ; ) {
      try {
        last = await this.#read(last, attempt)
      } catch (error) {
        if (last === undefined) throw error
        if (failures++ > 0) return { kind: 'unverified', ...this.#result, error: error as Error }
        this.close()
        continue
      }
      if (last.steps.isEmpty) return { kind: 'made', ...this.#result }
      if (attempt++ > ATTEMPTS) return { kind: 'contested', ...this.#result, missing: last.steps }
      const { made, cause } = await this.#send(last)
      switch (cause?.kind) {
        case 'interrupted':
          if (!this.#options.keepGoing) return await this.#rollBack(cause)
          return {
            kind: 'ended',
            ...this.#result,
            signal: cause.signal,
            left: last.steps.length - made.length,
          }
        case 'refused':
          return await this.#rollBack(cause)
        case 'broken':
          this.close()
          // Removals cannot be undone completely, so the restore continues forward.
          if (!this.#isFinal && !isFinal(cause.step.phase)) return await this.#rollBack(cause)
      }
    }
  }

  /** Closes the connection; the next call opens another. */
  close(): void {
    this.#client?.close()
    this.#client = undefined
  }

  get #result() {
    return { made: joined(this.#rounds.map(({ made }) => made)), refused: this.#refused }
  }

  async #open(): Promise<IpvsClient> {
    this.#client ??= await this.#options.open()
    return this.#client
  }

  /** Removals need two readings that agree; after interference by another program, all steps do. */
  async #read(last: Reading | undefined, attempt: number): Promise<Reading> {
    const client = await this.#open()
    const { extent } = this.#options
    const state =
      last === undefined
        ? await readDifferences(client, extent, this.#wanted)
        : await readTouched(client, extent, this.#wanted, last.state, last.steps)
    return await readUntilSure(
      client,
      extent,
      this.#wanted,
      state,
      (live) => this.#plan(live),
      (phase) => phase !== 'zeros' && (isRemoval(phase) || attempt > 0),
    )
  }

  #plan(state: LiveState): StepList {
    const whole = plan(state, this.#wanted, this.#options)
    const steps = this.#zeroed ? whole.inPhases((phase) => phase !== 'zeros') : whole
    if (this.#refused.length === 0) return steps
    const refused = new Set(this.#refused.map(({ step }) => changeKey(step.change)))
    const left = [...steps].filter(({ change }) => !refused.has(changeKey(change)))
    return new StepList(this.#wanted, left)
  }

  async #send({ state: before, steps }: Reading): Promise<Sent> {
    const { keepGoing, interrupted } = this.#options
    const inTime = () => (this.#isFinal && !keepGoing ? undefined : interrupted())
    const client = await this.#open()
    const sent = await sendSteps(steps, client, { keepGoing, interrupted: inTime }, this.#refused)
    this.#sent = [...this.#sent, sent.cause?.kind === 'broken' ? steps : sent.made]
    const round = { before, made: sent.made }
    this.#rounds.push(round)
    this.#options.onRound?.(round)
    this.#isFinal ||= sent.isFinal
    this.#refused = this.#refused.concat(sent.refused)
    if (sent.cause === undefined) this.#zeroed = true
    return sent
  }

  async #rollBack(cause: Cause): Promise<Outcome> {
    const { extent, open } = this.#options
    return await rollBack(this.#client, {
      cause,
      rounds: this.#rounds,
      sent: joined(this.#sent),
      wanted: this.#wanted,
      extent,
      open,
    })
  }
}

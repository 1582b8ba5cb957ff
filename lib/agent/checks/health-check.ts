// A check of one server, as all kinds of checks give it.
import type { Address, Family } from '../../model/address.ts'
import type { DestinationId } from '../../model/destination.ts'
import type { ServiceId } from '../../model/service.ts'
import type { ActivePlan } from '../config/config.ts'

/** The endpoint that is checked: the server's own, or the address and port of the plan. */
export interface CheckTarget {
  readonly family: Family
  readonly address: Address
  readonly port: number
  /** The server that the check is about, for the environment of programs. */
  readonly service: ServiceId
  readonly server: DestinationId
}

export interface CheckResult {
  readonly up: boolean
  /** One short line for people: at most 200 characters, control characters escaped. */
  readonly detail: string
  /** The duration of the check, in milliseconds. */
  readonly ms: number
  /** Percent of the configured weight, 0 to 100, where the check gives one. */
  readonly weight?: number
  /** The check could not be made, through no fault of the server: no sockets are left, or the program is missing. */
  readonly inconclusive?: true
}

/**
 * Runs one check. Never rejects: what goes wrong is a result. When the signal is given, by the timeout or because nobody
 * wants the result any more, it releases all that it holds and resolves soon.
 */
export type HealthCheck<P extends ActivePlan = ActivePlan> = (
  target: CheckTarget,
  plan: P,
  signal: AbortSignal,
) => Promise<CheckResult>

/** A server whose check is to be repeated. */
export interface Scheduled {
  /** Equal for the same server of the same service: `serverKey`. */
  readonly key: string
  readonly target: CheckTarget
  readonly plan: ActivePlan
}

/** schedule.ts: spreads the checks over their intervals and runs them. */
export interface Schedule {
  /** Replaces what is checked. Entries that stay keep their turn; of those that go no result arrives any more. */
  replace(entries: readonly Scheduled[]): void
  stop(): void
}

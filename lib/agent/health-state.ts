// The health of a server: results of checks in, a state out. Pure.
import type { CheckResult } from './checks/health-check.ts'

export interface HealthState {
  /** `unknown`: no verdict yet. */
  readonly status: 'unknown' | 'up' | 'down'
  /** When the status began, by `Clock.now()`, and the date then. */
  readonly since: number
  readonly sinceDate: Date
  /** The number of results in a row that speak for the other status; of `unknown`: of failures. */
  readonly against: number
  /** The percentage of its weight that the last success gave; a check that has failed says nothing about it. */
  readonly weight: number | undefined
  readonly last: CheckResult | undefined
  /** When the last result came. */
  readonly lastDate: Date | undefined
}

/** The state of a server that has not been checked yet. */
export function unknown(now: number, date: Date): HealthState {
  return {
    status: 'unknown',
    since: now,
    sinceDate: date,
    against: 0,
    weight: undefined,
    last: undefined,
    lastDate: undefined,
  }
}

/**
 * The state after one more result. The first success brings a server up that has no verdict yet: it must not wait
 * because the agent was restarted. Everything else takes `rise` successes or `fall` failures in a row.
 */
export function next(
  state: HealthState,
  result: CheckResult,
  { rise, fall }: { readonly rise: number; readonly fall: number },
  now: number,
  date: Date,
): HealthState {
  const { status } = state
  const weight = result.up ? result.weight : state.weight
  const seen = { weight, last: result, lastDate: date }
  if (result.inconclusive === true) return { ...state, ...seen }
  if (status !== 'unknown' && result.up === (status === 'up')) return { ...state, ...seen, against: 0 }
  const against = state.against + 1
  const needed = result.up ? (status === 'unknown' ? 1 : rise) : fall
  if (against < needed) return { ...state, ...seen, against }
  return { status: result.up ? 'up' : 'down', since: now, sinceDate: date, against: 0, ...seen }
}

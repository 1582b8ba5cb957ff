// The health of a server: results of checks in, a state out. Pure.
import { type DestinationId, destinationKey } from '../model/destination.ts'
import { type ServiceId, serviceKey } from '../model/service.ts'
import type { CheckResult } from './checks/check.ts'

export interface HealthState {
  /** `unknown`: no verdict yet. */
  readonly status: 'unknown' | 'up' | 'down'
  /** When the status began, by `Clock.now()`, and the date then. */
  readonly since: number
  readonly sinceDate: Date
  /** How many results in a row speak for the other status; of `unknown`: how many failures. */
  readonly against: number
  readonly last: CheckResult | undefined
  /** When the last result came. */
  readonly lastDate: Date | undefined
}

/** The key of a server of a service, in health, schedule, memory and status. */
export function serverKey(service: ServiceId, server: DestinationId): string {
  return `${serviceKey(service)} ${destinationKey(server)}`
}

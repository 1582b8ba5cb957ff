// The health of all servers of the rules: the checks that they need, and the results that come.
import type { DestinationId } from '../model/destination.ts'
import type { ServiceId } from '../model/service.ts'
import type { CheckResult, Scheduled } from './checks/health-check.ts'
import type { Clock } from './clock.ts'
import { checkOf } from './config/choose.ts'
import type { ActivePlan, AgentConfig } from './config/config.ts'
import { type HealthState, next, unknown } from './health-state.ts'
import type { RuleTable } from './rule-table.ts'

export interface CheckedServer {
  readonly key: string
  readonly service: ServiceId
  readonly server: DestinationId
  readonly plan: ActivePlan
  state: HealthState
}

/** The effect of a result. */
export interface HealthChange {
  readonly verdict: 'up' | 'down' | undefined
  /** Whether the check gives another weight. */
  readonly weight: boolean
}

export class Health {
  readonly #clock: Clock
  #entries: ReadonlyMap<string, CheckedServer> = new Map()
  /** Servers that no check has ended of yet. */
  #unchecked = new Set<string>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The servers that the rules have now; the checks to be run. Those that were there keep their health. */
  replace(rules: RuleTable, config: AgentConfig): Scheduled[] {
    const entries = new Map<string, CheckedServer>()
    const scheduled: Scheduled[] = []
    const unchecked = new Set<string>()
    for (const { id: service, servers } of rules.services.values()) {
      for (const { id: server, key } of servers.values()) {
        const plan = checkOf(config, service, server)
        if (plan.kind === 'none') continue
        const old = this.#entries.get(key)
        const state = old?.state ?? unknown(this.#clock.now(), this.#clock.wall())
        entries.set(key, { key, service, server, plan, state })
        if (old === undefined || this.#unchecked.has(key)) unchecked.add(key)
        const target = {
          family: server.family,
          address: plan.address ?? server.address,
          port: plan.port ?? server.port,
          service,
          server,
        }
        scheduled.push({ key, target, plan })
      }
    }
    this.#entries = entries
    this.#unchecked = unchecked
    return scheduled
  }

  /** Undefined: the server has left the rules. */
  take(key: string, result: CheckResult): HealthChange | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#unchecked.delete(key)
    const before = entry.state
    entry.state = next(before, result, entry.plan, this.#clock.now(), this.#clock.wall())
    const { status, weight } = entry.state
    return {
      verdict: status === before.status || status === 'unknown' ? undefined : status,
      weight: weight !== before.weight,
    }
  }

  /** Whether each server has been checked once. */
  get complete(): boolean {
    return this.#unchecked.size === 0
  }

  /** By `serverKey`; without the servers that are not checked. */
  get states(): ReadonlyMap<string, HealthState> {
    return new Map([...this.#entries].map(([key, { state }]) => [key, state]))
  }

  /** The servers that are checked. */
  get servers(): readonly CheckedServer[] {
    return [...this.#entries.values()]
  }

  /** By `serverKey`; undefined: the server is not checked. */
  readonly stateOf = (key: string): HealthState | undefined => this.#entries.get(key)?.state

  readonly isDown = (key: string): boolean => this.#entries.get(key)?.state.status === 'down'
}

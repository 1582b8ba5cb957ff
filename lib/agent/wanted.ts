// Rules and health → the wanted table. Pure: what has to be remembered is a `Memory` that goes in and comes out.
import type { DestinationConfiguration } from '../model/destination.ts'
import type { Ruleset, WantedServer, WantedService } from '../model/ruleset.ts'
import type { ServiceId } from '../model/service.ts'
import { policyOf } from './config/choose.ts'
import type { AgentConfig, Policy } from './config/config.ts'
import { type Held, NOTHING_HELD } from './drift.ts'
import { fallbackServers } from './fallback.ts'
import type { HealthState } from './health-state.ts'
import type { KnownServer, KnownService, KnownTable } from './known-table.ts'
import type { RuledServer, RuledService, RuleTable } from './rule-table.ts'

export interface Memory {
  readonly held: Held
  /** Services that the rules have had, by `serviceKey`. */
  readonly ours: ReadonlySet<string>
  /** When servers that are to go began to drain, by `serverKey` and `Clock.now()`. */
  readonly draining: ReadonlyMap<string, number>
  /** When servers began to get traffic, as far as their weight still grows. */
  readonly starting: ReadonlyMap<string, number>
}

export const NO_MEMORY: Memory = {
  held: NOTHING_HELD,
  ours: new Set(),
  draining: new Map(),
  starting: new Map(),
}

/** Why a server has the weight that it has. */
export type Reason =
  /** As the rules say. */
  | 'rules'
  /** Down: weight 0, or no entry. */
  | 'down'
  /** No verdict yet: as it was found. */
  | 'unknown'
  /** Down, but used because too few are up. */
  | 'minimum'
  | 'fallback'
  | 'operator'
  | 'slow-start'
  /** As its own check says. */
  | 'check'
  | 'draining'

export interface ServerNote {
  /** `serverKey`. */
  readonly key: string
  readonly id: WantedServer['id']
  readonly reason: Reason
  /** Undefined: no entry. */
  readonly weight: number | undefined
  /** The weight of the rules; undefined: they do not have the server. */
  readonly ruleWeight: number | undefined
}

export interface ServiceNote {
  readonly key: string
  readonly id: ServiceId
  /** Servers of the rules that are up, and all of them. */
  readonly up: number
  readonly total: number
  readonly minimum: boolean
  readonly fallback: boolean
  readonly servers: readonly ServerNote[]
}

export interface Wanted {
  /** Services that are not in it, and are not `deleted`, are to stay as they are. */
  readonly ruleset: Ruleset
  /** `serviceKey`s of services that are to go. */
  readonly deleted: ReadonlySet<string>
  readonly notes: readonly ServiceNote[]
  readonly memory: Memory
}

export interface Situation {
  readonly rules: RuleTable
  readonly config: AgentConfig
  /** By `serverKey`; undefined: the server is not checked. */
  readonly health: (key: string) => HealthState | undefined
  readonly memory: Memory
  readonly live: KnownTable
  readonly now: number
}

export function wantedTable(situation: Situation): Wanted {
  const { rules, config, memory, live } = situation
  const { held } = memory
  const next = { draining: new Map<string, number>(), starting: new Map<string, number>() }
  const services = new Map<string, WantedService>()
  const deleted = new Set<string>()
  const notes: ServiceNote[] = []
  for (const [key, rule] of rules.services) {
    const mark = held.services.get(key)
    if (mark !== undefined && mark.config === undefined) continue
    const service = new ServiceBuilder(key, rule, situation, next)
    services.set(key, { ...rule, config: mark?.config ?? rule.config, servers: service.servers })
    notes.push(service.note)
  }
  for (const [key, service] of live) {
    if (rules.services.has(key) || held.services.has(key)) continue
    if (config.drift === 'keep' && !memory.ours.has(key)) continue
    const servers = new Map<string, WantedServer>()
    const policy = policyOf(config, service.id)
    for (const [name, server] of service.servers) {
      const left = leave(`${key} ${name}`, server, policy, situation, next.draining)
      if (left !== undefined) servers.set(name, left)
    }
    if (servers.size === 0) deleted.add(key)
    else services.set(key, { id: service.id, config: service.config, line: 0, servers })
  }
  const ours = new Set([...memory.ours].filter((key) => live.has(key)).concat([...rules.services.keys()]))
  return {
    ruleset: { services, timeouts: rules.timeouts, daemons: rules.daemons, zeros: [] },
    deleted,
    notes,
    memory: { held, ours, ...next },
  }
}

/** A server that is to go, while its connections last. It must have had weight 0 before it is deleted. */
function leave(
  key: string,
  { id, config, connections }: KnownServer,
  { drainTimeout }: Policy,
  { memory, now }: Situation,
  draining: Map<string, number>,
): WantedServer | undefined {
  const since = memory.draining.get(key) ?? now
  const over = config.weight === 0 && (connections === 0 || now - since >= drainTimeout)
  if (over) return undefined
  draining.set(key, since)
  return { id, config: { ...config, weight: 0 }, line: 0 }
}

interface NextMemory {
  readonly draining: Map<string, number>
  readonly starting: Map<string, number>
}

/** Why, and with what configuration; undefined: no entry. */
type Choice = [Reason, DestinationConfiguration | undefined]

/** The servers of one service of the rules. */
class ServiceBuilder {
  readonly servers = new Map<string, WantedServer>()
  readonly note: ServiceNote
  readonly #key: string
  readonly #situation: Situation
  readonly #next: NextMemory
  readonly #policy: Policy
  readonly #live: KnownService | undefined
  readonly #notes: ServerNote[] = []

  constructor(key: string, rule: RuledService, situation: Situation, next: NextMemory) {
    this.#key = key
    this.#situation = situation
    this.#next = next
    this.#policy = policyOf(situation.config, rule.id)
    this.#live = situation.live.get(key)
    const used = { up: 0, unsure: 0, out: 0 }
    for (const [name, server] of rule.servers) used[this.#used(name, server)]++
    const { up } = used
    const available = up + used.unsure
    const fallback = available === 0 && this.#policy.fallback.length > 0
    const minimum = !fallback && available < Math.min(this.#policy.minimum, rule.servers.size)
    for (const [name, server] of rule.servers) this.#place(name, server, minimum)
    if (fallback) this.#fallBack(rule)
    this.#keepOthers(rule)
    const total = rule.servers.size
    this.note = { key, id: rule.id, up, total, minimum, fallback, servers: this.#notes }
  }

  /** `unsure`: without a verdict, but in use. */
  #used(name: string, { key, config }: RuledServer): 'up' | 'unsure' | 'out' {
    const status = this.#situation.health(key)?.status ?? 'up'
    const mark = this.#situation.memory.held.servers.get(key)
    if (mark !== undefined && (mark.config?.weight ?? 0) === 0 && config.weight > 0) return 'out'
    if (status !== 'unknown') return status === 'up' ? 'up' : 'out'
    return (this.#live?.servers.get(name)?.config.weight ?? 0) > 0 ? 'unsure' : 'out'
  }

  #place(name: string, server: RuledServer, minimum: boolean): void {
    const { id, config: ruled, line, key } = server
    const [reason, config] = this.#choose(key, name, ruled, minimum)
    if (config !== undefined) this.servers.set(name, config === ruled ? server : { id, config, line })
    this.#notes.push({ key, id, reason, weight: config?.weight, ruleWeight: ruled.weight })
  }

  #choose(key: string, name: string, ruled: DestinationConfiguration, minimum: boolean): Choice {
    const mark = this.#situation.memory.held.servers.get(key)
    if (mark !== undefined && mark.config === undefined) return ['operator', undefined]
    const base = mark?.config ?? ruled
    const health = this.#situation.health(key)
    switch (health?.status ?? 'up') {
      case 'up':
        return mark === undefined ? this.#risen(key, name, base, health) : ['operator', base]
      case 'unknown': {
        const live = this.#live?.servers.get(name)?.config
        return ['unknown', live && { ...base, weight: live.weight }]
      }
      case 'down':
        // The operator set it while the server was down.
        if (mark !== undefined && health !== undefined && mark.at >= health.since) return ['operator', base]
        if (minimum) return ['minimum', base]
        return ['down', this.#policy.down === 'remove' ? undefined : { ...base, weight: 0 }]
    }
  }

  /** The weight of a server that is up: in percent of its check, and growing from the moment it gets traffic. */
  #risen(key: string, name: string, base: DestinationConfiguration, health: HealthState | undefined): Choice {
    const whole = share(base.weight, (health?.weight ?? 100) / 100)
    const grown = this.#grown(key, name, whole)
    if (grown < 1) return ['slow-start', { ...base, weight: Math.max(share(whole, grown), 1) }]
    return whole === base.weight ? ['rules', base] : ['check', { ...base, weight: whole }]
  }

  /** 0 to 1. */
  #grown(key: string, name: string, weight: number): number {
    const { slowStart } = this.#policy
    const { now, memory } = this.#situation
    if (slowStart === 0 || weight === 0) return 1
    const idle = (this.#live?.servers.get(name)?.config.weight ?? 0) === 0
    // The servers of a new service start together, with their whole weights.
    const since = memory.starting.get(key) ?? (idle && this.#live !== undefined ? now : undefined)
    if (since === undefined || now - since >= slowStart) return 1
    this.#next.starting.set(key, since)
    return (now - since) / slowStart
  }

  #fallBack({ id }: WantedService): void {
    for (const [name, server] of fallbackServers(this.#policy, id)) {
      const key = `${this.#key} ${name}`
      const mark = this.#situation.memory.held.servers.get(key)
      const placed = this.servers.get(name)
      if (placed !== undefined && (placed.config.weight > 0 || mark !== undefined)) continue
      const config = mark === undefined ? server.config : mark.config
      if (config !== undefined) this.servers.set(name, { ...server, config })
      const reason = mark === undefined ? 'fallback' : 'operator'
      this.#notes.push({ key, id: server.id, reason, weight: config?.weight, ruleWeight: undefined })
    }
  }

  /** Servers that are in the table but not in the rules: added by others, or draining. */
  #keepOthers(rule: WantedService): void {
    for (const [name, server] of this.#live?.servers ?? []) {
      if (rule.servers.has(name) || this.servers.has(name)) continue
      const key = `${this.#key} ${name}`
      const mark = this.#situation.memory.held.servers.get(key)
      // A mark on a fallback server ends with its use.
      const isTheirs = mark !== undefined && mark.rule === undefined
      const placed = isTheirs
        ? { id: server.id, config: server.config, line: 0 }
        : leave(key, server, this.#policy, this.#situation, this.#next.draining)
      if (placed === undefined) continue
      this.servers.set(name, placed)
      const reason = isTheirs ? 'operator' : 'draining'
      const { weight } = placed.config
      this.#notes.push({ key, id: server.id, reason, weight, ruleWeight: undefined })
    }
  }
}

/** A part of a weight; not 0 unless all of it is. */
function share(weight: number, part: number): number {
  return part === 0 || weight === 0 ? 0 : Math.max(1, Math.round(weight * part))
}

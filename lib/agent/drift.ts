// Drift: changes of the table by others, found by comparing the expected table with the one that was read. Pure.
// With `keep` they become marks (`Held`), which `wanted.ts` respects.
import type { DestinationConfiguration } from '../model/destination.ts'
import { configOf, type WantedService } from '../model/ruleset.ts'
import { keysOf } from '../model/server-key.ts'
import type { ServiceConfiguration } from '../model/service.ts'
import { sameServer, serverDifferences, serviceDifferences } from '../reconcile/compare.ts'
import type { KnownService, KnownTable } from './known-table.ts'

export type Drift =
  /** The whole table is gone: always restored, as an accident. */
  | { readonly kind: 'cleared' }
  | { readonly kind: 'service-added' | 'service-deleted'; readonly key: string }
  | { readonly kind: 'service-changed'; readonly key: string; readonly fields: readonly string[] }
  | { readonly kind: 'server-added' | 'server-deleted'; readonly key: string; readonly service: string }
  | {
      readonly kind: 'server-changed'
      readonly key: string
      readonly service: string
      readonly fields: readonly string[]
      readonly weight: { readonly before: number; readonly after: number }
    }
  /** A command has set the weight that the server had already, which the table does not show. */
  | { readonly kind: 'server-confirmed'; readonly key: string; readonly service: string; readonly to: number }

/** Settings of other programs that the agent keeps. */
export interface Held {
  /** By `serviceKey`: its configuration; undefined: deleted, and to stay so. */
  readonly services: ReadonlyMap<string, HeldEntry<ServiceConfiguration>>
  /** By `serverKey`. */
  readonly servers: ReadonlyMap<string, HeldEntry<DestinationConfiguration>>
}

export interface HeldEntry<C> {
  /** Undefined: the entry was deleted. */
  readonly config: C | undefined
  /** The rules' entry then; a mark ends when the rules say something else. Undefined: they have none. */
  readonly rule: C | undefined
  /** By `Clock.now()`. */
  readonly at: number
}

export const NOTHING_HELD: Held = { services: new Map(), servers: new Map() }

/** Rules by which changes are judged. */
export interface RulesByKey {
  /** By `serviceKey`. */
  readonly services: { get(key: string): WantedService | undefined }
}

/** Empty if the table is as it was known. */
export function findDrift(known: KnownTable, live: KnownTable): Drift[] {
  if (known.size > 0 && live.size === 0) return [{ kind: 'cleared' }]
  const drift: Drift[] = []
  for (const [key, before] of known) {
    const after = live.get(key)
    if (after === undefined) drift.push({ kind: 'service-deleted', key })
    else if (before !== after) serviceDrift(key, before, after, drift)
  }
  for (const key of live.keys()) if (!known.has(key)) drift.push({ kind: 'service-added', key })
  return drift
}

function serviceDrift(service: string, before: KnownService, after: KnownService, drift: Drift[]): void {
  const changed = before.config === after.config ? [] : serviceDifferences(before.config, after.config)
  if (changed.length > 0) drift.push({ kind: 'service-changed', key: service, fields: changed })
  if (before.servers === after.servers) return
  for (const [name, { config }] of before.servers) {
    const now = after.servers.get(name)
    if (now !== undefined && sameServer(now.config, config)) continue
    const key = `${service} ${name}`
    if (now === undefined) {
      drift.push({ kind: 'server-deleted', key, service })
      continue
    }
    const fields = serverDifferences(now.config, config)
    if (fields.length === 0) continue
    const weight = { before: config.weight, after: now.config.weight }
    drift.push({ kind: 'server-changed', key, service, fields, weight })
  }
  for (const name of after.servers.keys()) {
    if (!before.servers.has(name)) drift.push({ kind: 'server-added', key: `${service} ${name}`, service })
  }
}

/**
 * Weights that commands have set and that are not a change of the table.
 * @param set weights by `serviceKey` and `destinationKey`
 * @param drift the changes that were found
 */
export function confirmedWeights(
  set: readonly WeightByHand[],
  { drift, held, live, rules, isDown }: HandContext,
): Drift[] {
  const found = new Set(drift.map((one) => ('key' in one ? one.key : '')))
  return set.flatMap(({ service, server, weight }) => {
    const key = `${service} ${server}`
    const rule = serverRule(rules, service, server)
    const config = live.get(service)?.servers.get(server)?.config
    if (rule === undefined || config === undefined || found.has(key)) return []
    const mark = held.servers.get(key)?.config
    const given = { ...config, weight }
    // A server that is down has the weight for another reason than this one.
    if (!isDown(key) && (same(given, rule) || same(given, mark))) return []
    return [{ kind: 'server-confirmed', key, service, to: weight }]
  })
}

export interface WeightByHand {
  /** `serviceKey`. */
  readonly service: string
  /** `destinationKey`. */
  readonly server: string
  readonly weight: number
}

export interface HandContext {
  readonly drift: readonly Drift[]
  readonly held: Held
  readonly live: KnownTable
  readonly rules: RulesByKey
  readonly isDown: (key: string) => boolean
}

/** Two readings that show the same drift. */
export function sameDrift(a: readonly Drift[], b: readonly Drift[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

/**
 * The marks after this drift.
 * @param isDown whether the server of this key is down: a weight that it is given then is a mark even if it is the rules'
 */
export function holdDrift(
  held: Held,
  drift: readonly Drift[],
  live: KnownTable,
  rules: RulesByKey,
  isDown: (key: string) => boolean,
  now: number,
): Held {
  if (drift.length === 0) return held
  const services = new Map(held.services)
  const servers = new Map(held.servers)
  for (const one of drift) {
    switch (one.kind) {
      case 'cleared':
        // Deletions by hand are forgotten with everything else.
        for (const [key, { config }] of services) if (config === undefined) services.delete(key)
        for (const [key, { config }] of servers) if (config === undefined) servers.delete(key)
        break
      case 'service-added':
        hold(services, one.key, live.get(one.key)?.config, rules.services.get(one.key)?.config, now)
        for (const [name, { config }] of live.get(one.key)?.servers ?? []) {
          hold(servers, `${one.key} ${name}`, config, serverRule(rules, one.key, name), now)
        }
        break
      case 'service-deleted':
      case 'service-changed':
        hold(services, one.key, live.get(one.key)?.config, rules.services.get(one.key)?.config, now)
        break
      default: {
        const name = one.key.slice(one.service.length + 1)
        const found = live.get(one.service)?.servers.get(name)?.config
        const config = found && one.kind === 'server-confirmed' ? { ...found, weight: one.to } : found
        hold(servers, one.key, config, serverRule(rules, one.service, name), now, isDown(one.key))
      }
    }
  }
  return { services, servers }
}

/** A mark, unless the entry is now as the rules have it. */
function hold<C extends object>(
  marks: Map<string, HeldEntry<C>>,
  key: string,
  config: C | undefined,
  rule: C | undefined,
  at: number,
  always = false,
): void {
  if (same(config, rule) && !always) marks.delete(key)
  else marks.set(key, { config, rule, at })
}

/**
 * The marks that still hold: the rules have not changed, and say something else. Of entries that the rules do not have, the mark
 * ends with the entry, so that those of another program's do not gather.
 * @param used the rules with the fallback servers that are in use
 */
export function stillHeld(
  held: Held,
  live: KnownTable,
  rules: RulesByKey,
  used: RulesByKey,
  isDown: (key: string) => boolean,
): Held {
  if (held.services.size + held.servers.size === 0) return held
  const services = [...held.services].filter(
    ([key, { rule }]) => same(rule, rules.services.get(key)?.config) && (rule !== undefined || live.has(key)),
  )
  const servers = [...held.servers].filter(([key, { config, rule }]) => {
    const { service, server } = keysOf(key)
    if (![rules, used].some((each) => same(rule, serverRule(each, service, server)))) return false
    if (rule === undefined) return live.get(service)?.servers.has(server) === true
    return isDown(key) || !same(config, rule)
  })
  if (services.length === held.services.size && servers.length === held.servers.size) return held
  return { services: new Map(services), servers: new Map(servers) }
}

const same = (a: object | undefined, b: object | undefined) =>
  a === b || (a !== undefined && b !== undefined && sorted(a) === sorted(b))
const sorted = (config: object) => JSON.stringify(Object.entries(config).sort())

function serverRule(
  rules: RulesByKey,
  service: string,
  server: string,
): DestinationConfiguration | undefined {
  const servers = rules.services.get(service)?.servers
  return servers && configOf(servers, server)
}

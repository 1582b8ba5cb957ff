// The steps of a turn: from the live table to the wanted one. Most entries are as wanted, and the planner gets the others only. Pure.
import type { WantedServer, WantedService } from '../model/ruleset.ts'
import { serverIsAsWanted, serviceIsAsWanted } from '../reconcile/compare.ts'
import type { LiveService, LiveState } from '../reconcile/live-state.ts'
import { plan } from '../reconcile/plan.ts'
import type { PlanStep } from '../reconcile/step-list.ts'
import type { KnownService, KnownTable } from './known-table.ts'
import type { Wanted } from './wanted.ts'

export function turnSteps(
  live: KnownTable,
  { ruleset, deleted }: Pick<Wanted, 'ruleset' | 'deleted'>,
  director: Pick<LiveState, 'timeouts' | 'daemons'>,
): PlanStep[] {
  const table: LiveService[] = []
  const services = new Map<string, WantedService>()
  // The place of a daemon's start depends on all servers.
  const includesAll = ruleset.daemons.size > 0
  for (const [key, wanted] of ruleset.services) {
    const old = live.get(key)
    const servers = old === undefined || includesAll ? wanted.servers : unlike(old, wanted)
    const destinations = old && destinationsOf(old, (name) => servers.has(name) || !wanted.servers.has(name))
    const isAsWanted =
      old !== undefined &&
      servers.size + (destinations?.length ?? 0) === 0 &&
      serviceIsAsWanted(old.config, wanted.config)
    if (isAsWanted) continue
    services.set(key, { ...wanted, servers })
    if (old !== undefined && destinations !== undefined) table.push({ service: old, destinations })
  }
  for (const key of deleted) {
    const old = live.get(key)
    if (old !== undefined) table.push({ service: old, destinations: destinationsOf(old, () => true) })
  }
  return [...plan({ table, ...director }, { ...ruleset, services })]
}

/** The wanted servers that the service does not have, or not so. */
function unlike(old: KnownService, wanted: WantedService): ReadonlyMap<string, WantedServer> {
  const servers = new Map<string, WantedServer>()
  for (const [name, server] of wanted.servers) {
    const config = old.servers.get(name)?.config
    if (config === undefined || !serverIsAsWanted(config, server.config)) servers.set(name, server)
  }
  return servers
}

function destinationsOf({ servers }: KnownService, includes: (name: string) => boolean) {
  const destinations: LiveService['destinations'][number][] = []
  for (const [name, server] of servers) if (includes(name)) destinations.push(server)
  return destinations
}

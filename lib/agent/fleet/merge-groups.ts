// The rules of several groups → those of the director: together, unless two say something about the same thing.
import type { SyncState } from '../../model/director.ts'
import type { Ruleset, WantedDaemon, WantedService } from '../../model/ruleset.ts'

export type MergedRules = { readonly rules: Ruleset } | { readonly problem: string }

export function mergeGroups(groups: ReadonlyMap<string, Ruleset>): MergedRules {
  const [only] = groups.values()
  // The same object, so that the caller knows its rules again.
  if (groups.size === 1 && only !== undefined) return { rules: only }
  const owners = new Map<string, string>()
  const services = new Map<string, WantedService>()
  const daemons = new Map<SyncState, WantedDaemon>()
  let timeouts: Ruleset['timeouts']
  for (const [group, rules] of groups) {
    const claims = [
      ...rules.services.keys(),
      ...[...rules.daemons.keys()].map((state) => `the ${state} daemon`),
      ...(rules.timeouts === undefined ? [] : ['timeouts']),
    ]
    for (const claim of claims) {
      const owner = owners.get(claim)
      if (owner !== undefined) return { problem: `${owner} and ${group} both have ${claim}` }
      owners.set(claim, group)
    }
    for (const [key, service] of rules.services) services.set(key, service)
    for (const [state, daemon] of rules.daemons) daemons.set(state, daemon)
    timeouts ??= rules.timeouts
  }
  return { rules: { services, timeouts, daemons, zeros: [] } }
}

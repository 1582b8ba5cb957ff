// The fallback servers of services, as entries of the table. Pure.
import type { WantedServer } from '../model/ruleset.ts'
import type { ServiceId } from '../model/service.ts'
import { policyOf } from './config/choose.ts'
import type { AgentConfig, Policy } from './config/config.ts'
import type { RuledServer, RuleTable } from './rule-table.ts'

/** A service of the rules as the last turn left it. */
interface ServedService {
  /** `serviceKey`. */
  readonly key: string
  readonly id: ServiceId
  /** Whether its fallback servers are in use. */
  readonly fallback: boolean
}

/** By `destinationKey`. */
export function fallbackServers({ fallback }: Policy, service: ServiceId): Map<string, WantedServer> {
  const own = 'port' in service ? service.port : 0
  return new Map(
    fallback.map(({ family, address, port: given, config }) => {
      // Direct routing and tunnels do not change the port.
      const port = config.forwarding === 'masquerade' ? (given ?? own) : own
      return [`${address} ${port}`, { id: { family, address, port }, config, line: 0 }]
    }),
  )
}

/** The rules with the fallback servers that are in use, by which changes of these are judged. */
export function withFallback(
  rules: RuleTable,
  notes: readonly ServedService[],
  config: AgentConfig,
): RuleTable {
  const used = notes.filter(({ fallback }) => fallback)
  if (used.length === 0) return rules
  const services = new Map(rules.services)
  for (const { key, id } of used) {
    const service = services.get(key)
    if (service === undefined) continue
    const servers = new Map<string, RuledServer>()
    for (const [name, server] of fallbackServers(policyOf(config, id), id)) {
      servers.set(name, { ...server, key: `${key} ${name}` })
    }
    for (const [name, server] of service.servers) servers.set(name, server)
    services.set(key, { ...service, servers })
  }
  return { ...rules, services }
}

// The fallback servers of services, as entries of the table. Pure.
import type { WantedServer } from '../model/ruleset.ts'
import type { ServiceId } from '../model/service.ts'
import { policyOf } from './config/choose.ts'
import type { AgentConfig, Policy } from './config/config.ts'
import type { RulesByKey } from './drift.ts'

/** A service of the rules as the last turn left it. */
interface ServedService {
  /** `serviceKey`. */
  readonly key: string
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

/** The rules with the fallback servers that are in use, by which changes of these are judged: no copy of the rules. */
export function withFallback(
  rules: RulesByKey,
  notes: readonly ServedService[],
  config: AgentConfig,
): RulesByKey {
  const used = new Set(notes.flatMap(({ key, fallback }) => (fallback ? key : [])))
  const get = (key: string) => {
    const service = rules.services.get(key)
    if (service === undefined || !used.has(key)) return service
    const fallback = fallbackServers(policyOf(config, service.id), service.id)
    return { ...service, servers: new Map([...fallback, ...service.servers]) }
  }
  return used.size === 0 ? rules : { services: { get } }
}

// The rules with the keys of all servers: made once, because each turn needs them. Pure.
import type { Ruleset, WantedServer, WantedService } from '../model/ruleset.ts'

export interface RuledServer extends WantedServer {
  /** `serverKey`. */
  readonly key: string
}

export interface RuledService extends WantedService {
  readonly servers: ReadonlyMap<string, RuledServer>
}

export interface RuleTable extends Ruleset {
  readonly services: ReadonlyMap<string, RuledService>
}

export function ruleTable(rules: Ruleset): RuleTable {
  const services = new Map<string, RuledService>()
  for (const [key, service] of rules.services) {
    const servers = new Map<string, RuledServer>()
    for (const [name, { id, config, line }] of service.servers) {
      servers.set(name, { id, config, line, key: `${key} ${name}` })
    }
    services.set(key, { id: service.id, config: service.config, line: service.line, servers })
  }
  const { timeouts, daemons, zeros } = rules
  return { services, timeouts, daemons, zeros }
}

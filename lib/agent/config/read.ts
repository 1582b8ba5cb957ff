// The text of agent.yaml → the configuration with all defaults filled in, or every problem with its line and path.
import { DESTINATION_DEFAULTS } from '../../model/defaults.ts'
import { destinationKey } from '../../model/destination.ts'
import { serviceKey } from '../../model/service.ts'
import type { AgentConfig, CheckPlan, FallbackServer, FleetRules, Policy } from './config.ts'
import { DEFAULTS } from './config-defaults.ts'
import { type ConfigProblem, type Path, parseYaml, pathText } from './document.ts'
import { readDuration, readEndpoint, readScope, readServer, readService } from './formats.ts'
import { inherit, planOf } from './kinds.ts'
import { readServe } from './serve-config.ts'
import {
  type Fault,
  faultsOf,
  type RawCheck,
  type RawConfig,
  type RawFallback,
  type RawFleetRules,
  type RawPolicy,
} from './validate.ts'

export type { ConfigProblem } from './document.ts'

export type ReadConfig = { readonly config: AgentConfig } | { readonly problems: readonly ConfigProblem[] }

/** Reads all of it. Never throws because of the text. */
export function readConfig(text: string): ReadConfig {
  const parsed = parseYaml(text)
  if ('problems' in parsed) return parsed
  const { value, lineOf } = parsed
  if (value === null || value === undefined) {
    return { problems: [{ line: 1, path: '', message: 'is empty: at least rules must be given' }] }
  }
  const checked = faultsOf(value)
  const builder = 'raw' in checked ? new ConfigBuilder(checked.raw) : undefined
  const config = builder?.build()
  const faults = 'faults' in checked ? checked.faults : (builder?.faults ?? [])
  if (config !== undefined && faults.length === 0) return { config }
  const problems = faults.map(({ path, message }) => ({ line: lineOf(path), path: pathText(path), message }))
  return { problems: problems.sort((a, b) => a.line - b.line) }
}

const fleetRules = ({ name, groups, copy = DEFAULTS.copy, ...cluster }: RawFleetRules): FleetRules => ({
  cluster,
  name,
  groups,
  copy,
})

class ConfigBuilder {
  readonly faults: Fault[] = []
  readonly #raw: RawConfig
  readonly #check: RawCheck
  #defaults: AgentConfig['defaults'] = { check: { kind: 'none' }, policy: DEFAULTS.policy }

  constructor(raw: RawConfig) {
    this.#raw = raw
    this.#check = raw.check ?? {}
  }

  build(): AgentConfig {
    this.#defaults = {
      check: this.#plan({}, this.#check, ['check']),
      policy: this.#policy(DEFAULTS.policy, this.#raw, []),
    }
    const { rules, scope, interval, socket, state, log, drift, concurrency } = this.#raw
    this.#differ({
      ...(typeof rules === 'string' && { rules }),
      socket: socket ?? DEFAULTS.socket,
      state: state ?? DEFAULTS.state,
    })
    return {
      rules: typeof rules === 'string' ? { file: rules } : { etcd: fleetRules(rules.etcd) },
      scope: scope === undefined ? undefined : readScope(scope),
      interval: this.#time(interval, ['interval'], 100) ?? DEFAULTS.interval,
      socket: socket ?? DEFAULTS.socket,
      state: state ?? DEFAULTS.state,
      log: { ...DEFAULTS.log, ...log },
      drift: drift ?? DEFAULTS.drift,
      concurrency: concurrency ?? DEFAULTS.concurrency,
      serve: this.#serve(),
      defaults: this.#defaults,
      scopes: this.#scopes(),
      services: this.#services(),
      servers: this.#servers(),
    }
  }

  /** The agent writes the files of `socket` and `state`: they must be no other. */
  #differ(files: Readonly<Record<string, string>>): void {
    const keys = Object.keys(files)
    for (const [i, key] of keys.entries()) {
      const same = keys.slice(0, i).find((other) => files[other] === files[key])
      if (same !== undefined) this.faults.push({ path: [key], message: `is the same file as ${same}` })
    }
  }

  #serve(): AgentConfig['serve'] {
    const { serve: raw, drift = DEFAULTS.drift } = this.#raw
    if (raw === undefined) return undefined
    const { serve, faults } = readServe(raw, drift)
    for (const { key, message } of faults) this.faults.push({ path: ['serve', key], message })
    return serve
  }

  #scopes(): AgentConfig['scopes'] {
    return (this.#raw.scopes ?? []).flatMap((entry, i) => {
      const scope = readScope(entry.scope)
      return scope === undefined ? [] : [{ scope, ...this.#settings(entry, ['scopes', i]) }]
    })
  }

  #services(): AgentConfig['services'] {
    const places = new Map<string, number>()
    return (this.#raw.services ?? []).flatMap((entry, i) => {
      const service = readService(entry.service)
      if (service === undefined) return []
      this.#once(places, serviceKey(service), i, 'services')
      return [{ service, ...this.#settings(entry, ['services', i]) }]
    })
  }

  #servers(): AgentConfig['servers'] {
    const places = new Map<string, number>()
    return (this.#raw.servers ?? []).flatMap((entry, i) => {
      const server = readServer(entry.server)
      if (server === undefined) return []
      const service = entry.service === undefined ? undefined : readService(entry.service)
      const key = `${service && serviceKey(service)} ${destinationKey(server)}`
      this.#once(places, key, i, 'servers')
      return [{ service, server, check: this.#plan(this.#check, entry.check, ['servers', i, 'check']) }]
    })
  }

  /** Notes a fault if an entry before is about the same. */
  #once(places: Map<string, number>, key: string, i: number, list: string): void {
    const first = places.get(key)
    if (first === undefined) places.set(key, i)
    else this.faults.push({ path: [list, i], message: `is about the same as ${list}[${first}]` })
  }

  #settings(entry: RawPolicy & { readonly check?: RawCheck }, path: Path): AgentConfig['defaults'] {
    const { check, policy } = this.#defaults
    return {
      check: entry.check === undefined ? check : this.#plan(this.#check, entry.check, [...path, 'check']),
      policy: this.#policy(policy, entry, path),
    }
  }

  #plan(defaults: RawCheck, own: RawCheck, path: Path): CheckPlan {
    const made = planOf(inherit(defaults, own), own)
    if ('plan' in made) return made.plan
    for (const { key, message } of made.faults) {
      this.faults.push({ path: key === undefined ? path : [...path, key], message })
    }
    return { kind: 'none' }
  }

  #policy(defaults: Policy, own: RawPolicy, path: Path): Policy {
    const { down, minimum, fallback, slowStart, drainTimeout } = own
    return {
      down: down ?? defaults.down,
      minimum: minimum ?? defaults.minimum,
      fallback:
        fallback?.flatMap((server, i) => this.#fallback(server, [...path, 'fallback', i])) ??
        defaults.fallback,
      slowStart: this.#time(slowStart, [...path, 'slowStart'], 0) ?? defaults.slowStart,
      drainTimeout: this.#time(drainTimeout, [...path, 'drainTimeout'], 0) ?? defaults.drainTimeout,
    }
  }

  #fallback(raw: RawFallback, path: Path): FallbackServer[] {
    const endpoint = readEndpoint(raw.server)
    if (endpoint === undefined) return []
    const { forwarding = 'route', weight = 1, tunnelType, tunnelPort } = raw
    if (forwarding !== 'tunnel' && (tunnelType !== undefined || tunnelPort !== undefined)) {
      this.faults.push({ path, message: 'tunnelType and tunnelPort are for the forwarding tunnel' })
    }
    if ((tunnelType === 'gue') !== (tunnelPort !== undefined)) {
      this.faults.push({ path, message: 'tunnelPort is for the tunnel type gue, which needs it' })
    }
    const config = {
      ...DESTINATION_DEFAULTS,
      forwarding,
      weight,
      tunnelType: tunnelType ?? DESTINATION_DEFAULTS.tunnelType,
      tunnelPort: tunnelPort ?? 0,
    }
    return [{ ...endpoint, config }]
  }

  #time(value: string | number | undefined, path: Path, least: number): number | undefined {
    const time = value === undefined ? undefined : readDuration(value)
    if (value !== undefined && (time === undefined || time < least)) {
      this.faults.push({ path, message: `must be a time from ${least}ms to a day` })
    }
    return time
  }
}

// The wanted state in the library's form ↔ the reconciler's.
import type { Change } from '../model/change.ts'
import type { SyncDaemon, SyncState, Timeouts } from '../model/director.ts'
import type { Ruleset } from '../model/ruleset.ts'
import { formatChange } from '../rules/change-lines.ts'
import { RulesetBuilder } from '../rules/ruleset-builder.ts'
import { type ChangeRequest, kernelChange } from './changes.ts'
import type { ServerName, ServiceName } from './ids.ts'
import {
  type ServerOptions,
  type ServiceOptions,
  serverSettings,
  serviceSettings,
} from './library-settings.ts'

export interface LibraryWantedServer {
  readonly id: ServerName
  /** Settings that are not given are the defaults. */
  readonly config?: ServerOptions
  /** The line of the file that asks for it, from 1. */
  readonly line?: number
}

export interface LibraryWantedService {
  readonly id: ServiceName
  readonly config?: ServiceOptions
  /** The line of the file that asks for it, from 1. */
  readonly line?: number
  readonly servers?: readonly LibraryWantedServer[]
}

/** The wanted state. `{ services: await client.table() }` is the current state. */
export interface LibraryRuleset {
  /** All services: others are removed. */
  readonly services: readonly LibraryWantedService[]
  /** Default: unchanged, like each timeout that is 0. */
  readonly timeouts?: Timeouts
  /** `null`: stopped. Default: unchanged. */
  readonly daemons?: Partial<Readonly<Record<SyncState, SyncDaemon | null>>>
  /** Services whose counters are cleared at the end; `'all'`: all counters. */
  readonly zeros?: readonly (ServiceName | 'all')[]
}

/** Throws a RangeError for values that cannot be sent, and for a service or a server that comes twice and differs. */
export function kernelRuleset(ruleset: LibraryRuleset): Ruleset {
  const builder = new RulesetBuilder()
  for (const { change, line } of changesOf(ruleset)) {
    const problem = builder.add(change, line)
    if (problem?.severity === 'error')
      throw new RangeError(`${formatChange(change)}: comes twice, and differs`)
  }
  return builder
}

function* changesOf(ruleset: LibraryRuleset): Generator<{ change: Change; line: number }, void, undefined> {
  const step = (request: ChangeRequest, line = 0) => ({ change: kernelChange(request), line })
  for (const { id: service, config = {}, line, servers = [] } of ruleset.services) {
    yield step({ kind: 'add-service', service, config }, line)
    for (const { id: server, config = {}, line } of servers) {
      yield step({ kind: 'add-server', service, server, config }, line)
    }
  }
  const { timeouts, daemons = {}, zeros = [] } = ruleset
  if (timeouts !== undefined) yield step({ kind: 'set', timeouts })
  for (const state of ['master', 'backup'] as const) {
    const daemon = daemons[state]
    if (daemon === null) yield step({ kind: 'stop-daemon', state })
    else if (daemon !== undefined) yield step({ kind: 'start-daemon', daemon: { ...daemon, state } })
  }
  for (const zero of zeros) yield step(zero === 'all' ? { kind: 'zero' } : { kind: 'zero', service: zero })
}

export function readableRuleset({ services, timeouts, daemons, zeros }: Ruleset): LibraryRuleset {
  return {
    services: [...services.values()].map(({ id, config, line, servers }) => ({
      id,
      config: serviceSettings(config),
      line,
      servers: [...servers.values()].map(({ id, config, line }) => ({
        id,
        config: serverSettings(config),
        line,
      })),
    })),
    ...(timeouts && { timeouts: timeouts.values }),
    daemons: Object.fromEntries([...daemons].map(([state, { daemon }]) => [state, daemon ?? null])),
    zeros: zeros.map(({ service }) => service ?? 'all'),
  }
}

/** The rule lines that make the state on an empty table, as ipvsadm-save prints them. */
export function formatRules(ruleset: LibraryRuleset): string {
  let text = ''
  for (const { change } of changesOf(ruleset)) text += `${formatChange(change)}\n`
  return text
}

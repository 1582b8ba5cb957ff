// The answer of `agent status`: every server's state, since when, the last result, and who holds its weight. The loop's
// status → JSON (docs/agent-status.schema.json), JSON → text.

import { isFwmark, type ServiceId } from '../model/service.ts'
import { formatEndpoint, NUMBERS } from '../output/endpoints.ts'
import { visible } from '../output/visible.ts'
import type { HealthState } from './health-state.ts'
import type { LoopStatus } from './loop-status.ts'
import type { Reason, ServerNote, ServiceNote } from './wanted.ts'

export interface AgentStatus {
  readonly process: number
  readonly started: string
  /** Every server has been checked; before that the table is left as it was found. */
  readonly ready: boolean
  readonly rules: {
    readonly file: string
    /** When the rules in use were read. */
    readonly read: string | null
    /** Errors of the file as it is now; the rules read before are in use. */
    readonly problems: readonly string[]
  }
  /** Why the kernel's table cannot be read or changed. */
  readonly problem: string | null
  readonly changed: string | null
  /** Servers that are down. */
  readonly down: number
  readonly services: readonly ServiceStatus[]
}

export interface ServiceStatus {
  readonly service: string
  readonly up: number
  readonly total: number
  /** Too few are up: all are used. */
  readonly minimum: boolean
  /** None is up: the fallback servers are used. */
  readonly fallback: boolean
  readonly servers: readonly ServerStatus[]
}

export interface ServerStatus {
  readonly server: string
  /** `unchecked`: no check is configured, or the server is not of the rules. */
  readonly state: HealthState['status'] | 'unchecked'
  readonly since: string | null
  /** Null: no entry in the table. */
  readonly weight: number | null
  /** The weight of the rules; null: they do not have the server. */
  readonly ruleWeight: number | null
  readonly heldBy: Reason
  readonly last: {
    readonly up: boolean
    readonly detail: string
    readonly ms: number
    readonly at: string | null
  } | null
}

export interface AgentFacts {
  readonly process: number
  readonly started: Date
  readonly rules: {
    readonly file: string
    readonly read: Date | undefined
    readonly problems: readonly string[]
  }
}

export function agentStatus({ process, started, rules }: AgentFacts, loop: LoopStatus): AgentStatus {
  const { health, notes, ready, problem, changed } = loop
  const states = health.states
  const services = notes.map((note) => serviceStatus(note, states))
  const down = [...states.values()].filter(({ status }) => status === 'down').length
  return {
    process,
    started: started.toISOString(),
    ready,
    rules: { ...rules, read: dateText(rules.read) },
    problem: problem ?? null,
    changed: dateText(changed),
    down,
    services,
  }
}

function serviceStatus(note: ServiceNote, states: ReadonlyMap<string, HealthState>): ServiceStatus {
  const { id, up, total, minimum, fallback, servers } = note
  return {
    service: serviceText(id),
    up,
    total,
    minimum,
    fallback,
    servers: servers.map((server) => serverStatus(server, states.get(server.key))),
  }
}

function serverStatus({ id, reason, weight, ruleWeight }: ServerNote, health?: HealthState): ServerStatus {
  const { last } = health ?? {}
  return {
    server: formatEndpoint(id.address, id.port, undefined, NUMBERS),
    state: health?.status ?? 'unchecked',
    since: dateText(health?.sinceDate),
    weight: weight ?? null,
    ruleWeight: ruleWeight ?? null,
    heldBy: reason,
    last:
      last === undefined
        ? null
        : { up: last.up, detail: last.detail, ms: Math.round(last.ms), at: dateText(health?.lastDate) },
  }
}

const dateText = (date: Date | undefined) => date?.toISOString() ?? null

function serviceText(id: ServiceId): string {
  if (isFwmark(id)) return `fwmark ${id.fwmark}${id.family === 'inet6' ? ' inet6' : ''}`
  return `${id.protocol} ${formatEndpoint(id.address, id.port, undefined, NUMBERS)}`
}

/** @param now to say how long something has lasted */
export function formatStatus(status: AgentStatus, now: Date): string {
  const { rules, ready, problem, process, services, down } = status
  const servers = services.reduce((count, service) => count + service.servers.length, 0)
  const lines = [
    `agent: process ${process}, running for ${age(status.started, now)}, ${
      ready
        ? `${down} of ${servers} servers down`
        : 'not all servers are checked yet; the table is left as it is'
    }`,
    ...(problem === null ? [] : [`problem: ${visible(problem, 300)}`]),
    `rules: ${visible(rules.file)}, read ${rules.read === null ? 'never' : `${age(rules.read, now)} ago`}`,
    ...rules.problems.map((text) => `  wrong, not in use: ${visible(text, 300)}`),
  ]
  for (const service of services) {
    const { up, total, minimum, fallback } = service
    const note = fallback ? ', fallback servers in use' : minimum ? ', too few: all are used' : ''
    lines.push('', `${service.service}: ${up} of ${total} up${note}`)
    const rows = service.servers.map((server) => serverRow(server, now))
    lines.push(...aligned([['server', 'state', 'for', 'weight', 'held by', 'last result'], ...rows]))
  }
  return `${lines.join('\n')}\n`
}

function serverRow(
  { server, state, since, weight, ruleWeight, heldBy, last }: ServerStatus,
  now: Date,
): string[] {
  const shown = weight === null ? '-' : `${weight}`
  return [
    server,
    state,
    since === null ? '-' : age(since, now),
    ruleWeight === null || ruleWeight === weight ? shown : `${shown} of ${ruleWeight}`,
    heldBy,
    last === null ? '-' : visible(last.detail, 200),
  ]
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)))
  return rows.map((row) => `  ${row.map((cell, at) => cell.padEnd(widths[at]!)).join('  ')}`.trimEnd())
}

const UNITS = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'm'],
] as const

/** A length of time in its two largest units. */
function age(from: string, now: Date): string {
  let seconds = Math.max(0, Math.floor((now.getTime() - Date.parse(from)) / 1000))
  const parts: string[] = []
  for (const [length, unit] of UNITS) {
    if (seconds >= length) parts.push(`${Math.floor(seconds / length)}${unit}`)
    seconds %= length
  }
  return [...parts, `${seconds}s`].slice(0, 2).join(' ')
}

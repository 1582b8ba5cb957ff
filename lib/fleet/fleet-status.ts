// `fleet status`: which director has what. The state of the fleet → JSON (docs/fleet-status.schema.json) → text.
import { refuse } from '../grammar/refusals.ts'
import type { FleetDirectorStatus, FleetGroupStatus, FleetStatus } from '../model/fleet-state.ts'
import { visible } from '../output/visible.ts'
import type { Fleet, LiveDirector } from './fleet.ts'
import { isFleetName } from './fleet-keys.ts'
import type { GroupReport, MemberRecord, RevisionRecord } from './fleet-values.ts'
import type { GroupState } from './group-state.ts'
import { targetOf } from './target.ts'

/** @param only the group; undefined: all, also those that directors wait for. Throws a UsageError. */
export async function readFleetStatus(fleet: Fleet, only?: string): Promise<FleetStatus> {
  const problems: string[] = []
  const leaveOut = (problem: string) => void problems.push(problem)
  const [pushed, directors, members, rivals] = await Promise.all([
    fleet.groups(),
    fleet.directors(leaveOut),
    fleet.members(leaveOut),
    fleet.rivals(leaveOut),
  ])
  const awaited = [
    ...[...directors.values()].flatMap(({ report }) => Object.keys(report.groups)),
    ...[...members].flatMap(([name, { groups }]) => (directors.has(name) ? [] : Object.keys(groups))),
  ].filter(isFleetName)
  const all = [...new Set([...pushed, ...awaited])].sort()
  if (only !== undefined && !all.includes(only)) return refuse(`there is no group ${only}`)
  const groups = only === undefined ? all : [only]
  const ages = new Map(
    await Promise.all(
      [...directors].map(async ([name, { lease }]) => [name, await fleet.store.leaseAge(lease)] as const),
    ),
  )
  const statuses: FleetGroupStatus[] = []
  for (const group of groups) {
    const state = await fleet.group(group, leaveOut)
    const record = state.settled && (await fleet.record(group, state.settled.revision, leaveOut))
    statuses.push(groupStatus(group, state, record, { directors, members, rivals, ages }))
  }
  return {
    behind: problems.length > 0 || statuses.some(isBehind),
    groups: statuses,
    problems: problems.sort(),
  }
}

const isBehind = ({ rollout, directors }: FleetGroupStatus): boolean =>
  rollout?.state === 'failed' ||
  rollout?.state === 'running' ||
  directors.some(({ state }) => state !== 'current')

interface Roll {
  readonly directors: ReadonlyMap<string, LiveDirector>
  readonly members: ReadonlyMap<string, MemberRecord>
  /** The machines of agents whose name another one has taken, by name. */
  readonly rivals: ReadonlyMap<string, readonly string[]>
  /** Seconds since the cluster has heard of them, by name. */
  readonly ages: ReadonlyMap<string, number | undefined>
}

function groupStatus(
  group: string,
  state: GroupState,
  record: RevisionRecord | undefined,
  { directors, members, rivals, ages }: Roll,
): FleetGroupStatus {
  const { settled, rollout, lead } = state
  const live = [...directors.values()].filter(({ report }) => Object.hasOwn(report.groups, group))
  const gone = [...members].filter(
    ([name, { groups }]) => Object.hasOwn(groups, group) && !directors.has(name),
  )
  const rows = [
    ...live
      .map((director) => directorStatus(group, state, director, ages.get(director.report.name)))
      .map((row) => withRivals(row, directors.get(row.name)!.report.host, rivals.get(row.name))),
    ...gone.map(([name, member]) => goneStatus(group, name, member)),
  ]
  return {
    group,
    revision: settled?.revision ?? 0,
    author: record?.author ?? null,
    time: record?.time ?? null,
    message: record?.message ?? null,
    rollout:
      rollout === undefined
        ? null
        : {
            revision: rollout.revision,
            state: rollout.state,
            wave: rollout.wave + 1,
            waves: rollout.waves.length,
            reason: rollout.reason ?? null,
            carriedBy: lead ?? null,
          },
    directors: rows.sort((a, b) => (a.name < b.name ? -1 : 1)),
  }
}

function goneStatus(group: string, name: string, { groups, seen }: MemberRecord): FleetDirectorStatus {
  const time = new Date(seen)
  return {
    name,
    state: 'gone',
    revision: groups[group] || null,
    errors: [],
    differences: 0,
    held: 0,
    servers: 0,
    down: 0,
    table: null,
    version: null,
    seen: null,
    lastSeen: Number.isNaN(time.getTime()) ? null : time.toISOString(),
  }
}

function directorStatus(
  group: string,
  { current, rollout, settled }: GroupState,
  { report }: LiveDirector,
  age: number | undefined,
): FleetDirectorStatus {
  const own = report.groups[group]!
  const target = targetOf(current, rollout, report.name)
  const { name, differences, held, servers, down, table, version } = report
  return {
    name,
    state: stateOf(own, target?.revision, settled?.revision),
    revision: own.revision === 0 ? null : own.revision,
    errors: own.errors,
    differences: differences.count,
    held,
    servers,
    down,
    table,
    version,
    seen: age ?? null,
    lastSeen: null,
  }
}

function withRivals(
  row: FleetDirectorStatus,
  host: string,
  rivals: readonly string[] = [],
): FleetDirectorStatus {
  if (rivals.length === 0) return row
  const hosts = [host, ...rivals]
  const errors = [`${hosts.length} agents of this name: ${hosts.join(', ')}`, ...row.errors]
  return { ...row, state: 'duplicate', errors }
}

function stateOf(
  { revision, result }: GroupReport,
  target: number | undefined,
  settled: number | undefined,
): FleetDirectorStatus['state'] {
  if (target === undefined && revision === 0) return 'waiting'
  if (revision !== target) return 'behind'
  if (result !== 'applied') return result
  return target === settled ? 'current' : 'waiting'
}

/** For people. @param now the time on this machine */
export function formatFleetStatus({ groups, problems }: FleetStatus, now: Date): string {
  const parts = groups.length === 0 ? [['there are no revisions yet']] : groups.map((g) => groupLines(g, now))
  if (problems.length > 0) parts.push(problems.map((text) => visible(text, 300)))
  return parts.map((lines) => `${lines.join('\n')}\n`).join('\n')
}

function groupLines(
  { group, revision, author, time, message, rollout, directors }: FleetGroupStatus,
  now: Date,
) {
  const when = time === null ? '' : `, pushed ${ago(time, now)} by ${visible(author ?? '')}`
  const why = message === null || message === '' ? '' : `: ${visible(message)}`
  const lines = [revision === 0 ? `${group}: no revision yet` : `${group}: revision ${revision}${when}${why}`]
  if (rollout !== null && rollout.state !== 'done') {
    const carrier = rollout.carriedBy === null ? '' : `, carried by ${visible(rollout.carriedBy)}`
    lines.push(
      rollout.state === 'failed'
        ? `  the rollout of revision ${rollout.revision} failed: ${visible(rollout.reason ?? '', 300)}`
        : `  revision ${rollout.revision} is being rolled out: wave ${rollout.wave} of ${rollout.waves}${carrier}`,
    )
  }
  if (directors.length === 0) return [...lines, '  there are no directors yet']
  const head = ['director', 'revision', 'state', 'down', 'held', 'differences', 'seen']
  const rows = directors.map((director) => [
    director.name,
    `${director.revision ?? '-'}`,
    director.state,
    director.state === 'gone' ? '-' : `${director.down} of ${director.servers}`,
    `${director.held}`,
    `${director.differences}`,
    seenText(director, now),
  ])
  lines.push(...aligned([head, ...rows]))
  for (const { name, errors } of directors)
    lines.push(...errors.map((text) => `  ${name}: ${visible(text, 300)}`))
  return lines
}

function seenText({ seen, lastSeen }: FleetDirectorStatus, now: Date): string {
  if (seen !== null) return `${seen}s ago`
  return lastSeen === null ? '-' : `${ago(lastSeen, now)} by its clock`
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)))
  return rows.map((row) => `  ${row.map((cell, at) => cell.padEnd(widths[at]!)).join('  ')}`.trimEnd())
}

/** A time on another machine: only roughly. */
export function ago(time: string, now: Date): string {
  const seconds = Math.round((now.getTime() - Date.parse(time)) / 1000)
  if (!(seconds >= 0)) return `at ${visible(time)}`
  if (seconds < 120) return `${seconds}s ago`
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m ago`
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)}h ago` : `${Math.floor(seconds / 86_400)}d ago`
}

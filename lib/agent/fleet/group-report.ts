// The report of a director, and its part on a group: the revision that it is to have, and the result. Pure.
import type { DirectorReport, GroupReport, RevisionRef } from '../../fleet/fleet-values.ts'
import type { Ruleset } from '../../model/ruleset.ts'
import type { LoopStatus } from '../loop-status.ts'

/** The rules of the group, as far as they have come. */
export interface GroupProgress {
  readonly wanted: RevisionRef | undefined
  readonly good: RevisionRef | undefined
  readonly problems: readonly string[]
}

export interface ReportFacts {
  /** Those that the loop has been given. */
  readonly rules: Ruleset | undefined
  /** Undefined: the loop has not turned yet. */
  readonly status: LoopStatus | undefined
  /** Why the rules of the groups do not go together. */
  readonly conflict: string | undefined
  readonly copyProblem: string | undefined
}

/** For the metrics: known without asking the cluster. */
export interface FleetFigures {
  readonly connected: boolean
  readonly groups: readonly {
    readonly name: string
    /** Of the rules that the director has; 0: none yet. */
    readonly revision: number
    /** Whether the table is not yet as the revision says that it is to have. */
    readonly behind: boolean
  }[]
}

/** Error lines of a report, so that it stays small. */
const MOST_ERRORS = 5

export function groupReport(
  { wanted, good, problems }: GroupProgress,
  { rules, status, conflict, copyProblem }: ReportFacts,
): GroupReport {
  const { revision = 0, document = '' } = wanted ?? {}
  // Until the document has come, a conflict and refusals are those of the revision before: a rollout would fail by them.
  const isLoaded = good?.document === document
  const wrong = [...problems, ...(isLoaded ? listed(conflict) : [])]
  if (wrong.length > 0) return { revision, document, result: 'wrong', errors: shortened(wrong) }
  const isTurned = isLoaded && rules !== undefined && status?.applied === rules
  const refused = status?.problem === undefined ? (isTurned ? status.refused : []) : [status.problem]
  if (refused.length > 0) return { revision, document, result: 'refused', errors: shortened(refused) }
  const isApplied = isTurned && status.health.complete
  return { revision, document, result: isApplied ? 'applied' : 'applying', errors: listed(copyProblem) }
}

/** @param own the part that does not follow from the rules and the loop */
export function directorReport(
  own: Pick<DirectorReport, 'name' | 'host' | 'version' | 'started' | 'table' | 'differences'>,
  groups: ReadonlyMap<string, GroupProgress>,
  facts: ReportFacts,
): Omit<DirectorReport, 'written'> {
  const { rules, status } = facts
  const { held } = status?.memory ?? {}
  let servers = 0
  for (const service of rules?.services.values() ?? []) servers += service.servers.size
  let down = 0
  for (const state of status?.health.states.values() ?? []) if (state.status === 'down') down++
  return {
    ...own,
    groups: Object.fromEntries([...groups].map(([name, progress]) => [name, groupReport(progress, facts)])),
    held: held === undefined ? 0 : held.services.size + held.servers.size,
    servers,
    down,
  }
}

const listed = (text: string | undefined) => (text === undefined ? [] : [text])

const shortened = (lines: readonly string[]): string[] =>
  lines.length <= MOST_ERRORS
    ? [...lines]
    : [...lines.slice(0, MOST_ERRORS), `and ${lines.length - MOST_ERRORS} more`]

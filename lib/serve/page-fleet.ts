// The news of the fleet for the page: what it shows of the state, so that nothing else is a change.
import type { FleetDirectorStatus, FleetGroupStatus, FleetStatus } from '../model/fleet-state.ts'

export type PageDirector = Omit<FleetDirectorStatus, 'table' | 'version'>

export interface PageGroup extends Omit<FleetGroupStatus, 'directors'> {
  readonly directors: readonly PageDirector[]
}

/** Null: there is no fleet. */
export type PageFleet =
  | { readonly groups: readonly PageGroup[]; readonly problems: readonly string[] }
  | { readonly problem: string }
  | null

/** Seconds. A director that is well is heard of more often: what the page has of it does not change. */
const SEEN_STEP = 5

export function pageFleet(fleet: FleetStatus | undefined): PageFleet {
  if (fleet === undefined) return null
  const { groups, problems } = fleet
  return {
    groups: groups.map((group) => ({ ...group, directors: group.directors.map(directorRow) })),
    problems,
  }
}

function directorRow({
  table: _table,
  version: _version,
  seen,
  ...shown
}: FleetDirectorStatus): PageDirector {
  return { ...shown, seen: seen === null ? null : seen - (seen % SEEN_STEP) }
}

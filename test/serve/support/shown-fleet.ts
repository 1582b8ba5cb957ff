// The status of a fleet, for tests of the answers and the page.
import type { FleetDirectorStatus, FleetGroupStatus, FleetStatus } from '../../../lib/model/fleet-state.ts'

export const director = (name: string, more: Partial<FleetDirectorStatus> = {}): FleetDirectorStatus => ({
  name,
  state: 'current',
  revision: 7,
  errors: [],
  differences: 0,
  held: 0,
  servers: 12,
  down: 0,
  table: null,
  version: null,
  seen: 1,
  lastSeen: null,
  ...more,
})

export const fleetOf = (
  directors: readonly FleetDirectorStatus[],
  more: Partial<FleetGroupStatus> = {},
): FleetStatus => ({
  behind: directors.some(({ state }) => state !== 'current'),
  groups: [
    {
      group: 'web',
      revision: 7,
      author: 'anna',
      time: '2026-11-20T09:00:00.000Z',
      message: 'two servers more',
      rollout: null,
      directors,
      ...more,
    },
  ],
  problems: [],
})

/** The parts that the page shows. */
export const shown = ({ groups, problems }: FleetStatus) => ({
  problems,
  groups: groups.map((group) => ({
    ...group,
    directors: group.directors.map(({ table: _table, version: _version, ...director }) => director),
  })),
})

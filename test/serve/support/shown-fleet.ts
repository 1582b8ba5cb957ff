// The status of a fleet, for tests of the answers and the page.
import type { ShownDirector, ShownFleet, ShownGroup } from '../../../lib/serve/page-fleet.ts'

export const director = (name: string, more: Partial<ShownDirector> = {}): ShownDirector => ({
  name,
  state: 'current',
  revision: 7,
  errors: [],
  differences: 0,
  held: 0,
  servers: 12,
  down: 0,
  seen: 1,
  ...more,
})

export const fleetOf = (directors: readonly ShownDirector[], more: Partial<ShownGroup> = {}): ShownFleet => ({
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
})

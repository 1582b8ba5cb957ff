// All scenarios, in the order in which they run and are printed.
import type { Scenario } from '../scenario.ts'
import { CONNECTIONS, SCALE } from './connections.ts'
import { DIRECTOR } from './counters.ts'
import { DRAIN } from './drain.ts'
import { METHODS } from './methods.ts'
import { NAMES } from './names.ts'
import { SERVICES } from './persistence.ts'
import { SCHEDULERS } from './schedulers.ts'
import { SYNCHRONIZATION } from './synchronization.ts'

export const SCENARIOS: readonly Scenario[] = [
  ...SCHEDULERS,
  ...METHODS,
  ...SERVICES,
  ...DIRECTOR,
  ...SYNCHRONIZATION,
  ...DRAIN,
  ...CONNECTIONS,
  // From here on there is a name server, for whose answers the reference waits.
  ...NAMES,
  // These connections stay.
  ...SCALE,
]

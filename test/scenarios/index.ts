// All scenarios. One more file of them is one more line here, and both kernels are held to it.
import { DESTINATIONS } from './destinations.ts'
import { DIRECTOR } from './director.ts'
import { ERRORS } from './errors.ts'
import type { Scenario } from './scenario.ts'
import { SERVICES } from './services.ts'

export const SCENARIOS: readonly Scenario[] = [...SERVICES, ...DESTINATIONS, ...DIRECTOR, ...ERRORS]

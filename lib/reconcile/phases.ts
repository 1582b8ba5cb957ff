// The phases of a plan, and the phase of an edit. Each phase is acknowledged completely before the next begins.
import type { DestinationConfiguration, DestinationId } from '../model/destination.ts'
import type { ServiceConfiguration, ServiceId } from '../model/service.ts'
import { serverDifferences, serviceDifferences } from './compare.ts'

/** In the order of execution. */
export const PHASES = [
  /** Stops of sync daemons that prevent adding servers of another family than their service's. */
  'stops',
  /** New services, each followed directly by its servers, because an empty one refuses its clients; new daemons. */
  'additions',
  /** Edits that the kernel may refuse. */
  'uncertain edits',
  /** Edits that the kernel has no reason to refuse. */
  'edits',
  /** Removals of servers of another family, before a daemon starts. From here on a rollback cannot restore counters and connections. */
  'early removals',
  /** Starts of daemons that those servers prevented. */
  'late starts',
  /** Removals of other servers, services and daemons. */
  'removals',
  /** Counters to clear. */
  'zeros',
] as const

export type Phase = (typeof PHASES)[number]

/** Whether the phase loses counters or connections irrecoverably; from then on signals are ignored. */
export const isFinal = (phase: Phase): boolean => PHASES.indexOf(phase) >= PHASES.indexOf('early removals')

/** Whether the phase removes entries that the file does not have. */
export const isRemoval = (phase: Phase): boolean => phase === 'early removals' || phase === 'removals'

/** Fields that the kernel changes without a look-up (ip_vs_edit_service and __ip_vs_update_dest, ip_vs_ctl.c). */
const CERTAIN_OF_SERVICES: readonly string[] = ['flags', 'timeout']
const CERTAIN_OF_SERVERS: readonly string[] = ['weight', 'forwarding']

export function phaseOfServiceEdit(live: ServiceConfiguration, wanted: ServiceConfiguration): Phase {
  const certain = serviceDifferences(live, wanted).every((field) => CERTAIN_OF_SERVICES.includes(field))
  return certain ? 'edits' : 'uncertain edits'
}

export function phaseOfServerEdit(
  service: ServiceId,
  server: DestinationId,
  live: DestinationConfiguration,
  wanted: DestinationConfiguration,
): Phase {
  const certain =
    server.family === service.family &&
    wanted.weight >= 0 &&
    serverDifferences(live, wanted).every((field) => CERTAIN_OF_SERVERS.includes(field))
  return certain ? 'edits' : 'uncertain edits'
}

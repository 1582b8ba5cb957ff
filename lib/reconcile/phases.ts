// The phases of a plan, and which of them an edit belongs to. Each phase is acknowledged whole before the next begins.
import type { DestinationConfiguration, DestinationId } from '../model/destination.ts'
import type { ServiceConfiguration, ServiceId } from '../model/service.ts'
import { serverDifferences, serviceDifferences } from './compare.ts'

/** In the order in which they are made. */
export const PHASES = [
  /** Sync daemons that must end before servers of another family than their service's can be added. */
  'stops',
  /** New services, each followed by its servers at once, since an empty one would refuse its clients; new daemons. */
  'additions',
  /** Edits that the kernel may refuse. */
  'uncertain edits',
  /** Edits that it has no reason to refuse. */
  'edits',
  /** Servers of another family than their service's, if a daemon is to start: from here on not all can be put back whole. */
  'early removals',
  /** Daemons that could not start beside those. */
  'late starts',
  /** Servers, services and daemons that are not wanted. */
  'removals',
  /** Counters to be cleared. */
  'zeros',
] as const

export type Phase = (typeof PHASES)[number]

/** Whether making this phase loses counters or connections for good: from here on a signal comes too late. */
export const isFinal = (phase: Phase): boolean => PHASES.indexOf(phase) >= PHASES.indexOf('early removals')

/** Whether making this phase removes servers, services or daemons because the file does not have them. */
export const isRemoval = (phase: Phase): boolean => phase === 'early removals' || phase === 'removals'

/** Fields that the kernel changes without looking anything up (ip_vs_edit_service and __ip_vs_update_dest, ip_vs_ctl.c). */
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

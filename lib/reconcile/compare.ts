// Compares live entries with wanted ones by the schema's rows, so that no attribute can be missed.
import { comparison, differences } from '../ipvs/codec.ts'
import { DAEMON, DESTINATION, SERVICE, TIMEOUTS } from '../ipvs/schema.ts'
import type { Address } from '../model/address.ts'
import { type Destination, type DestinationConfiguration, destinationKey } from '../model/destination.ts'
import type { SyncDaemon, Timeouts } from '../model/director.ts'
import { IFNAME_MAXLEN } from '../model/limits.ts'
import { normalServer, normalService } from '../model/normal-form.ts'
import { configOf, type Entries, type WantedServer } from '../model/ruleset.ts'
import type { ServiceConfiguration } from '../model/service.ts'

/** Whether two configurations have the same values, in normal form or not. */
export const sameService = comparison(SERVICE.schema.config)
export const sameServer = comparison(DESTINATION.schema.config)

export function serviceIsAsWanted(live: ServiceConfiguration, wanted: ServiceConfiguration): boolean {
  return sameService(live, wanted) || serviceDifferences(live, wanted).length === 0
}

export function serverIsAsWanted(live: DestinationConfiguration, wanted: DestinationConfiguration): boolean {
  return sameServer(live, wanted) || serverDifferences(live, wanted).length === 0
}

/** Whether a service has exactly these servers. No two of them have the same key. */
export function serversAreAsWanted(
  live: readonly Pick<Destination, 'id' | 'config'>[],
  wanted: Entries<WantedServer>,
): boolean {
  if (live.length !== wanted.size) return false
  for (let i = 0; i < live.length; i++) {
    const { id, config } = live[i]!
    const rule = configOf(wanted, destinationKey(id))
    if (rule === undefined || !serverIsAsWanted(config, rule)) return false
  }
  return true
}

/** The kernel sets `local` and `bypass` regardless of the requested method, and would set them again. */
const isKernelsChoice = ({ forwarding }: DestinationConfiguration) =>
  forwarding === 'local' || forwarding === 'bypass'

export function serviceDifferences(live: ServiceConfiguration, wanted: ServiceConfiguration): string[] {
  return differences(SERVICE.schema.config, normalService(live), normalService(wanted))
}

export function serverDifferences(
  live: DestinationConfiguration,
  wanted: DestinationConfiguration,
): string[] {
  const asked = isKernelsChoice(live) ? { ...live, forwarding: wanted.forwarding } : live
  return differences(DESTINATION.schema.config, normalServer(asked), normalServer(wanted))
}

/** A wanted timeout of 0 leaves the live one unchanged. */
export function timeoutDifferences(live: Timeouts, wanted: Timeouts): string[] {
  return differences(TIMEOUTS.schema.all, live, wanted).filter((field) => wanted[field] !== 0)
}

/** The kernel's defaults (linux/ip_vs.h, ip_vs_sync.c). */
const DAEMON_DEFAULTS: Partial<SyncDaemon> = {
  group: '224.0.0.81' as Address,
  port: 8848,
  ttl: 1,
}
/** The shortest message buffer of a backup daemon (ip_vs_sync.c). */
const BACKUP_LENGTH = 1024

/** The default message length depends on the interface: without a wanted length any is accepted. */
export function daemonDifferences(live: SyncDaemon, wanted: SyncDaemon): string[] {
  return differences(DAEMON.schema.all, settled(live), settled(wanted)).filter(
    (field) => wanted[field] !== undefined || DAEMON_DEFAULTS[field] !== undefined,
  )
}

function settled(daemon: SyncDaemon): SyncDaemon {
  const { state, maxLength } = daemon
  return {
    ...DAEMON_DEFAULTS,
    ...daemon,
    interface: daemon.interface.slice(0, IFNAME_MAXLEN - 1),
    ...(maxLength !== undefined && state === 'backup' && { maxLength: Math.max(maxLength, BACKUP_LENGTH) }),
  }
}

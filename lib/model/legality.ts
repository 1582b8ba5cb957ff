// The rules that services and servers keep, wherever they are written: command line, rule file or JSON document. Says
// which rule is broken; the callers word it.
import type { DestinationConfiguration, DestinationId } from './destination.ts'
import { SVC_F, TUNNEL_FLAG } from './flags.ts'
import { MAX_INT, MAX_TIMEOUT } from './limits.ts'
import { isFwmark, type ServiceConfiguration, type ServiceId } from './service.ts'
import { TUNNEL_SETTINGS } from './tunnel.ts'

export type Rule =
  /** The bit HASHED is the kernel's own: a service that is added with it cannot be found again. */
  | 'reserved-flag'
  /** Port 0, all ports, is of persistent services only. */
  | 'wildcard-port'
  /** One-packet scheduling is of UDP and firewall marks only. */
  | 'one-packet'
  /** Persistence takes from one second to 31 days. */
  | 'timeout'
  /** Only a tunnel leads to a server of the other address family. */
  | 'family'
  /** A tunnel of type `gue` has a port. */
  | 'tunnel-port'
  /** Direct routing and tunnels do not touch the port: the server's is the service's. */
  | 'port'
  /** Thresholds go from 0 to 2^31-1. */
  | 'threshold'
  /** A tunnel has one kind of checksum. */
  | 'checksum'

/**
 * The first rule that a service breaks.
 * @param raw whether only the kernel's own rules count; the original has more
 */
export function serviceLegality(
  id: ServiceId,
  { flags, timeout }: ServiceConfiguration,
  raw = false,
): Rule | undefined {
  if ((flags & SVC_F.HASHED) !== 0) return 'reserved-flag'
  if (raw) return undefined
  const persistent = (flags & SVC_F.PERSISTENT) !== 0
  if (!isFwmark(id)) {
    if (id.port === 0 && !persistent) return 'wildcard-port'
    if ((flags & SVC_F.ONEPACKET) !== 0 && id.protocol !== 'udp') return 'one-packet'
  }
  return persistent && (timeout < 1 || timeout > MAX_TIMEOUT) ? 'timeout' : undefined
}

/** The first rule that a server of a service breaks. */
export function serverLegality(
  service: ServiceId,
  { family, port }: DestinationId,
  config: DestinationConfiguration,
  raw = false,
): Rule | undefined {
  const { forwarding, tunnelType, tunnelPort, tunnelFlags, upperThreshold, lowerThreshold } = config
  const tunnelled = forwarding === 'tunnel'
  if (family !== service.family && !tunnelled) return 'family'
  // The kernel looks at the type whether the server is tunnelled or not.
  if (TUNNEL_SETTINGS[tunnelType].port && tunnelPort === 0) return 'tunnel-port'
  if (raw) return undefined
  if (forwarding !== 'masquerade' && !isFwmark(service) && port !== service.port) return 'port'
  if (upperThreshold > MAX_INT || lowerThreshold > MAX_INT) return 'threshold'
  const both = TUNNEL_FLAG.CSUM | TUNNEL_FLAG.REMCSUM
  const checksums = tunnelled && ((TUNNEL_SETTINGS[tunnelType].flags ?? 0) & tunnelFlags) === both
  return checksums ? 'checksum' : undefined
}

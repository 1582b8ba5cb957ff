// The rules for services and servers in any notation: command line, rule file or JSON document. Reports which rule is
// broken; the callers compose the message.
import type { DestinationConfiguration, DestinationId } from './destination.ts'
import { SVC_F, TUNNEL_FLAG } from './flags.ts'
import { MAX_INT, MAX_TIMEOUT } from './limits.ts'
import { isFwmark, type ServiceConfiguration, type ServiceId } from './service.ts'
import { TUNNEL_SETTINGS } from './tunnel.ts'

export type Rule =
  /** The bit HASHED belongs to the kernel: a service that is added with it cannot be found again. */
  | 'reserved-flag'
  /** Only a persistent service can have port 0, all ports. */
  | 'wildcard-port'
  /** One-packet scheduling is only for UDP and firewall marks. */
  | 'one-packet'
  /** The persistence timeout is from one second to 31 days. */
  | 'timeout'
  /** Only a tunnel can reach a server of the other address family. */
  | 'family'
  /** A tunnel of type `gue` needs a port. */
  | 'tunnel-port'
  /** Direct routing and tunnels do not change the port: the server's must be the service's. */
  | 'port'
  /** Thresholds are from 0 to 2^31-1. */
  | 'threshold'
  /** A tunnel has one kind of checksum. */
  | 'checksum'

/**
 * The first rule that a service breaks.
 * @param raw applies only the kernel's rules; the original has more
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
  // The kernel checks the type for any forwarding method.
  if (TUNNEL_SETTINGS[tunnelType].port && tunnelPort === 0) return 'tunnel-port'
  if (raw) return undefined
  if (forwarding !== 'masquerade' && !isFwmark(service) && port !== service.port) return 'port'
  if (upperThreshold > MAX_INT || lowerThreshold > MAX_INT) return 'threshold'
  const both = TUNNEL_FLAG.CSUM | TUNNEL_FLAG.REMCSUM
  const checksums = tunnelled && ((TUNNEL_SETTINGS[tunnelType].flags ?? 0) & tunnelFlags) === both
  return checksums ? 'checksum' : undefined
}

// Configurations without the settings that mean nothing: two that have the same normal form are the same to the kernel.
import { DESTINATION_DEFAULTS, SERVICE_DEFAULTS } from './defaults.ts'
import type { DestinationConfiguration } from './destination.ts'
import { SVC_F } from './flags.ts'
import { hostNetmask } from './netmask.ts'
import { SCHEDULER_BITS } from './scheduler-flags.ts'
import type { ServiceConfiguration } from './service.ts'
import { TUNNEL_SETTINGS } from './tunnel.ts'

/** The service flags that have a name; the kernel keeps the others and looks at none of them. */
export const NAMED_FLAGS = SCHEDULER_BITS | SVC_F.PERSISTENT | SVC_F.ONEPACKET

/** Timeout and netmask are of persistent services. */
export function normalService(config: ServiceConfiguration): ServiceConfiguration {
  const flags = config.flags & NAMED_FLAGS
  if ((flags & SVC_F.PERSISTENT) !== 0) return { ...config, flags }
  const netmask = hostNetmask(config.netmask.includes('.') ? 'inet' : 'inet6')
  return { ...config, flags, timeout: SERVICE_DEFAULTS.timeout, netmask }
}

/** Tunnel settings are of tunnels, and each of those types that have it. */
export function normalServer(config: DestinationConfiguration): DestinationConfiguration {
  const { tunnelType, tunnelPort, tunnelFlags } = DESTINATION_DEFAULTS
  if (config.forwarding !== 'tunnel') return { ...config, tunnelType, tunnelPort, tunnelFlags }
  const { port, flags = 0 } = TUNNEL_SETTINGS[config.tunnelType]
  return {
    ...config,
    tunnelPort: port ? config.tunnelPort : tunnelPort,
    tunnelFlags: config.tunnelFlags & flags,
  }
}

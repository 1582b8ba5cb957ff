// Configurations with unused settings reset to defaults: two with the same normal form have the same effect in the
// kernel.
import { DESTINATION_DEFAULTS, SERVICE_DEFAULTS } from './defaults.ts'
import type { DestinationConfiguration } from './destination.ts'
import { SVC_F } from './flags.ts'
import { hostNetmask } from './netmask.ts'
import { SCHEDULER_BITS } from './scheduler-flags.ts'
import type { ServiceConfiguration } from './service.ts'
import { TUNNEL_SETTINGS } from './tunnel.ts'

/** The service flags with a name; the kernel stores the others without using them. */
export const NAMED_FLAGS = SCHEDULER_BITS | SVC_F.PERSISTENT | SVC_F.ONEPACKET

/** Only persistent services use timeout and netmask. */
export function normalService(config: ServiceConfiguration): ServiceConfiguration {
  const flags = config.flags & NAMED_FLAGS
  const persistent = (flags & SVC_F.PERSISTENT) !== 0
  const timeout = persistent ? config.timeout : SERVICE_DEFAULTS.timeout
  const netmask = persistent ? config.netmask : hostNetmask(config.netmask.includes('.') ? 'inet' : 'inet6')
  const same = flags === config.flags && timeout === config.timeout && netmask === config.netmask
  return same ? config : { ...config, flags, timeout, netmask }
}

/** Only tunnels use tunnel settings, and each type only its own. */
export function normalServer(config: DestinationConfiguration): DestinationConfiguration {
  const tunnelType = config.forwarding === 'tunnel' ? config.tunnelType : DESTINATION_DEFAULTS.tunnelType
  const { port, flags = 0 } = TUNNEL_SETTINGS[tunnelType]
  const tunnelPort = port ? config.tunnelPort : DESTINATION_DEFAULTS.tunnelPort
  const tunnelFlags = config.tunnelFlags & flags
  const same =
    tunnelType === config.tunnelType && tunnelPort === config.tunnelPort && tunnelFlags === config.tunnelFlags
  return same ? config : { ...config, tunnelType, tunnelPort, tunnelFlags }
}

// ipvsadm's defaults for settings that are not given.
import type { DestinationConfiguration } from './destination.ts'
import type { ServiceConfiguration } from './service.ts'

/** Without the netmask, which depends on the family (`hostNetmask`). */
export const SERVICE_DEFAULTS: Omit<ServiceConfiguration, 'netmask'> = Object.freeze({
  scheduler: 'wlc',
  flags: 0,
  timeout: 0,
  engine: '',
})

export const DESTINATION_DEFAULTS: DestinationConfiguration = Object.freeze({
  forwarding: 'route',
  weight: 1,
  upperThreshold: 0,
  lowerThreshold: 0,
  tunnelType: 'ipip',
  tunnelPort: 0,
  tunnelFlags: 0,
})

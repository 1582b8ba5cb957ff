// Settings of services and servers in the library's form: persistence as one value, flags by name. The kernel's
// configurations are internal.

import type { Family } from '../model/address.ts'
import { parseStrictIPv4 } from '../model/address.ts'
import { DESTINATION_DEFAULTS, SERVICE_DEFAULTS } from '../model/defaults.ts'
import type { DestinationConfiguration } from '../model/destination.ts'
import { serviceFlag, serviceFlagNames, tunnelFlag, tunnelFlagNames } from '../model/flag-names.ts'
import { SVC_F } from '../model/flags.ts'
import { DEFAULT_PERSISTENCE } from '../model/limits.ts'
import { hostNetmask, type Netmask, netmaskFromAddress, netmaskFromPrefix } from '../model/netmask.ts'
import { SCHEDULER_BITS } from '../model/scheduler-flags.ts'
import type { ServiceConfiguration } from '../model/service.ts'

/** `ops` is one-packet scheduling; `0x…` are bits of a newer kernel. A scheduler takes its own names and `flag-1` to `flag-3`. */
export type ServiceFlag =
  | 'ops'
  | 'flag-1'
  | 'flag-2'
  | 'flag-3'
  | 'sh-fallback'
  | 'sh-port'
  | 'mh-fallback'
  | 'mh-port'
  | `0x${string}`

export type TunnelFlag = 'csum' | 'remcsum' | `0x${string}`

/** A client's connections go to one server until the client has had none for `timeout` seconds. */
export interface Persistence {
  readonly timeout: number
  /** The network that counts as one client: `255.255.255.0` for IPv4, a prefix length such as `64` for IPv6. */
  readonly netmask: string
  /** The persistence engine's name, such as `sip`, or `''`: addresses. */
  readonly engine: string
}

export interface ServiceSettings {
  readonly scheduler: string
  readonly flags: readonly ServiceFlag[]
  readonly persistence: Persistence | null
}

export interface ServerSettings extends Omit<DestinationConfiguration, 'tunnelFlags'> {
  readonly tunnelFlags: readonly TunnelFlag[]
}

/**
 * Given settings. Others get their defaults in an addition, and are unchanged in an update.
 * `persistence: null` switches it off; of a persistence, the defaults are 360 seconds, one address, no engine.
 */
export interface ServiceOptions {
  readonly scheduler?: string
  readonly flags?: readonly ServiceFlag[]
  readonly persistence?: Partial<Persistence> | null
}

export type ServerOptions = Partial<ServerSettings>

export function serviceSettings(config: ServiceConfiguration): ServiceSettings {
  const { scheduler, flags, timeout, netmask, engine } = config
  return {
    scheduler,
    flags: serviceFlagNames(flags & ~SVC_F.PERSISTENT, scheduler) as ServiceFlag[],
    persistence: isPersistent(flags) ? { timeout, netmask, engine } : null,
  }
}

export function serverSettings(config: DestinationConfiguration): ServerSettings {
  return { ...config, tunnelFlags: tunnelFlagNames(config.tunnelFlags) as TunnelFlag[] }
}

export function serviceDefaults(family: Family): ServiceConfiguration {
  return { ...SERVICE_DEFAULTS, netmask: hostNetmask(family) }
}

/**
 * The configuration with some settings changed. Resets flags of a scheduler when it changes, unless they are given.
 * Throws a RangeError for an unknown flag or an invalid netmask.
 */
export function serviceConfiguration(
  family: Family,
  options: ServiceOptions,
  base: ServiceConfiguration = serviceDefaults(family),
): ServiceConfiguration {
  const scheduler = options.scheduler ?? base.scheduler
  const kept = scheduler === base.scheduler ? base.flags : base.flags & ~SCHEDULER_BITS
  const flags =
    options.flags === undefined ? kept : bitsOf(options.flags, scheduler) | persistentBit(base.flags)
  const { persistence } = options
  if (persistence === undefined) return { ...base, scheduler, flags: flags >>> 0 }
  if (persistence === null) {
    return { ...serviceDefaults(family), scheduler, flags: (flags & ~SVC_F.PERSISTENT) >>> 0 }
  }
  const before = isPersistent(base.flags)
    ? base
    : { timeout: DEFAULT_PERSISTENCE, netmask: hostNetmask(family), engine: base.engine }
  return {
    scheduler,
    flags: (flags | SVC_F.PERSISTENT) >>> 0,
    timeout: persistence.timeout ?? before.timeout,
    netmask: persistence.netmask === undefined ? before.netmask : toNetmask(family, persistence.netmask),
    engine: persistence.engine ?? before.engine,
  }
}

/** Throws a RangeError for an unknown flag. */
export function serverConfiguration(
  { tunnelFlags, forwarding, ...options }: ServerOptions,
  base: DestinationConfiguration = DESTINATION_DEFAULTS,
): DestinationConfiguration {
  const method = forwarding ?? base.forwarding
  return {
    ...base,
    ...options,
    // The kernel sets these methods itself: requests the method that they replaced.
    forwarding: method === 'local' || method === 'bypass' ? 'route' : method,
    tunnelFlags: tunnelFlags === undefined ? base.tunnelFlags : sum(tunnelFlags, tunnelFlag, 'a tunnel'),
  }
}

const isPersistent = (flags: number) => (flags & SVC_F.PERSISTENT) !== 0
const persistentBit = (flags: number) => flags & SVC_F.PERSISTENT

function bitsOf(names: readonly ServiceFlag[], scheduler: string): number {
  // Persistence is a setting here, not a flag.
  const bitOf = (name: string) => (name === 'persistent' ? undefined : serviceFlag(name, scheduler))
  return sum(names, bitOf, `the scheduler ${scheduler}`) & ~SVC_F.PERSISTENT
}

function sum<T extends string>(names: readonly T[], bitOf: (name: T) => number | undefined, of: string) {
  let bits = 0
  for (const name of names) {
    const bit = bitOf(name)
    if (bit === undefined) throw new RangeError(`${of} has no flag ${JSON.stringify(name)}`)
    bits |= bit
  }
  return bits
}

function toNetmask(family: Family, text: string): Netmask {
  const mask = family === 'inet' ? parseStrictIPv4(text) : undefined
  if (mask !== undefined) return netmaskFromAddress(mask)
  if (family === 'inet6' && /^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= 128)
    return netmaskFromPrefix(Number(text))
  throw new RangeError(`${JSON.stringify(text)} is no netmask of the family ${family}`)
}

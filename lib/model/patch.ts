// Edits of some settings (`--keep`): a patch, applied to the current entry.
import { DESTINATION_DEFAULTS } from './defaults.ts'
import type { DestinationConfiguration, DestinationId } from './destination.ts'
import { SVC_F } from './flags.ts'
import { type Rule, serverLegality, serviceLegality } from './legality.ts'
import type { Netmask } from './netmask.ts'
import { type FlagProblem, SCHEDULER_BITS, schedulerFlags } from './scheduler-flags.ts'
import type { ServiceConfiguration, ServiceId } from './service.ts'
import { TUNNEL_SETTINGS } from './tunnel.ts'

export interface ServicePatch {
  readonly scheduler?: string
  /** Flag names, which depend on the scheduler. */
  readonly schedulerFlags?: readonly string[]
  /** Makes the service persistent. */
  readonly timeout?: number
  readonly onePacket?: true
  readonly netmask?: Netmask
  readonly engine?: string
}

export type ServerPatch = Partial<DestinationConfiguration>

/** The reason why a patch does not fit an entry. */
export type PatchProblem =
  | { readonly kind: 'rule'; readonly rule: Rule }
  | { readonly kind: 'flag'; readonly flag: FlagProblem }
  /** The server is not tunnelled. */
  | { readonly kind: 'no-tunnel' }
  /** The tunnel type has no such setting. */
  | {
      readonly kind: 'tunnel-setting'
      readonly setting: 'port' | 'checksum'
      readonly config: DestinationConfiguration
    }

export type Patched<C> = { readonly config: C } | { readonly problem: PatchProblem }

const ruled = <C>(config: C, rule: Rule | undefined): Patched<C> =>
  rule === undefined ? { config } : { problem: { kind: 'rule', rule } }

/**
 * Resets scheduler flags when the scheduler changes, unless the patch has them.
 * @param raw applies only the kernel's rules, for an entry that already breaks others
 */
export function patchService(
  id: ServiceId,
  patch: ServicePatch,
  old: ServiceConfiguration,
  raw = false,
): Patched<ServiceConfiguration> {
  const { scheduler = old.scheduler, timeout, onePacket, netmask = old.netmask, engine = old.engine } = patch
  const named = patch.schedulerFlags && schedulerFlags(patch.schedulerFlags, scheduler)
  if (typeof named === 'object') return { problem: { kind: 'flag', flag: named } }
  const bits = named ?? (scheduler === old.scheduler ? old.flags & SCHEDULER_BITS : 0)
  const kept = old.flags & ~SCHEDULER_BITS
  const persistent = timeout === undefined ? 0 : SVC_F.PERSISTENT
  const flags = (kept | bits | persistent | (onePacket ? SVC_F.ONEPACKET : 0)) >>> 0
  const config = { scheduler, flags, timeout: timeout ?? old.timeout, netmask, engine }
  return ruled(config, serviceLegality(id, config, raw || serviceLegality(id, old) !== undefined))
}

/** Resets settings of tunnels, or of one tunnel type, when that changes. */
export function patchServer(
  service: ServiceId,
  id: DestinationId,
  patch: ServerPatch,
  old: DestinationConfiguration,
  raw = false,
): Patched<DestinationConfiguration> {
  const { forwarding = old.forwarding, tunnelType = old.tunnelType } = patch
  const sameTunnel = forwarding === 'tunnel' && old.forwarding === 'tunnel' && tunnelType === old.tunnelType
  const base = sameTunnel ? old : { ...old, ...NO_TUNNEL, ...(forwarding === 'tunnel' && { tunnelType }) }
  const config = { ...base, ...patch, forwarding }
  if (forwarding !== 'tunnel') {
    const named = TUNNEL_FIELDS.some((field) => patch[field] !== undefined)
    if (named) return { problem: { kind: 'no-tunnel' } }
  } else {
    const { port, flags } = TUNNEL_SETTINGS[tunnelType]
    const setting =
      patch.tunnelPort !== undefined && !port
        ? 'port'
        : patch.tunnelFlags !== undefined && (flags === undefined || (patch.tunnelFlags & ~flags) !== 0)
          ? 'checksum'
          : undefined
    if (setting !== undefined) return { problem: { kind: 'tunnel-setting', setting, config } }
  }
  return ruled(
    config,
    serverLegality(service, id, config, raw || serverLegality(service, id, old) !== undefined),
  )
}

const { tunnelType, tunnelPort, tunnelFlags } = DESTINATION_DEFAULTS
const NO_TUNNEL = { tunnelType, tunnelPort, tunnelFlags }
const TUNNEL_FIELDS = Object.keys(NO_TUNNEL) as (keyof typeof NO_TUNNEL)[]

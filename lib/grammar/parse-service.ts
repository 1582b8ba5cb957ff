// Virtual services of command lines, and their configurations.
import { SERVICE_DEFAULTS } from '../model/defaults.ts'
import { SVC_F } from '../model/flags.ts'
import { serviceLegality } from '../model/legality.ts'
import { hostNetmask } from '../model/netmask.ts'
import { schedulerFlags } from '../model/scheduler-flags.ts'
import type { ServiceConfiguration, ServiceId } from '../model/service.ts'
import type { KeepService } from './command.ts'
import type { OptionId } from './option-rows.ts'
import type { RawOptions } from './raw-options.ts'
import { checkRule, flagRefusal, refuse } from './refusals.ts'
import { schedulerFlagList } from './values.ts'

/** The bits of a list of scheduler flags. */
export function readFlags(list: string, scheduler: string): number {
  const bits = schedulerFlags(schedulerFlagNames(list), scheduler)
  return typeof bits === 'number' ? bits : refuse(flagRefusal(bits))
}

export function serviceId({ family, fwmark, protocol, endpoint }: RawOptions): ServiceId {
  if (fwmark !== undefined) return { family, fwmark }
  const { address, port } = endpoint!
  return { family, protocol: protocol!, address, port: port ?? 0 }
}

export function serviceOf(
  values: RawOptions,
  given: readonly OptionId[],
  scheduler: string,
  schedulerFlags: number,
) {
  const service = serviceId(values)
  const config: ServiceConfiguration = {
    scheduler,
    flags:
      (given.includes('persistent') ? SVC_F.PERSISTENT : 0) |
      (given.includes('ops') ? SVC_F.ONEPACKET : 0) |
      schedulerFlags,
    timeout: values.persistence ?? SERVICE_DEFAULTS.timeout,
    netmask: values.netmask ?? hostNetmask(service.family),
    engine: values.engine ?? SERVICE_DEFAULTS.engine,
  }
  checkRule(serviceLegality(service, config, values.raw))
  return { service, config }
}

export function keepService(values: RawOptions, given: readonly OptionId[]): KeepService {
  const { scheduler, persistence: timeout, netmask, engine, schedulerFlags } = values
  const names = schedulerFlags === undefined ? undefined : schedulerFlagNames(schedulerFlags)
  return {
    kind: 'keep-service',
    service: serviceId(values),
    patch: {
      ...(scheduler && { scheduler }),
      ...(names && { schedulerFlags: names }),
      ...(timeout !== undefined && { timeout }),
      ...(given.includes('ops') && { onePacket: true }),
      // The netmask of an IPv6 service is always set.
      ...(given.includes('netmask') && { netmask: netmask! }),
      ...(engine !== undefined && { engine }),
    },
    raw: values.raw === true,
  }
}

/** Refuses a list without names. */
function schedulerFlagNames(list: string): readonly string[] {
  return schedulerFlagList(list) ?? refuse(flagRefusal({ kind: 'invalid', name: list }))
}

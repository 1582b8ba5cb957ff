// Flags ↔ their names in the JSON document. See docs/json.md.
import { SVC_F, TUNNEL_FLAG } from './flags.ts'
import { NAMED_FLAGS } from './normal-form.ts'
import { SCHEDULER_FLAGS, schedulerFlagNames } from './scheduler-flags.ts'

const SERVICE_FLAGS: Readonly<Record<string, number>> = { persistent: SVC_F.PERSISTENT, ops: SVC_F.ONEPACKET }
const TUNNEL_FLAGS: Readonly<Record<string, number>> = {
  csum: TUNNEL_FLAG.CSUM,
  remcsum: TUNNEL_FLAG.REMCSUM,
}

/** Bits of a newer kernel, without a name here. */
const UNNAMED = /^0x[0-9a-f]{1,8}$/

/** The names of a service's flags; scheduler flags have the scheduler's names. */
export function serviceFlagNames(flags: number, scheduler: string): string[] {
  return [
    ...namesOf(flags, SERVICE_FLAGS),
    ...schedulerFlagNames(flags, scheduler),
    ...unnamed(flags, NAMED_FLAGS),
  ]
}

/** The bit of a service's flag; undefined if the scheduler has no flag of that name. */
export function serviceFlag(name: string, scheduler: string): number | undefined {
  const own = SCHEDULER_FLAGS.find((flag) => flag.name === name)
  if (own !== undefined)
    return own.scheduler === undefined || own.scheduler === scheduler ? own.bit : undefined
  return bitOf(name, SERVICE_FLAGS)
}

export function tunnelFlagNames(flags: number): string[] {
  return [...namesOf(flags, TUNNEL_FLAGS), ...unnamed(flags, TUNNEL_FLAG.CSUM | TUNNEL_FLAG.REMCSUM)]
}

export function tunnelFlag(name: string): number | undefined {
  return bitOf(name, TUNNEL_FLAGS)
}

function namesOf(flags: number, names: Readonly<Record<string, number>>): string[] {
  return Object.keys(names).filter((name) => (flags & names[name]!) !== 0)
}

function unnamed(flags: number, named: number): string[] {
  const rest = (flags & ~named) >>> 0
  return rest === 0 ? [] : [`0x${rest.toString(16)}`]
}

function bitOf(name: string, names: Readonly<Record<string, number>>): number | undefined {
  return Object.hasOwn(names, name) ? names[name] : UNNAMED.test(name) ? Number(name) : undefined
}

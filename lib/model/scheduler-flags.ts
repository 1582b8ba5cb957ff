// The scheduler flags (`-b`): names and bits.
import { SVC_F } from './flags.ts'

interface SchedulerFlag {
  readonly name: string
  readonly bit: number
  /** The scheduler of the name; undefined for the general names, which fit any scheduler. */
  readonly scheduler?: string
}

/** A scheduler's names are aliases of the general ones, and printed in their place. */
export const SCHEDULER_FLAGS: readonly SchedulerFlag[] = [
  { name: 'flag-1', bit: SVC_F.SCHED1 },
  { name: 'flag-2', bit: SVC_F.SCHED2 },
  { name: 'flag-3', bit: SVC_F.SCHED3 },
  { name: 'sh-fallback', bit: SVC_F.SCHED1, scheduler: 'sh' },
  { name: 'sh-port', bit: SVC_F.SCHED2, scheduler: 'sh' },
  { name: 'mh-fallback', bit: SVC_F.SCHED1, scheduler: 'mh' },
  { name: 'mh-port', bit: SVC_F.SCHED2, scheduler: 'mh' },
]

/** The bits of all scheduler flags. */
export const SCHEDULER_BITS = SCHEDULER_FLAGS.reduce((bits, { bit }) => bits | bit, 0)

/** A refused name: it is unknown, or belongs to another scheduler. */
export interface FlagProblem {
  readonly kind: 'invalid' | 'incompatible'
  readonly name: string
}

/** The bits of these names, or the first refused name. */
export function schedulerFlags(names: readonly string[], scheduler: string): number | FlagProblem {
  let bits = 0
  for (const name of names) {
    const flag = SCHEDULER_FLAGS.find((one) => one.name === name)
    if (flag === undefined) return { kind: 'invalid', name }
    if (flag.scheduler !== undefined && flag.scheduler !== scheduler) return { kind: 'incompatible', name }
    bits |= flag.bit
  }
  return bits
}

/** The names of a service's scheduler flags: the scheduler's, and the general ones for other bits. */
export function schedulerFlagNames(flags: number, scheduler: string): string[] {
  const own = SCHEDULER_FLAGS.filter((flag) => flag.scheduler === scheduler)
  const general = SCHEDULER_FLAGS.filter((flag) => flag.scheduler === undefined)
  const others = general.filter(({ bit }) => !own.some((flag) => flag.bit === bit))
  return [...own, ...others].filter(({ bit }) => (flags & bit) !== 0).map(({ name }) => name)
}

/** The names in the reference's listing: without the general ones if the scheduler has names. */
export function listedFlagNames(flags: number, scheduler: string): string[] {
  const own = SCHEDULER_FLAGS.some((flag) => flag.scheduler === scheduler)
  const names = schedulerFlagNames(flags, scheduler)
  return own ? names.filter((name) => name.startsWith(`${scheduler}-`)) : names
}

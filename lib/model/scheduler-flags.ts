// The scheduler flags (`-b`): names and bits.
import { SVC_F } from './flags.ts'

interface SchedulerFlag {
  readonly name: string
  readonly bit: number
  /** The scheduler that the name belongs to; the general names fit any. */
  readonly scheduler?: string
}

/** Those of a scheduler are other names for the general ones, and printed in their place. */
export const SCHEDULER_FLAGS: readonly SchedulerFlag[] = [
  { name: 'flag-1', bit: SVC_F.SCHED1 },
  { name: 'flag-2', bit: SVC_F.SCHED2 },
  { name: 'flag-3', bit: SVC_F.SCHED3 },
  { name: 'sh-fallback', bit: SVC_F.SCHED1, scheduler: 'sh' },
  { name: 'sh-port', bit: SVC_F.SCHED2, scheduler: 'sh' },
  { name: 'mh-fallback', bit: SVC_F.SCHED1, scheduler: 'mh' },
  { name: 'mh-port', bit: SVC_F.SCHED2, scheduler: 'mh' },
]

/** All bits that a scheduler flag has. */
export const SCHEDULER_BITS = SCHEDULER_FLAGS.reduce((bits, { bit }) => bits | bit, 0)

/** The names of a service's scheduler flags: the scheduler's own if it has any, the general ones otherwise. */
export function schedulerFlagNames(flags: number, scheduler: string): string[] {
  const own = SCHEDULER_FLAGS.filter((flag) => flag.scheduler === scheduler)
  const table = own.length > 0 ? own : SCHEDULER_FLAGS.filter((flag) => flag.scheduler === undefined)
  return table.filter(({ bit }) => (flags & bit) !== 0).map(({ name }) => name)
}

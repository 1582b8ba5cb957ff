// Exit statuses, and the status of an error. Used by lib/main.ts and by the outcomes of subcommands.
import { KernelError, ListingError, UnavailableError, UsageError } from './model/errors.ts'
import type { Interruption } from './system/system.ts'

export const STATUS = {
  done: 0,
  /** A listing that failed. */
  listingFailed: 1,
  /** A companion's words were wrong, or help was asked for. */
  usageShown: 1,
  /** `diff`: there is something to do. */
  different: 1,
  /** `drain`: connections are left. */
  notDrained: 1,
  /** The kernel has no ip_vs, or it may not be used; a rule file is malformed; a value or combination is refused. */
  refused: 2,
  /** Another restore is running. */
  locked: 4,
  /** The reader of the output has gone: the status of a program that SIGPIPE ended, as it ends the reference. */
  unread: 141,
  /** A refusal of the kernel, and words that are no command line at all. */
  failed: 255,
} as const

/** The status that a shell gives a program which a signal ended. */
export const interruptedStatus = (signal: Interruption) => 128 + { SIGINT: 2, SIGTERM: 15 }[signal]

export function statusOf(error: Error): number {
  if (error instanceof UsageError) return error.kind === 'syntax' ? STATUS.failed : STATUS.refused
  if (error instanceof UnavailableError) return STATUS.refused
  const reading = error instanceof KernelError && error.request.startsWith('GET_')
  return reading || error instanceof ListingError ? STATUS.listingFailed : STATUS.failed
}

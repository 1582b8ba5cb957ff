// Exit statuses: THE place that gives each outcome of a command, and each error, its status.
import type { CommandOutcome, OutcomeWord } from './commands/command-outcome.ts'
import { KernelError, ListingError, UnavailableError, UsageError } from './model/errors.ts'
import { BrokenPipe } from './system/system.ts'

export const STATUS: Readonly<Record<OutcomeWord | 'listing-failed', number>> = {
  done: 0,
  'listing-failed': 1,
  'usage-shown': 1,
  different: 1,
  found: 1,
  'not-drained': 1,
  refused: 2,
  unavailable: 2,
  locked: 4,
  // Signals: 128 and the signal's number, as a shell reports them.
  SIGHUP: 129,
  SIGINT: 130,
  SIGTERM: 143,
  /** The reference's status by SIGPIPE. */
  unread: 141,
  failed: 255,
}

export function statusOf(outcome: CommandOutcome): number {
  if (typeof outcome === 'string') return STATUS[outcome]
  return 'status' in outcome ? outcome.status : statusOfError(outcome.reported)
}

export function statusOfError(error: Error): number {
  if (error instanceof BrokenPipe) return STATUS.unread
  if (error instanceof UsageError) return error.kind === 'syntax' ? STATUS.failed : STATUS.refused
  if (error instanceof UnavailableError) return STATUS.unavailable
  const reading = error instanceof KernelError && error.request.startsWith('GET_')
  return reading || error instanceof ListingError ? STATUS['listing-failed'] : STATUS.failed
}

// The outcome of a command, as data. lib/status.ts gives each outcome its exit status.
import type { Interruption } from '../system/system.ts'

/** An outcome in one word. A signal's name means that it interrupted the command. */
export type OutcomeWord =
  | 'done'
  /** The arguments of `ipvsadm-save` or `ipvsadm-restore` were wrong; its usage was printed. */
  | 'usage-shown'
  /** `diff`: the table differs from the file. */
  | 'different'
  /** `doctor`: there are errors or warnings; `agent status`: a server is down, or the agent has a problem. */
  | 'found'
  /** `drain`: connections remain. */
  | 'not-drained'
  /** A rule file has errors, which were reported. */
  | 'refused'
  /** The kernel has no ip_vs, or the caller may not use it. */
  | 'unavailable'
  /** The reader of the output has closed it. */
  | 'unread'
  /** Another restore is running. */
  | 'locked'
  /** The kernel refused changes, which were reported. */
  | 'failed'
  | Interruption

/**
 * `reported`: the command failed with this error and has reported it itself. `status`: it ran in another process, which
 * ended with this status.
 */
export type CommandOutcome = OutcomeWord | { readonly reported: Error } | { readonly status: number }

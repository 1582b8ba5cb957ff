// The surroundings of the loop: the kernel, the checks, and those who want to know what it does.
import type { IpvsClient } from '../ipvs/client.ts'
import type { LockOutcome } from '../system/system.ts'
import type { CheckResult, Schedule } from './checks/health-check.ts'
import type { Clock } from './clock.ts'
import type { Log } from './log.ts'
import type { LoopCounters } from './loop-counters.ts'
import type { Memory } from './wanted.ts'

export interface LoopOptions {
  readonly clock: Clock
  readonly log: Log
  /** Opens a conversation with the kernel, and loads ip_vs if it is missing. */
  readonly open: () => Promise<IpvsClient>
  /** Keeps other restores out while changes are made. */
  readonly lock: () => Promise<LockOutcome>
  readonly schedule: (onResult: (key: string, result: CheckResult) => void) => Schedule
  /** Takes what the turns did, for the metrics. */
  readonly counters?: LoopCounters
  /** Called when the memory has changed. */
  readonly remember?: (memory: Memory) => void
  /** Called after every reading of the table, whether it could be read or not: the loop is alive. */
  readonly turned?: () => void
}

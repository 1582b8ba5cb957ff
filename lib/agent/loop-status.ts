// The state of the loop: for the status, the metrics and the fleet.
import type { Ruleset } from '../model/ruleset.ts'
import type { AgentConfig } from './config/config.ts'
import type { Health } from './health-book.ts'
import type { KnownTable } from './known-table.ts'
import type { Memory, ServiceNote } from './wanted.ts'

export interface LoopStatus {
  readonly config: AgentConfig
  /** Whether every server has been checked, so that the table may be changed. */
  readonly ready: boolean
  /** Why the kernel's table could not be read or changed, the last time. */
  readonly problem: string | undefined
  readonly notes: readonly ServiceNote[]
  readonly health: Health
  readonly memory: Memory
  /** When the table was changed last. */
  readonly changed: Date | undefined
  /** The rules, as they were given, of the last turn that has made all changes that they need. */
  readonly applied: Ruleset | undefined
  /** The changes that the kernel has refused in the last turn. */
  readonly refused: readonly string[]
  /** The table after the last turn, as far as it is known, and a number that grows when it changes. */
  readonly table: KnownTable | undefined
  readonly edition: number
}

/**
 * `done`: the table is as wanted, but for what the kernel refuses. `waiting`: for checks, or for the turn of new rules.
 * `soon`: another program has changed the table meanwhile. `locked`: a restore is running.
 */
export type Turn = 'done' | 'waiting' | 'soon' | 'locked'

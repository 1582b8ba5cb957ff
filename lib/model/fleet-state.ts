// The state of a fleet, as `fleet status --json` prints it (docs/fleet-status.schema.json) and the page shows it.

export interface FleetStatus {
  /** Whether something is not as the current revisions say: a director is behind or has gone, a rollout has failed, or a key is wrong. */
  readonly behind: boolean
  readonly groups: readonly FleetGroupStatus[]
  /** Keys whose values are not of a fleet, a line each: they were left out. */
  readonly problems: readonly string[]
}

export interface FleetGroupStatus {
  readonly group: string
  /** The revision that counts. */
  readonly revision: number
  readonly author: string | null
  readonly time: string | null
  readonly message: string | null
  readonly rollout: {
    readonly revision: number
    readonly state: 'running' | 'done' | 'failed'
    readonly wave: number
    readonly waves: number
    readonly reason: string | null
    readonly carriedBy: string | null
  } | null
  readonly directors: readonly FleetDirectorStatus[]
}

export interface FleetDirectorStatus {
  readonly name: string
  /**
   * `waiting`: its wave has not begun, or its group has no revision yet. `gone`: it has been in the fleet, and its lease
   * has ended. `duplicate`: several agents have the name, and the row is that of the last one that has come.
   */
  readonly state: 'current' | 'waiting' | 'applying' | 'refused' | 'wrong' | 'behind' | 'duplicate' | 'gone'
  /** Of one that has gone: the last that it has applied. */
  readonly revision: number | null
  readonly errors: readonly string[]
  /** Changes from the live table to the rules: weights of servers that are down are among them. */
  readonly differences: number
  readonly held: number
  readonly servers: number
  readonly down: number
  readonly table: string | null
  readonly version: string | null
  /** Seconds since the cluster has heard of it; null: it has gone. */
  readonly seen: number | null
  /** Of one that has gone: a date in the last minutes that it was there, by its own clock. Null: it has not gone. */
  readonly lastSeen: string | null
}

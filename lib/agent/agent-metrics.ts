// The agent's own counters, and the rows of its metrics. Labels have few values.
import type { MetricFamily } from '../metrics/exposition.ts'
import type { Sent } from '../reconcile/send-steps.ts'
import type { CheckResult } from './checks/health-check.ts'
import type { Drift } from './drift.ts'
import { type FigureRow, figureFamilies } from './figure-row.ts'
import { FLEET_ROWS } from './fleet/fleet-metrics.ts'
import type { FleetFigures } from './fleet/group-report.ts'
import type { LoopCounters } from './loop-counters.ts'
import type { LoopStatus } from './loop-status.ts'

const DRIFTS: readonly Drift['kind'][] = [
  'cleared',
  'service-added',
  'service-deleted',
  'service-changed',
  'server-added',
  'server-deleted',
  'server-changed',
  'server-confirmed',
]
const OUTCOMES = ['applied', 'refused', 'broken', 'locked'] as const
const CHECKS = ['up', 'down', 'impossible'] as const
const RELOADS = ['done', 'refused'] as const
const TURNS = ['done', 'failed'] as const
const STATUSES = ['up', 'down', 'unknown'] as const

const zeros = <N extends string>(names: readonly N[]): Record<N, number> =>
  Object.fromEntries(names.map((name) => [name, 0])) as Record<N, number>

export class AgentCounters implements LoopCounters {
  readonly checks = zeros(CHECKS)
  readonly drifts = zeros(DRIFTS)
  readonly plans = zeros(OUTCOMES)
  readonly reloads = zeros(RELOADS)
  readonly turns = zeros(TURNS)
  checkSeconds = 0
  turnSeconds = 0
  lastTurnSeconds: number | undefined
  changes = 0
  refusals = 0

  check({ up, ms, inconclusive }: CheckResult): void {
    this.checks[inconclusive === true ? 'impossible' : up ? 'up' : 'down']++
    this.checkSeconds += ms / 1000
  }

  turn(milliseconds: number, ok: boolean): void {
    this.turns[ok ? 'done' : 'failed']++
    this.lastTurnSeconds = milliseconds / 1000
    this.turnSeconds += milliseconds / 1000
  }

  drift(found: readonly Drift[]): void {
    for (const { kind } of found) this.drifts[kind]++
  }

  locked(): void {
    this.plans.locked++
  }

  sent({ made, refused, cause }: Sent): void {
    this.plans[cause?.kind === 'broken' ? 'broken' : refused.length > 0 ? 'refused' : 'applied']++
    this.changes += made.length
    this.refusals += refused.length
  }

  reload(problems: number): void {
    this.reloads[problems === 0 ? 'done' : 'refused']++
  }
}

/** Everything that the rows are made of. */
export interface AgentFigures {
  readonly counters: AgentCounters
  readonly loop: LoopStatus
  /** Problems of the configuration and the rules as they are now. */
  readonly problems: number
  readonly started: Date
  /** Undefined: there are none yet. */
  readonly rulesRead: Date | undefined
  /** Undefined: the rules come from a file. */
  readonly fleet: FleetFigures | undefined
}

const seconds = (date: Date | undefined) => date && date.getTime() / 1000

export const AGENT_ROWS: readonly FigureRow<AgentFigures>[] = [
  {
    name: 'ipvs_agent_start_timestamp_seconds',
    type: 'gauge',
    help: 'Unix time at which the agent was started.',
    value: ({ started }) => seconds(started),
  },
  {
    name: 'ipvs_agent_ready',
    type: 'gauge',
    help: 'Whether every server has been checked, so that the table is kept.',
    value: ({ loop }) => Number(loop.ready),
  },
  {
    name: 'ipvs_agent_kernel_usable',
    type: 'gauge',
    help: 'Whether the table could be read and changed the last time.',
    value: ({ loop }) => Number(loop.problem === undefined),
  },
  {
    name: 'ipvs_agent_configuration_problems',
    type: 'gauge',
    help: 'What is wrong with the configuration and the rules as they are now; those before are in use.',
    value: ({ problems }) => problems,
  },
  {
    name: 'ipvs_agent_rules_read_timestamp_seconds',
    type: 'gauge',
    help: 'Unix time at which the rules in use were read.',
    value: ({ rulesRead }) => seconds(rulesRead),
  },
  {
    name: 'ipvs_agent_reloads_total',
    type: 'counter',
    help: 'Reloads of configuration and rules, by `result`: `done`, `refused`.',
    label: 'result',
    value: ({ counters }) => counters.reloads,
  },
  {
    name: 'ipvs_agent_servers',
    type: 'gauge',
    help: 'Checked servers, by `status`: `up`, `down`, `unknown`.',
    label: 'status',
    value: ({ loop }) => {
      const counts = zeros(STATUSES)
      for (const { status } of loop.health.states.values()) counts[status]++
      return counts
    },
  },
  {
    name: 'ipvs_agent_checks_total',
    type: 'counter',
    help: 'Checks that have ended, by `result`: `up`, `down`, `impossible`.',
    label: 'result',
    value: ({ counters }) => counters.checks,
  },
  {
    name: 'ipvs_agent_check_seconds_total',
    type: 'counter',
    help: 'Durations of all checks together.',
    value: ({ counters }) => counters.checkSeconds,
  },
  {
    name: 'ipvs_agent_turns_total',
    type: 'counter',
    help: 'Turns of the loop: readings of the table, and what followed, by `result`: `done`, `failed`.',
    label: 'result',
    value: ({ counters }) => counters.turns,
  },
  {
    name: 'ipvs_agent_turn_seconds_total',
    type: 'counter',
    help: 'Durations of all turns of the loop together.',
    value: ({ counters }) => counters.turnSeconds,
  },
  {
    name: 'ipvs_agent_turn_duration_seconds',
    type: 'gauge',
    help: 'Duration of the last turn of the loop.',
    value: ({ counters }) => counters.lastTurnSeconds,
  },
  {
    name: 'ipvs_agent_drift_total',
    type: 'counter',
    help: 'Changes of the table by other programs, by `change`.',
    label: 'change',
    value: ({ counters }) => counters.drifts,
  },
  {
    name: 'ipvs_agent_held_entries',
    type: 'gauge',
    help: 'Entries that are kept as other programs have set them.',
    value: ({ loop }) => loop.memory.held.services.size + loop.memory.held.servers.size,
  },
  {
    name: 'ipvs_agent_plans_total',
    type: 'counter',
    help: 'Plans, by `result`: `applied`, `refused` (in part, by the kernel), `broken`, `locked` (by another restore).',
    label: 'result',
    value: ({ counters }) => counters.plans,
  },
  {
    name: 'ipvs_agent_changes_total',
    type: 'counter',
    help: 'Changes of the table that the agent made.',
    value: ({ counters }) => counters.changes,
  },
  {
    name: 'ipvs_agent_refused_changes_total',
    type: 'counter',
    help: 'Changes of the table that the kernel refused.',
    value: ({ counters }) => counters.refusals,
  },
  {
    name: 'ipvs_agent_changed_timestamp_seconds',
    type: 'gauge',
    help: 'Unix time at which the agent last changed the table.',
    value: ({ loop }) => seconds(loop.changed),
  },
]

export function* agentFamilies(figures: AgentFigures): Generator<MetricFamily, void, undefined> {
  yield* figureFamilies(AGENT_ROWS, figures)
  if (figures.fleet !== undefined) yield* figureFamilies(FLEET_ROWS, figures.fleet)
}

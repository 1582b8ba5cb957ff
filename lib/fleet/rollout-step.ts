// One step of a rollout: what follows from the reports. Pure; times are those of whoever carries the rollout on, so that
// clocks of different machines are never compared.
import { type DirectorReport, type Rollout, writeValue } from './fleet-values.ts'

/** Times of the wave, in milliseconds of the clock of its carrier. */
export interface WaveWatch {
  /** The rollout that it is about, as its value is written. */
  readonly of: string
  /** Since when it has been looked at. */
  readonly since: number
  /** Since when all of it are well; undefined: they are not. */
  readonly wellSince: number | undefined
}

export type RolloutStep =
  /** `look`: when time alone can change the answer. */
  | { readonly kind: 'wait'; readonly watch: WaveWatch; readonly look: number }
  | { readonly kind: 'write'; readonly rollout: Rollout }

/**
 * @param reports of the directors that are alive, by name
 * @param before what the last step has returned
 */
export function stepRollout(
  group: string,
  rollout: Rollout,
  reports: ReadonlyMap<string, DirectorReport>,
  before: WaveWatch | undefined,
  now: number,
): RolloutStep {
  const of = writeValue(rollout)
  const { since, wellSince } = before?.of === of ? before : { since: now, wellSince: undefined }
  const states = rollout.waves
    .slice(0, rollout.wave + 1)
    .flat()
    .map((name) => stateOf(name, group, rollout, reports.get(name)))
  const failure = states.find((state) => state.kind === 'failed')
  if (failure !== undefined) return failed(rollout, failure.reason)
  const waiting = states.find((state) => state.kind === 'waiting')
  if (waiting !== undefined) {
    const end = since + rollout.patience * 1000
    if (now >= end) return failed(rollout, `${waiting.name} has not applied it in ${rollout.patience} s`)
    return { kind: 'wait', watch: { of, since, wellSince: undefined }, look: end }
  }
  const well = wellSince ?? now
  const end = well + rollout.wait * 1000
  if (now < end) return { kind: 'wait', watch: { of, since, wellSince: well }, look: end }
  const isLast = rollout.wave + 1 >= rollout.waves.length
  return {
    kind: 'write',
    rollout: isLast ? { ...rollout, state: 'done' } : { ...rollout, wave: rollout.wave + 1 },
  }
}

const failed = (rollout: Rollout, reason: string): RolloutStep => ({
  kind: 'write',
  rollout: { ...rollout, state: 'failed', reason },
})

type DirectorState =
  | { readonly kind: 'well' }
  | { readonly kind: 'waiting'; readonly name: string }
  | { readonly kind: 'failed'; readonly reason: string }

function stateOf(
  name: string,
  group: string,
  { revision, down }: Rollout,
  report: DirectorReport | undefined,
): DirectorState {
  if (report === undefined) return { kind: 'failed', reason: `${name} has gone` }
  const own = report.groups[group]
  // It has not heard of it yet.
  if (own?.revision !== revision) return { kind: 'waiting', name }
  if (own.result === 'refused' || own.result === 'wrong') {
    return { kind: 'failed', reason: `${name}: ${own.errors[0] ?? own.result}` }
  }
  if (own.result === 'applying') return { kind: 'waiting', name }
  const former = down[name] ?? 0
  return report.down > former
    ? { kind: 'failed', reason: `${name}: ${report.down} servers are down, ${former} before` }
    : { kind: 'well' }
}

// The revision of a group that a director is to have: a pure function of the pointer and the rollout.
import type { RevisionRef, Rollout } from './fleet-values.ts'

/** Undefined: the group has no rules yet. */
export function targetOf(
  current: RevisionRef | undefined,
  rollout: Rollout | undefined,
  director: string,
): RevisionRef | undefined {
  if (current === undefined || rollout === undefined || rollout.revision !== current.revision) return current
  switch (rollout.state) {
    case 'done':
      return current
    case 'failed':
      return rollout.from
    case 'running':
      return admitted(rollout).includes(director) ? current : rollout.from
  }
}

/** The directors that have got the revision, or are getting it. */
export const admitted = ({ waves, wave }: Rollout): readonly string[] => waves.slice(0, wave + 1).flat()

/** The revision that all directors are to have in the end, as things are; that of a running rollout counts as such. */
export function settledRevision(
  current: RevisionRef | undefined,
  rollout: Rollout | undefined,
): RevisionRef | undefined {
  const failed = rollout?.state === 'failed' && rollout.revision === current?.revision
  return failed ? rollout.from : current
}

export interface WaveSizes {
  /** Directors of the first wave; 0: no wave of its own. */
  readonly canary: number
  /** Directors of each further wave: how many, or how many of a hundred, rounded up. */
  readonly batch: { readonly count: number } | { readonly percent: number }
}

/** Directors in waves, in the order of their names. */
export function wavesOf(directors: readonly string[], { canary, batch }: WaveSizes): string[][] {
  const rest = [...directors].sort()
  const size = Math.max(1, 'count' in batch ? batch.count : Math.ceil((rest.length * batch.percent) / 100))
  const waves: string[][] = []
  if (canary > 0 && rest.length > 0) waves.push(rest.splice(0, canary))
  while (rest.length > 0) waves.push(rest.splice(0, size))
  return waves
}

// The fleet as the source of a monitor has it (the JSON of `fleet status --json`), and the news of it for the page.

export interface ShownFleet {
  readonly groups: readonly ShownGroup[]
}

export interface ShownGroup {
  readonly group: string
  /** The revision that counts; 0: there is none. */
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
  readonly directors: readonly ShownDirector[]
}

export interface ShownDirector {
  readonly name: string
  readonly state: 'current' | 'waiting' | 'applying' | 'refused' | 'wrong' | 'behind' | 'gone'
  readonly revision: number | null
  readonly errors: readonly string[]
  readonly differences: number
  readonly held: number
  readonly servers: number
  readonly down: number
  /** Seconds since the cluster has heard of it; null: it has gone. */
  readonly seen: number | null
}

/** Null: there is no fleet. */
export type PageFleet = ShownFleet | { readonly problem: string } | null

/** Seconds. A director that is well is heard of more often: what the page has of it does not change. */
const SEEN_STEP = 5

export function pageFleet(fleet: ShownFleet | undefined): PageFleet {
  if (fleet === undefined) return null
  return { groups: fleet.groups.map((group) => ({ ...group, directors: group.directors.map(directorRow) })) }
}

/** Only what is shown, so that nothing else is a change. */
const directorRow = ({
  name,
  state,
  revision,
  errors,
  differences,
  held,
  servers,
  down,
  seen,
}: ShownDirector): ShownDirector => ({
  name,
  state,
  revision,
  errors,
  differences,
  held,
  servers,
  down,
  seen: seen === null ? null : seen - (seen % SEEN_STEP),
})

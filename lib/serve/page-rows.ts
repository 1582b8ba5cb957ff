// The data of the page, one value a field: page-view.ts makes it, page/*.mjs draw it, and the compiler compares.

/** A number up to 2^53-1, the digits in a string beyond, as in the JSON document. */
export type Count = number | string

interface RowCounters {
  readonly connections: Count
  readonly inBytes: Count
  readonly outBytes: Count
  readonly inPackets: Count
  readonly outPackets: Count
  readonly connectionRate: Count
  readonly inByteRate: Count
  readonly outByteRate: Count
}

export interface PageServiceRow extends RowCounters {
  readonly key: string
  readonly protocol: string
  readonly service: string
  readonly scheduler: string
  readonly flags: string
  readonly servers: number
  /** Servers that are down or drained. */
  readonly down: number
  /** Sums of the servers. */
  readonly weight: number
  readonly active: number
  readonly inactive: number
}

export type PageServerState = 'up' | 'down' | 'unknown' | 'drained' | 'full' | 'in use'

export interface PageServerRow extends RowCounters {
  readonly key: string
  /** The key of its service. */
  readonly of: string
  readonly name: string
  readonly state: PageServerState
  readonly forwarding: string
  readonly weight: number
  readonly upper: number
  readonly lower: number
  readonly active: number
  readonly inactive: number
  readonly persistent: number
  /** Of a health checker, in milliseconds since 1970; null: there is none, or not yet. */
  readonly since: number | null
  readonly checked: number | null
  readonly detail: string | null
}

export interface PageTotals {
  readonly services: number
  readonly servers: number
  readonly down: number
  readonly active: number
  readonly inactive: number
  /** Null: not known. */
  readonly connections: Count | null
}

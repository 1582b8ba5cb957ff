// Counters and rates of a service or a destination.
import type { ValuesOf } from '../ipvs/codec.ts'
import type { STATS } from '../ipvs/schema.ts'

/** Counters since the last zeroing, and rates over the last two seconds or so, as the kernel estimates them. */
export type Stats = ValuesOf<typeof STATS.schema.all>

// What belongs to the director as a whole: timeouts, sync daemons, the module's own data.
import type { ValuesOf } from '../ipvs/codec.ts'
import type { DAEMON, INFO, TIMEOUTS } from '../ipvs/schema.ts'

export type Timeouts = ValuesOf<typeof TIMEOUTS.schema.all>

export type SyncDaemon = ValuesOf<typeof DAEMON.schema.all>

export type SyncState = SyncDaemon['state']

export type Info = ValuesOf<typeof INFO.schema.all>

// THE table of the metrics: the name, type, help and value of each. docs/monitoring.md lists them; a test compares.
import type { Destination } from '../model/destination.ts'
import type { Service } from '../model/service.ts'
import type { Stats } from '../model/stats.ts'
import type { ServerHealth } from './health.ts'
import type { DirectorObservation } from './observation.ts'
import type { Totals } from './totals.ts'

export interface MetricRow<T> {
  readonly name: string
  readonly type: 'counter' | 'gauge'
  readonly help: string
  /** Undefined: no sample. */
  readonly value: (from: T) => number | bigint | undefined
}

const counter = <T>(name: string, help: string, value: MetricRow<T>['value']): MetricRow<T> => ({
  name,
  type: 'counter',
  help,
  value,
})
const gauge = <T>(name: string, help: string, value: MetricRow<T>['value']): MetricRow<T> => ({
  name,
  type: 'gauge',
  help,
  value,
})

/** The counters of the kernel, without a prefix. */
const COUNTERS: readonly (readonly [name: string, help: string, field: keyof Totals])[] = [
  ['connections_total', 'Connections scheduled since the counters were zeroed.', 'connections'],
  ['incoming_packets_total', 'Packets from clients.', 'inPackets'],
  [
    'outgoing_packets_total',
    'Packets to clients that passed the director (masquerading only).',
    'outPackets',
  ],
  ['incoming_bytes_total', 'Bytes from clients.', 'inBytes'],
  ['outgoing_bytes_total', 'Bytes to clients that passed the director (masquerading only).', 'outBytes'],
]
/** The rates that the kernel estimates over some two seconds. */
const RATES: readonly (readonly [name: string, help: string, field: keyof Stats])[] = [
  ['connections_per_second', "The kernel's estimate of new connections a second.", 'connectionRate'],
  ['incoming_packets_per_second', "The kernel's estimate of packets from clients a second.", 'inPacketRate'],
  ['outgoing_packets_per_second', "The kernel's estimate of packets to clients a second.", 'outPacketRate'],
  ['incoming_bytes_per_second', "The kernel's estimate of bytes from clients a second.", 'inByteRate'],
  ['outgoing_bytes_per_second', "The kernel's estimate of bytes to clients a second.", 'outByteRate'],
]

function statistics(prefix: string): MetricRow<{ readonly observed: { readonly stats: Stats } }>[] {
  return [
    ...COUNTERS.map(([name, help, field]) =>
      counter<{ readonly observed: { readonly stats: Stats } }>(
        `${prefix}_${name}`,
        help,
        ({ observed }) => observed.stats[field],
      ),
    ),
    ...RATES.map(([name, help, field]) =>
      gauge<{ readonly observed: { readonly stats: Stats } }>(
        `${prefix}_${name}`,
        help,
        ({ observed }) => observed.stats[field],
      ),
    ),
  ]
}

/** Labels: `protocol`, `service`. */
export const SERVICE_ROWS: readonly MetricRow<Service>[] = statistics('ipvs_service')

/** Labels: those of the service, and `server`. */
export const SERVER_ROWS: readonly MetricRow<Destination>[] = [
  gauge('ipvs_server_weight', 'Weight; 0 takes no new connections.', ({ config }) => config.weight),
  gauge(
    'ipvs_server_active_connections',
    'Connections in an active state.',
    ({ observed }) => observed.activeConnections,
  ),
  gauge(
    'ipvs_server_inactive_connections',
    'Connections in any other state.',
    ({ observed }) => observed.inactiveConnections,
  ),
  gauge(
    'ipvs_server_persistent_connections',
    'Persistence templates.',
    ({ observed }) => observed.persistentConnections,
  ),
  gauge(
    'ipvs_server_upper_threshold',
    'Connections from which the server gets no new ones; absent: no limit.',
    ({ config }) => config.upperThreshold || undefined,
  ),
  gauge(
    'ipvs_server_lower_threshold',
    'Connections below which the server gets new ones again; absent: the default.',
    ({ config }) => config.lowerThreshold || undefined,
  ),
  ...statistics('ipvs_server'),
]

/** Of servers that a health checker knows. Labels: those of the server. */
export const HEALTH_ROWS: readonly MetricRow<ServerHealth>[] = [
  gauge('ipvs_server_up', 'Whether the checks find the server up; absent: no verdict yet.', ({ status }) =>
    status === 'unknown' ? undefined : Number(status === 'up'),
  ),
  gauge(
    'ipvs_server_status_timestamp_seconds',
    'Unix time from which the server has had its status.',
    ({ since }) => since.getTime() / 1000,
  ),
  gauge('ipvs_check_success', 'Whether the last check of the server succeeded.', ({ check }) =>
    check === undefined ? undefined : Number(check.up),
  ),
  gauge(
    'ipvs_check_duration_seconds',
    'Duration of the last check of the server.',
    ({ check }) => check?.seconds,
  ),
]

/** Of the director as a whole. No labels. */
export const DIRECTOR_ROWS: readonly MetricRow<DirectorObservation>[] = [
  ...COUNTERS.map(([name, help, field]) =>
    counter<DirectorObservation>(
      `ipvs_${name}`,
      `${help} All services together.`,
      ({ totals }) => totals?.[field],
    ),
  ),
  gauge(
    'ipvs_connection_table_buckets',
    'Size of the hash table of connections.',
    ({ info }) => info.connectionTableSize,
  ),
  gauge(
    'ipvs_connection_table_entries',
    'Connections and persistence templates in the table.',
    ({ connections }) => connections?.entries,
  ),
  gauge(
    'ipvs_connection_table_partly_read',
    'Whether there are more entries in the table than were counted.',
    ({ connections }) => connections && Number(connections.partial),
  ),
  gauge(
    'ipvs_connection_table_unassigned_entries',
    'Entries of no service of the table, such as one that was deleted.',
    ({ connections }) => connections?.unassigned,
  ),
]

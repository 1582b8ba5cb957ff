// The metrics under the names and labels of node_exporter's ipvs collector, for dashboards that were made for it.
import type { Destination } from '../model/destination.ts'
import { isFwmark, type Service } from '../model/service.ts'
import type { VirtualService } from '../model/virtual-service.ts'
import { labels, type MetricFamily, type MetricSample } from './exposition.ts'
import { ALL, type Selection } from './families.ts'
import type { Observation } from './observation.ts'
import type { Totals } from './totals.ts'

const TOTALS: readonly (readonly [name: string, help: string, field: keyof Totals])[] = [
  ['node_ipvs_connections_total', 'The total number of connections made.', 'connections'],
  ['node_ipvs_incoming_bytes_total', 'The total amount of incoming data.', 'inBytes'],
  ['node_ipvs_incoming_packets_total', 'The total number of incoming packets.', 'inPackets'],
  ['node_ipvs_outgoing_bytes_total', 'The total amount of outgoing data.', 'outBytes'],
  ['node_ipvs_outgoing_packets_total', 'The total number of outgoing packets.', 'outPackets'],
]

const BACKENDS: readonly (readonly [name: string, help: string, value: (server: Destination) => number])[] = [
  [
    'node_ipvs_backend_connections_active',
    'The current active connections by local and remote address.',
    ({ observed }) => observed.activeConnections,
  ],
  [
    'node_ipvs_backend_connections_inactive',
    'The current inactive connections by local and remote address.',
    ({ observed }) => observed.inactiveConnections,
  ],
  [
    'node_ipvs_backend_weight',
    'The current backend weight by local and remote address.',
    ({ config }) => config.weight,
  ],
]

export function* nodeExporterFamilies(
  { table, totals }: Observation,
  { hidesService, hidesServers }: Selection = ALL,
): Generator<MetricFamily, void, undefined> {
  for (const [name, help, field] of TOTALS) {
    const value = totals?.[field]
    yield { name, type: 'counter', help, samples: () => (value === undefined ? [] : [['', value]]) }
  }
  const shown = table.filter(({ service }) => !hidesService(service) && !hidesServers(service))
  for (const [name, help, value] of BACKENDS) {
    yield { name, type: 'gauge', help, samples: () => backends(shown, value) }
  }
}

function* backends(
  table: readonly VirtualService[],
  value: (server: Destination) => number,
): Generator<MetricSample> {
  for (const { service, destinations } of table) {
    const local = localLabels(service)
    for (const server of destinations) {
      const { address, port } = server.id
      yield [labels({ ...local, remote_address: address, remote_port: `${port}` }), value(server)]
    }
  }
}

/** The collector reads /proc/net/ip_vs, which has marks as eight hexadecimal digits. */
function localLabels({ id }: Service): Record<string, string> {
  return isFwmark(id)
    ? { local_port: '0', local_mark: id.fwmark.toString(16).toUpperCase().padStart(8, '0'), proto: 'FWM' }
    : { local_address: id.address, local_port: `${id.port}`, proto: id.protocol.toUpperCase() }
}

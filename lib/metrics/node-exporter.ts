// The metrics under the names and labels of node_exporter's ipvs collector, for dashboards that were made for it.
import type { Destination } from '../model/destination.ts'
import { isFwmark, type Service } from '../model/service.ts'
import { labels, type MetricFamily, withLabels } from './exposition.ts'
import { ALL, type Selection } from './families.ts'
import type { DirectorObservation, TableSink } from './observation.ts'
import type { MetricRow } from './rows.ts'
import { SampleColumns } from './sample-columns.ts'
import type { Totals } from './totals.ts'

const TOTALS: readonly (readonly [name: string, help: string, field: keyof Totals])[] = [
  ['node_ipvs_connections_total', 'The total number of connections made.', 'connections'],
  ['node_ipvs_incoming_bytes_total', 'The total amount of incoming data.', 'inBytes'],
  ['node_ipvs_incoming_packets_total', 'The total number of incoming packets.', 'inPackets'],
  ['node_ipvs_outgoing_bytes_total', 'The total amount of outgoing data.', 'outBytes'],
  ['node_ipvs_outgoing_packets_total', 'The total number of outgoing packets.', 'outPackets'],
]

const gauge = (
  name: string,
  help: string,
  value: (server: Destination) => number,
): MetricRow<Destination> => ({
  name,
  type: 'gauge',
  help,
  value,
})

const BACKENDS: readonly MetricRow<Destination>[] = [
  gauge(
    'node_ipvs_backend_connections_active',
    'The current active connections by local and remote address.',
    ({ observed }) => observed.activeConnections,
  ),
  gauge(
    'node_ipvs_backend_connections_inactive',
    'The current inactive connections by local and remote address.',
    ({ observed }) => observed.inactiveConnections,
  ),
  gauge(
    'node_ipvs_backend_weight',
    'The current backend weight by local and remote address.',
    ({ config }) => config.weight,
  ),
]

/** Takes a table, as TableMetrics does. */
export class NodeExporterMetrics implements TableSink {
  readonly #selection: Selection
  /** The labels of each service; undefined: its servers are not shown. */
  readonly #locals: (string | undefined)[] = []
  #lists = 0
  readonly #backends = new SampleColumns(BACKENDS)

  constructor(selection = ALL) {
    this.#selection = selection
  }

  service(service: Service): void {
    const { hidesService, hidesServers } = this.#selection
    const hidden = hidesService(service) || hidesServers(service)
    this.#locals.push(hidden ? undefined : labels(localLabels(service)))
  }

  servers(servers: readonly Destination[]): void {
    const local = this.#locals[this.#lists++]
    if (local === undefined) return
    for (const server of servers) {
      const { address, port } = server.id
      this.#backends.add(withLabels(local, { remote_address: address, remote_port: `${port}` }), server)
    }
  }

  *families({ totals }: DirectorObservation): Generator<MetricFamily, void, undefined> {
    for (const [name, help, field] of TOTALS) {
      yield { name, type: 'counter', help, labels: [''], values: [totals?.[field]] }
    }
    yield* this.#backends.families()
  }
}

/** The collector reads /proc/net/ip_vs, which has marks as eight hexadecimal digits. */
function localLabels({ id }: Service): Record<string, string> {
  return isFwmark(id)
    ? { local_port: '0', local_mark: id.fwmark.toString(16).toUpperCase().padStart(8, '0'), proto: 'FWM' }
    : { local_address: id.address, local_port: `${id.port}`, proto: id.protocol.toUpperCase() }
}

// A table and its director → the families of metrics under this project's names, from the rows.
import type { Destination } from '../model/destination.ts'
import { serviceFlagNames } from '../model/flag-names.ts'
import { serverKey } from '../model/server-key.ts'
import { type Service, type ServiceId, serviceKey } from '../model/service.ts'
import { formatVersion } from '../output/table-listing.ts'
import { type ConnectionCounts, ConnectionOwners } from './connection-counts.ts'
import { labels, type MetricFamily, withLabels } from './exposition.ts'
import type { CheckedServers } from './health.ts'
import { serverName, serviceLabels } from './names.ts'
import type { DirectorObservation, TableSink } from './observation.ts'
import { DIRECTOR_ROWS, HEALTH_ROWS, SERVER_ROWS, SERVICE_ROWS } from './rows.ts'
import { SampleColumns } from './sample-columns.ts'

type Identified = Pick<Service, 'id'>

export interface Selection {
  /** Services of which nothing is shown. */
  readonly hidesService: (service: Identified) => boolean
  /** Services whose real servers are not shown. */
  readonly hidesServers: (service: Identified) => boolean
}

export const ALL: Selection = { hidesService: () => false, hidesServers: () => false }

/** Takes a table, and keeps what its metrics need. */
export class TableMetrics implements TableSink {
  /** Of the whole table. */
  readonly owners = new ConnectionOwners()
  readonly #selection: Selection
  readonly #checked: CheckedServers | undefined
  /** Of all services, for the lists of their servers. */
  readonly #ids: ServiceId[] = []
  /** Of all services, their labels; undefined: their servers are not shown. */
  readonly #texts: (string | undefined)[] = []
  #lists = 0
  readonly #services = new SampleColumns(SERVICE_ROWS)
  readonly #serviceKeys: string[] = []
  readonly #serviceSettings: string[] = []
  readonly #servers = new SampleColumns(SERVER_ROWS)
  readonly #forwarding: string[] = []
  readonly #health = new SampleColumns(HEALTH_ROWS)
  /** Servers of the table that are checked. */
  readonly #present = new Set<string>()

  /** @param checked of a health checker, if there is one */
  constructor(selection = ALL, checked?: CheckedServers) {
    this.#selection = selection
    this.#checked = checked
  }

  service(service: Service): void {
    const key = serviceKey(service.id)
    this.owners.addService(key)
    this.#ids.push(service.id)
    const hidden = this.#selection.hidesService(service)
    const text = hidden ? '' : labels(serviceLabels(service.id))
    this.#texts.push(hidden || this.#selection.hidesServers(service) ? undefined : text)
    if (hidden) return
    this.#services.add(text, service)
    this.#serviceKeys.push(key)
    this.#serviceSettings.push(withLabels(text, settingsOf(service)))
  }

  servers(servers: readonly Destination[]): void {
    const id = this.#ids[this.#lists]!
    const text = this.#texts[this.#lists++]
    this.owners.addServers(id, servers)
    if (text !== undefined) for (const server of servers) this.#takeServer(id, server, text)
  }

  #takeServer(service: ServiceId, server: Destination, others: string): void {
    const text = withLabels(others, { server: serverName(server.id) })
    this.#servers.add(text, server)
    this.#forwarding.push(server.config.forwarding)
    if (this.#checked === undefined) return
    const key = serverKey(service, server.id)
    const health = this.#checked.health.get(key)
    if (health === undefined) return
    this.#present.add(key)
    this.#health.add(text, health)
  }

  *families(director: DirectorObservation): Generator<MetricFamily, void, undefined> {
    const whole = new SampleColumns(DIRECTOR_ROWS)
    whole.add('', director)
    yield* whole.families()
    yield* aboutDirector(director)
    yield info('ipvs_service_info', 'Settings of a virtual service.', this.#serviceSettings)
    yield* this.#services.families()
    if (director.connections !== undefined) yield* this.#connections(director.connections)
    yield info('ipvs_server_info', 'Settings of a real server.', this.#serverSettings())
    yield* this.#servers.families()
    this.#addAbsent()
    yield* this.#health.families()
  }

  #serverSettings(): string[] {
    return this.#servers.labels.map((text, i) => withLabels(text, { forwarding: this.#forwarding[i]! }))
  }

  *#connections({ states, templates }: ConnectionCounts): Generator<MetricFamily> {
    const texts: string[] = []
    const counts: number[] = []
    this.#serviceKeys.forEach((key, i) => {
      for (const [state, count] of states.get(key) ?? []) {
        texts.push(withLabels(this.#services.labels[i]!, { state: state.toLowerCase() }))
        counts.push(count)
      }
    })
    yield {
      ...info('ipvs_service_connections', 'Connections of a service, by state.', texts),
      values: counts,
    }
    yield {
      ...info('ipvs_service_persistence_templates', 'Persistence templates of a service.', []),
      labels: this.#services.labels,
      values: this.#serviceKeys.map((key) => templates.get(key)),
    }
  }

  /** Adds the servers that are checked, but not in the table. */
  #addAbsent(): void {
    const { hidesService, hidesServers } = this.#selection
    for (const { service, server } of this.#checked?.servers ?? []) {
      const key = serverKey(service, server)
      const health = this.#checked?.health.get(key)
      if (health === undefined || this.#present.has(key)) continue
      if (hidesService({ id: service }) || hidesServers({ id: service })) continue
      this.#present.add(key)
      this.#health.add(labels({ ...serviceLabels(service), server: serverName(server) }), health)
    }
  }
}

/** A family whose samples are all 1. */
const info = (name: string, help: string, texts: readonly string[]): MetricFamily => ({
  name,
  type: 'gauge',
  help,
  labels: texts,
  values: texts.map(() => 1),
})

function* aboutDirector({ info: module, timeouts, daemons }: DirectorObservation): Generator<MetricFamily> {
  yield info('ipvs_info', "The kernel module's version.", [labels({ version: formatVersion(module) })])
  yield {
    ...info(
      'ipvs_timeout_seconds',
      'Timeouts of connections, by kind.',
      ['tcp', 'tcp_fin', 'udp'].map((kind) => labels({ kind })),
    ),
    values: [timeouts.tcp, timeouts.tcpFin, timeouts.udp],
  }
  const roles = (['master', 'backup'] as const).map((role) => {
    const daemon = daemons.find(({ state }) => state === role)
    const own = daemon && { interface: daemon.interface, sync_id: `${daemon.syncId}` }
    return { text: labels({ role, ...own }), runs: Number(daemon !== undefined) }
  })
  yield {
    ...info(
      'ipvs_sync_daemon',
      'Whether a synchronization daemon runs, by its role.',
      roles.map(({ text }) => text),
    ),
    values: roles.map(({ runs }) => runs),
  }
}

function settingsOf({ config }: Service): Record<string, string> {
  const { scheduler, engine } = config
  return { scheduler, flags: serviceFlagNames(config.flags, scheduler).join(' '), engine }
}

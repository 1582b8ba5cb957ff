// An observation → the families of metrics under this project's names, from the rows.
import type { Destination } from '../model/destination.ts'
import { serviceFlagNames } from '../model/flag-names.ts'
import { type Service, serviceKey } from '../model/service.ts'
import type { VirtualService } from '../model/virtual-service.ts'
import { formatVersion } from '../output/table-listing.ts'
import { labels, type MetricFamily, type MetricSample } from './exposition.ts'
import type { ServerHealth } from './health.ts'
import { serverName, serviceLabels } from './names.ts'
import { checkedServers, type Observation } from './observation.ts'
import { DIRECTOR_ROWS, HEALTH_ROWS, type MetricRow, SERVER_ROWS, SERVICE_ROWS } from './rows.ts'

type Identified = Pick<Service, 'id'>

export interface Selection {
  /** Services of which nothing is shown. */
  readonly hidesService: (service: Identified) => boolean
  /** Services whose real servers are not shown. */
  readonly hidesServers: (service: Identified) => boolean
}

export const ALL: Selection = { hidesService: () => false, hidesServers: () => false }

/** Something with its labels, which are formatted once for all metrics. */
type Labelled<T> = readonly [labels: string, of: T]

export function* families(
  observation: Observation,
  { hidesService, hidesServers }: Selection = ALL,
): Generator<MetricFamily, void, undefined> {
  const table = observation.table.filter(({ service }) => !hidesService(service))
  const shown = table.filter(({ service }) => !hidesServers(service))
  yield* ofRows(DIRECTOR_ROWS, [['', observation]])
  yield* aboutDirector(observation)
  const services = table.map<Labelled<Service>>(({ service }) => [labels(serviceLabels(service.id)), service])
  yield info('ipvs_service_info', 'Settings of a virtual service.', () => serviceInfo(table))
  yield* ofRows(SERVICE_ROWS, services)
  yield* ofConnections(observation, services)
  yield info('ipvs_server_info', 'Settings of a real server.', () => serverInfo(shown))
  yield* ofRows(SERVER_ROWS, serversOf(shown))
  if (observation.health === undefined) return
  yield* ofRows(
    HEALTH_ROWS,
    healthOf(observation, (service) => hidesService(service) || hidesServers(service)),
  )
}

function* ofRows<T>(
  rows: readonly MetricRow<T>[],
  subjects: readonly Labelled<T>[],
): Generator<MetricFamily> {
  for (const { value, ...family } of rows) yield { ...family, samples: () => samplesOf(value, subjects) }
}

function* samplesOf<T>(
  value: MetricRow<T>['value'],
  subjects: readonly Labelled<T>[],
): Generator<MetricSample> {
  for (const [text, subject] of subjects) {
    const number = value(subject)
    if (number !== undefined) yield [text, number]
  }
}

const info = (name: string, help: string, samples: MetricFamily['samples']): MetricFamily => ({
  name,
  type: 'gauge',
  help,
  samples,
})

function* aboutDirector({ info: module, timeouts, daemons }: Observation): Generator<MetricFamily> {
  yield info('ipvs_info', "The kernel module's version.", () => [
    [labels({ version: formatVersion(module) }), 1],
  ])
  yield info('ipvs_timeout_seconds', 'Timeouts of connections, by kind.', () => [
    [labels({ kind: 'tcp' }), timeouts.tcp],
    [labels({ kind: 'tcp_fin' }), timeouts.tcpFin],
    [labels({ kind: 'udp' }), timeouts.udp],
  ])
  yield info('ipvs_sync_daemon', 'Whether a synchronization daemon runs, by its role.', () =>
    (['master', 'backup'] as const).map((role) => {
      const daemon = daemons.find(({ state }) => state === role)
      const own = daemon && { interface: daemon.interface, sync_id: `${daemon.syncId}` }
      return [labels({ role, ...own }), Number(daemon !== undefined)]
    }),
  )
}

function* ofConnections(
  { connections }: Observation,
  services: readonly Labelled<Service>[],
): Generator<MetricFamily> {
  if (connections === undefined) return
  const { states, templates } = connections
  yield info('ipvs_service_connections', 'Connections of a service, by state.', function* () {
    for (const [, { id }] of services) {
      for (const [state, count] of states.get(serviceKey(id)) ?? []) {
        yield [labels({ ...serviceLabels(id), state: state.toLowerCase() }), count]
      }
    }
  })
  yield info('ipvs_service_persistence_templates', 'Persistence templates of a service.', function* () {
    for (const [text, { id }] of services) {
      const count = templates.get(serviceKey(id))
      if (count !== undefined) yield [text, count]
    }
  })
}

function* serviceInfo(table: readonly VirtualService[]): Generator<MetricSample> {
  for (const {
    service: { id, config },
  } of table) {
    const flags = serviceFlagNames(config.flags, config.scheduler).join(' ')
    const { scheduler, engine } = config
    yield [labels({ ...serviceLabels(id), scheduler, flags, engine }), 1]
  }
}

function* serverInfo(table: readonly VirtualService[]): Generator<MetricSample> {
  for (const { service, destinations } of table) {
    const own = serviceLabels(service.id)
    for (const { id, config } of destinations) {
      yield [labels({ ...own, server: serverName(id), forwarding: config.forwarding }), 1]
    }
  }
}

function serversOf(table: readonly VirtualService[]): Labelled<Destination>[] {
  return table.flatMap(({ service, destinations }) => {
    const own = serviceLabels(service.id)
    return destinations.map<Labelled<Destination>>((destination) => [
      labels({ ...own, server: serverName(destination.id) }),
      destination,
    ])
  })
}

function healthOf(
  observation: Observation,
  hides: (service: Identified) => boolean,
): Labelled<ServerHealth>[] {
  const found: Labelled<ServerHealth>[] = []
  for (const { service, server, health } of checkedServers(observation)) {
    if (hides({ id: service })) continue
    found.push([labels({ ...serviceLabels(service), server: serverName(server) }), health])
  }
  return found
}

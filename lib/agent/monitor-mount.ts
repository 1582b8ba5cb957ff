// The monitor in the agent: metrics and the page of lib/serve with what the agent knows. A reload replaces what has
// changed. The agent goes on without it when it cannot listen.
import type { Server } from 'node:http'
import type { Server as TlsServer } from 'node:https'
import { hostname } from 'node:os'
import type { Selection } from '../metrics/families.ts'
import type { CheckedServers, ServerHealth } from '../metrics/health.ts'
import type { Observation } from '../metrics/observation.ts'
import { destinationKey } from '../model/destination.ts'
import type { FleetStatus } from '../model/fleet-state.ts'
import { serviceKey } from '../model/service.ts'
import { describe } from '../output/messages.ts'
import { inScope } from '../reconcile/scope.ts'
import { type Access, accessWarnings, readAccess } from '../serve/access.ts'
import { type Monitor, monitor } from '../serve/handler.ts'
import { linkTo, listen, secureContext } from '../serve/listen.ts'
import { kernelSource, type MonitorSource } from '../serve/source.ts'
import type { System } from '../system/system.ts'
import { type AgentFigures, agentFamilies } from './agent-metrics.ts'
import type { ServeConfig } from './config/config.ts'
import type { Health } from './health-book.ts'
import type { HealthState } from './health-state.ts'
import type { Log } from './log.ts'

export interface MonitorMountOptions {
  readonly system: System
  readonly log: Log
  readonly figures: () => AgentFigures
  /** Has the agent take note of what an administrator has set: see Loop.setByHand. */
  readonly setByHand: (service: string, server: string, weight: number) => Promise<void>
  /** The status of the fleet; undefined: the rules come from a file. */
  readonly fleet: () => Promise<FleetStatus | undefined>
}

/** Problems of the files that the configuration names. */
export function serveProblems(config: ServeConfig | undefined, system: System): readonly string[] {
  try {
    const tls = config && readAccess(config.files, system).tls
    if (tls !== undefined) secureContext(tls)
    return []
  } catch (error) {
    return [problemText(error)]
  }
}

const problemText = (error: unknown) => `serve: ${describe(error as Error)}`

interface Mounted {
  readonly server: Server
  /** These change with a reload. */
  current: Monitor
  config: ServeConfig
  access: Access
  readonly place: string
}

export class MonitorMount {
  readonly #options: MonitorMountOptions
  readonly #source: MonitorSource
  #mounted: Mounted | undefined
  /** The end of the last replacement: they come one after another. */
  #replaced: Promise<unknown> = Promise.resolve()

  constructor(options: MonitorMountOptions) {
    this.#options = options
    this.#source = agentSource(options)
  }

  /** Serves by this configuration from now on; what is wrong with it. Then everything stays as it was. */
  replace(config: ServeConfig | undefined): Promise<readonly string[]> {
    const problems = this.#replaced.then(() => this.#replaceOne(config))
    this.#replaced = problems
    return problems
  }

  /** Never rejects. */
  async #replaceOne(config: ServeConfig | undefined): Promise<readonly string[]> {
    if (config === undefined) {
      await this.stop()
      return []
    }
    try {
      await this.#replace(config, readAccess(config.files, this.#options.system))
      return []
    } catch (error) {
      return [problemText(error)]
    }
  }

  get serving(): boolean {
    return this.#mounted !== undefined
  }

  async stop(): Promise<void> {
    const { server, current } = this.#mounted ?? {}
    this.#mounted = undefined
    current?.close()
    this.#source.close()
    if (server === undefined) return
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
  }

  async #replace(config: ServeConfig, access: Access): Promise<void> {
    const { log } = this.#options
    const { tls } = access
    // Settings that a server cannot change while it listens.
    const place = JSON.stringify([config.address, tls !== undefined, tls?.clientAuthority !== undefined])
    const context = tls && secureContext(tls)
    const current = this.#monitor(config, access)
    if (this.#mounted?.place === place) {
      const { server, current: old } = this.#mounted
      if (context !== undefined) (server as TlsServer).setSecureContext(context)
      Object.assign(this.#mounted, { current, config, access })
      old.close()
    } else {
      await this.#move(config, access, current, place)
    }
    for (const warning of accessWarnings(config.address, access))
      log('warning', 'serve-open', { text: warning })
  }

  /** Listens elsewhere; if that is not possible, where it was before. */
  async #move(config: ServeConfig, access: Access, current: Monitor, place: string): Promise<void> {
    const before = this.#mounted
    // The old one may have the same port.
    await this.stop()
    try {
      await this.#listen(config, access, current, place)
    } catch (error) {
      if (before !== undefined) {
        const { config, access, place } = before
        await this.#listen(config, access, this.#monitor(config, access), place)
      }
      throw error
    }
  }

  async #listen(config: ServeConfig, access: Access, current: Monitor, place: string): Promise<void> {
    const { tls } = access
    let mounted: Mounted | undefined
    const server = await listen(
      config.address,
      (request, response) => (mounted?.current ?? current).handle(request, response),
      tls,
    )
    mounted = { server, current, config, access, place }
    this.#mounted = mounted
    this.#options.log('info', 'serving', { address: linkTo(server, tls !== undefined) })
  }

  #monitor({ names, scope, withoutServers }: ServeConfig, { verify, token }: Access): Monitor {
    const selection: Selection = {
      hidesService: ({ id }) => scope !== undefined && !inScope(id, scope),
      hidesServers: ({ id }) => withoutServers !== undefined && inScope(id, withoutServers),
    }
    const audit = (line: string) => this.#options.log('info', 'admin', { text: line })
    return monitor({
      source: this.#source,
      names: [hostname(), ...names],
      selection,
      ...(verify !== undefined && { verify }),
      ...(token !== undefined && { admin: { token, audit } }),
    })
  }
}

/** The kernel's table with the health of the agent, and the agent's own metrics. */
export function agentSource({
  system,
  figures,
  setByHand,
  fleet,
}: Omit<MonitorMountOptions, 'log'>): MonitorSource {
  const kernel = kernelSource(system, (service, server, weight) =>
    setByHand(serviceKey(service), destinationKey(server), weight),
  )
  return {
    ...kernel,
    observe: async () => withHealth(await kernel.observe(), checkedBy(figures().loop.health)),
    checked: () => checkedBy(figures().loop.health),
    families: () => agentFamilies(figures()),
    fleet,
  }
}

const checkedBy = ({ servers }: Health): CheckedServers => ({
  servers,
  health: new Map(servers.map(({ key, state }) => [key, healthOf(state)])),
})

function withHealth(observation: Observation, { servers, health }: CheckedServers): Observation {
  const present = new Map(
    observation.table.map(({ service, destinations }) => [
      serviceKey(service.id),
      new Set(destinations.map(({ id }) => destinationKey(id))),
    ]),
  )
  const absent = servers.filter(
    ({ service, server }) => present.get(serviceKey(service))?.has(destinationKey(server)) !== true,
  )
  return { ...observation, health, absent }
}

const healthOf = ({ status, sinceDate, last, lastDate }: HealthState): ServerHealth => ({
  status,
  since: sinceDate,
  ...(last !== undefined &&
    lastDate !== undefined && {
      check: { at: lastDate, up: last.up, seconds: last.ms / 1000, detail: last.detail },
    }),
})

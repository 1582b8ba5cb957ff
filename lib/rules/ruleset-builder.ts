// Commands in the order of a file → Ruleset in normal form, by simulating the kernel's response to each.

import { differences } from '../ipvs/codec.ts'
import { DAEMON, DESTINATION, SERVICE } from '../ipvs/schema.ts'
import type { Change } from '../model/change.ts'
import { type DestinationConfiguration, type DestinationId, destinationKey } from '../model/destination.ts'
import type { SyncDaemon, SyncState, Timeouts } from '../model/director.ts'
import { normalServer, normalService } from '../model/normal-form.ts'
import type { Ruleset, WantedDaemon, WantedServer, WantedService } from '../model/ruleset.ts'
import { isFwmark, type ServiceConfiguration, type ServiceId, serviceKey } from '../model/service.ts'

/** A problem of a line. A line with a warning does not change the ruleset. */
export interface Problem {
  readonly severity: 'error' | 'warning'
  readonly message: string
}

/** An entry under construction, with its configuration when added, to detect a repeated line. */
type Draft<T extends { readonly config: unknown }> = T & { readonly added: T['config'] }
interface ServiceDraft extends Draft<Omit<WantedService, 'servers'>> {
  readonly servers: Map<string, Draft<WantedServer>>
}

const error = (message: string): Problem => ({ severity: 'error', message })
const repetition = (line: number): Problem => ({ severity: 'warning', message: `repeats line ${line}` })

const UNDEFINED = error('Service not defined: no line before adds it')

/** The problem of a line that edits or deletes an entry which no earlier line adds. */
export const missing = (what: 'service' | 'destination'): Problem =>
  error(`No such ${what}: no line before adds it`)

function sameServiceId(a: ServiceId, b: ServiceId): boolean {
  if (isFwmark(a) || isFwmark(b)) return serviceKey(a) === serviceKey(b)
  return a.address === b.address && a.port === b.port && a.protocol === b.protocol
}

const same = <G extends object>(group: G, ...[a, b]: TwoOf<G>) => differences(group, a, b).length === 0
const sameService = (a: ServiceConfiguration, b: ServiceConfiguration) => same(SERVICE.schema.config, a, b)
const sameServer = (a: DestinationConfiguration, b: DestinationConfiguration) =>
  same(DESTINATION.schema.config, a, b)
type TwoOf<G extends object> = [Parameters<typeof differences<G>>[1], Parameters<typeof differences<G>>[2]]

export class RulesetBuilder implements Ruleset {
  readonly services = new Map<string, ServiceDraft>()
  readonly daemons = new Map<SyncState, WantedDaemon>()
  zeros: { service: ServiceId | undefined; line: number }[] = []
  timeouts: { readonly values: Timeouts; readonly line: number } | undefined
  #last: ServiceDraft | undefined

  /** Applies a line's change; or changes nothing and returns its problem. */
  add(change: Change, line: number): Problem | undefined {
    switch (change.kind) {
      case 'add-service':
        return this.#addService(change, line)
      case 'edit-service':
        return this.#withService(change.service, (old, key) => {
          this.#last = undefined
          this.services.set(key, { ...old, config: normalService(change.config), line })
          return undefined
        })
      case 'delete-service':
        return this.#withService(change.service, (_, key) => {
          this.#last = undefined
          this.services.delete(key)
          this.zeros = this.zeros.filter(
            ({ service }) => service === undefined || serviceKey(service) !== key,
          )
          return undefined
        })
      case 'flush':
        this.#last = undefined
        this.services.clear()
        this.zeros = []
        return undefined
      case 'add-server':
        return this.#addServer(change, line)
      case 'edit-server':
        return this.#withServer(change, (old, key, { servers }) => {
          servers.set(key, { ...old, config: normalServer(change.config), line })
        })
      case 'delete-server':
        return this.#withServer(change, (_, key, { servers }) => {
          servers.delete(key)
        })
      case 'zero':
        if (change.service === undefined) this.zeros.push({ service: undefined, line })
        else {
          const { service } = change
          return this.#withService(service, () => {
            this.zeros.push({ service, line })
            return undefined
          })
        }
        return undefined
      case 'set':
        this.timeouts = { values: merged(this.timeouts?.values, change.timeouts), line }
        return undefined
      case 'start-daemon':
        return this.#startDaemon(change.daemon, line)
      case 'stop-daemon':
        return this.#stopDaemon(change.state, line)
    }
  }

  #addService(
    { service: id, config: given }: Extract<Change, { kind: 'add-service' | 'edit-service' }>,
    line: number,
  ): Problem | undefined {
    const config = normalService(given)
    const key = serviceKey(id)
    const old = this.services.get(key)
    if (old === undefined) {
      this.services.set(key, { id, config, added: config, line, servers: new Map() })
      return undefined
    }
    if (sameService(config, old.added) || sameService(config, old.config)) {
      return repetition(old.line)
    }
    return error(`contradicts line ${old.line}, which has the same service`)
  }

  #addServer(
    change: Extract<Change, { kind: 'add-server' | 'edit-server' }>,
    line: number,
  ): Problem | undefined {
    const { server: id } = change
    const config = normalServer(change.config)
    const service = this.#service(change.service)
    if (service === undefined) return UNDEFINED
    const { servers } = service
    const key = destinationKey(id)
    const old = servers.get(key)
    if (old === undefined) {
      servers.set(key, { id, config, added: config, line })
      return undefined
    }
    if (sameServer(config, old.added) || sameServer(config, old.config)) {
      return repetition(old.line)
    }
    return error(`contradicts line ${old.line}, which has the same server`)
  }

  /** A cache: most lines have the same service as the previous line. */
  #service(id: ServiceId): ServiceDraft | undefined {
    const last = this.#last
    if (last !== undefined && sameServiceId(last.id, id)) return last
    this.#last = this.services.get(serviceKey(id))
    return this.#last
  }

  #withService(
    id: ServiceId,
    work: (service: ServiceDraft, key: string) => Problem | undefined,
    otherwise = missing('service'),
  ): Problem | undefined {
    const key = serviceKey(id)
    const service = this.services.get(key)
    return service === undefined ? otherwise : work(service, key)
  }

  #withServer(
    { service, server }: { readonly service: ServiceId; readonly server: DestinationId },
    work: (server: Draft<WantedServer>, key: string, service: ServiceDraft) => void,
  ): Problem | undefined {
    return this.#withService(
      service,
      (found) => {
        const key = destinationKey(server)
        const old = found.servers.get(key)
        if (old === undefined) return missing('destination')
        work(old, key, found)
        return undefined
      },
      UNDEFINED,
    )
  }

  #startDaemon(daemon: SyncDaemon, line: number): Problem | undefined {
    const old = this.daemons.get(daemon.state)
    if (old?.daemon === undefined) {
      this.daemons.set(daemon.state, { daemon, line })
      return undefined
    }
    return same(DAEMON.schema.all, daemon, old.daemon)
      ? repetition(old.line)
      : error(`contradicts line ${old.line}, which starts the same daemon`)
  }

  #stopDaemon(state: SyncState, line: number): Problem | undefined {
    const old = this.daemons.get(state)
    if (old !== undefined && old.daemon === undefined) return repetition(old.line)
    this.daemons.set(state, { daemon: undefined, line })
    return undefined
  }
}

/** A zero leaves a timeout unchanged. */
function merged(old: Timeouts | undefined, { tcp, tcpFin, udp }: Timeouts): Timeouts {
  return { tcp: tcp || (old?.tcp ?? 0), tcpFin: tcpFin || (old?.tcpFin ?? 0), udp: udp || (old?.udp ?? 0) }
}

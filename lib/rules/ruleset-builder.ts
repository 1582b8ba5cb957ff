// Commands in the order of a file → Ruleset in normal form, by simulating the kernel's response to each.

import { differences } from '../ipvs/codec.ts'
import { DAEMON } from '../ipvs/schema.ts'
import type { Change } from '../model/change.ts'
import type { DestinationId } from '../model/destination.ts'
import type { SyncDaemon, SyncState, Timeouts } from '../model/director.ts'
import type { Ruleset, WantedDaemon } from '../model/ruleset.ts'
import { isFwmark, type ServiceId, serviceKey } from '../model/service.ts'
import { readEntries } from './plain-entries.ts'
import { PROGRESS } from './sending-room.ts'
import { NONE, WantedTable } from './wanted-table.ts'

/** A problem of a line. A line with a warning does not change the ruleset. */
export interface Problem {
  readonly severity: 'error' | 'warning'
  readonly message: string
}

const error = (message: string): Problem => ({ severity: 'error', message })
const repetition = (line: number): Problem => ({ severity: 'warning', message: `repeats line ${line}` })

const UNDEFINED = error('Service not defined: no line before adds it')

/** The problem of a line that edits or deletes an entry which no earlier line adds. */
export const missing = (what: 'service' | 'destination'): Problem =>
  error(`No such ${what}: no line before adds it`)

function sameServiceId(a: ServiceId, b: ServiceId): boolean {
  if (a === b) return true
  if (isFwmark(a) || isFwmark(b)) return serviceKey(a) === serviceKey(b)
  return a.address === b.address && a.port === b.port && a.protocol === b.protocol
}

export class RulesetBuilder implements Ruleset {
  readonly services = new WantedTable()
  readonly daemons = new Map<SyncState, WantedDaemon>()
  zeros: { service: ServiceId | undefined; line: number }[] = []
  timeouts: { readonly values: Timeouts; readonly line: number } | undefined
  // A cache: most lines have the same service as the previous line.
  #lastId: ServiceId | undefined
  #last = NONE

  /** Applies a line's change; or changes nothing and returns its problem. */
  add(change: Change, line: number): Problem | undefined {
    switch (change.kind) {
      case 'add-service':
        return this.#addService(change, line)
      case 'edit-service': {
        const service = this.#find(change.service)
        if (service === NONE) return missing('service')
        this.services.services.edit(service, change.config, line)
        return undefined
      }
      case 'delete-service':
        return this.#deleteService(change.service)
      case 'flush':
        this.#forget()
        this.services.clear()
        this.zeros = []
        return undefined
      case 'add-server':
        return this.#addServer(change, line)
      case 'edit-server':
        return this.#withServer(change, (_service, server) =>
          this.services.servers.edit(server, change.config, line),
        )
      case 'delete-server':
        return this.#withServer(change, (service, server) => this.services.deleteServer(service, server))
      case 'zero':
        if (change.service !== undefined && this.#find(change.service) === NONE) return missing('service')
        this.zeros.push({ service: change.service, line })
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
    { service: id, config }: Extract<Change, { kind: 'add-service' | 'edit-service' }>,
    line: number,
  ): Problem | undefined {
    const old = this.services.findService(id)
    if (old === NONE) {
      this.services.addService(id, config, line)
      this.#forget()
      return undefined
    }
    const { services } = this.services
    if (services.hasOrHad(old, config)) return repetition(services.line(old))
    return error(`contradicts line ${services.line(old)}, which has the same service`)
  }

  #deleteService(id: ServiceId): Problem | undefined {
    const service = this.#find(id)
    if (service === NONE) return missing('service')
    this.#forget()
    this.services.deleteService(service)
    const key = serviceKey(id)
    this.zeros = this.zeros.filter(({ service }) => service === undefined || serviceKey(service) !== key)
    return undefined
  }

  #addServer(
    { service: id, server, config }: Extract<Change, { kind: 'add-server' | 'edit-server' }>,
    line: number,
  ): Problem | undefined {
    const service = this.#find(id)
    if (service === NONE) return UNDEFINED
    const old = this.services.findServerOf(service, server)
    if (old === NONE) {
      this.services.addServerTo(service, server, config, line)
      return undefined
    }
    const { servers } = this.services
    if (servers.hasOrHad(old, config)) return repetition(servers.line(old))
    return error(`contradicts line ${servers.line(old)}, which has the same server`)
  }

  #find(id: ServiceId): number {
    if (this.#lastId !== undefined && sameServiceId(this.#lastId, id)) return this.#last
    this.#lastId = id
    this.#last = this.services.findService(id)
    return this.#last
  }

  /** Adds the entries of plain lines, as `add` would, until a line that has to be read in another way; whether there is one. */
  addPlain(text: Uint8Array, progress: Uint32Array): boolean {
    this.#forget()
    readEntries(this.services, text, progress)
    return progress[PROGRESS.from]! < progress[PROGRESS.to]!
  }

  /** Called when a service comes or goes. */
  #forget(): void {
    this.#lastId = undefined
  }

  #withServer(
    { service: id, server }: { readonly service: ServiceId; readonly server: DestinationId },
    work: (service: number, server: number) => void,
  ): Problem | undefined {
    const service = this.#find(id)
    if (service === NONE) return UNDEFINED
    const found = this.services.findServerOf(service, server)
    if (found === NONE) return missing('destination')
    work(service, found)
    return undefined
  }

  #startDaemon(daemon: SyncDaemon, line: number): Problem | undefined {
    const old = this.daemons.get(daemon.state)
    if (old?.daemon === undefined) {
      this.daemons.set(daemon.state, { daemon, line })
      return undefined
    }
    return differences(DAEMON.schema.all, daemon, old.daemon).length === 0
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

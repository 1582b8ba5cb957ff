// The library's client for programs on Node.
import type { CallOptions, ReadOptions } from '../ipvs/client.ts'
import { type Connection, connectionLines, parseConnection } from '../ipvs/connection-list.ts'
import type { KernelOptions } from '../ipvs/open-family.ts'
import { connectionsOf } from '../ipvs/service-connections.ts'
import { destinationKey } from '../model/destination.ts'
import type { Info, SyncDaemon, Timeouts } from '../model/director.ts'
import { EEXIST, ENOENT, KernelError, ListingError } from '../model/errors.ts'
import type { Transport } from '../netlink/transport.ts'
import { type ChangeRequest, kernelChange } from './changes.ts'
import { type ServerName, type ServiceName, serverId, serviceId } from './ids.ts'
import { KernelClient } from './kernel-client.ts'
import {
  type ServerOptions,
  type ServiceOptions,
  serverConfiguration,
  serviceConfiguration,
} from './library-settings.ts'
import { applyPlan, type LibraryPlanOptions, type Plan, planRestore, type UndoResult, undo } from './plans.ts'
import type { ApplyOptions, RestoreOutcome } from './restore-outcome.ts'
import type { LibraryRuleset } from './rulesets.ts'
import {
  type LibraryServer,
  type LibraryService,
  type LibraryVirtualService,
  readableServer,
  readableService,
  readableTable,
} from './table.ts'

export interface OpenOptions extends KernelOptions {
  /** The chunks of the kernel's list of connections; without it `connections` rejects. */
  readonly readConnections?: () => Iterable<Uint8Array>
  /** Opens another socket if the connection fails during `applyPlan`, which otherwise cannot verify its result. */
  readonly another?: () => Promise<Transport>
}

export interface AddOptions extends CallOptions {
  /** Whether an entry that exists gets these settings instead of an error. Default: false. */
  readonly upsert?: boolean
}

export interface ConnectionOptions extends CallOptions {
  /** Only the connections and templates of this service. */
  readonly service?: ServiceName
}

/** Connections that are read between two turns of the event loop. */
const CONNECTIONS_A_TURN = 1000

/**
 * A connection with ip_vs in one network namespace. Its methods reject with a KernelError, a DecodeError or a
 * TransportError, and with a RangeError for values that cannot be sent. Concurrent calls run in their
 * order. After a DecodeError or a TransportError close the client, but for the code `INTERRUPTED`: the call may be
 * repeated.
 */
export class LibraryClient {
  static {
    // The name of the published class, for console.log and stack traces.
    Object.defineProperty(LibraryClient, 'name', { value: 'IpvsClient' })
  }
  readonly #kernel: KernelClient
  readonly #options: OpenOptions

  private constructor(kernel: KernelClient, options: OpenOptions) {
    this.#kernel = kernel
    this.#options = options
  }

  /** Rejects with an UnavailableError when the kernel has no ip_vs, or the caller may not use it. */
  static async open(options: OpenOptions): Promise<LibraryClient> {
    return new LibraryClient(await KernelClient.open(options), options)
  }

  /** The module's version and table size at the opening of the client. */
  get info(): Info {
    return this.#kernel.info
  }

  /** All virtual services, in the kernel's order. */
  async services(options?: ReadOptions): Promise<LibraryService[]> {
    return (await this.#kernel.services(options)).map(readableService)
  }

  /** One virtual service. Rejects with `ESRCH` if it does not exist. */
  async service(service: ServiceName, options?: ReadOptions): Promise<LibraryService> {
    return readableService(await this.#kernel.service(serviceId(service), options))
  }

  /** The real servers of a service, in the kernel's order; empty if there is no such service. */
  async servers(service: ServiceName, options?: ReadOptions): Promise<LibraryServer[]> {
    return (await this.#kernel.destinations(serviceId(service), options)).map(readableServer)
  }

  /** Every service with its real servers, in the kernel's order. */
  async table(options?: ReadOptions): Promise<LibraryVirtualService[]> {
    return readableTable(await this.#kernel.table(options))
  }

  /** The running sync daemons: none, a master, a backup or both. */
  async daemons(options?: CallOptions): Promise<SyncDaemon[]> {
    return await this.#kernel.daemons(options)
  }

  /** The timeouts of connections, in seconds. */
  async timeouts(options?: CallOptions): Promise<Timeouts> {
    return await this.#kernel.timeouts(options)
  }

  /** Adds a service. Settings that are not given are the defaults. */
  async addService(
    service: ServiceName,
    config: ServiceOptions = {},
    { upsert = false, signal }: AddOptions = {},
  ): Promise<void> {
    await this.#add(
      upsert,
      () => this.apply({ kind: 'add-service', service, config }, { signal }),
      () => this.apply({ kind: 'edit-service', service, config }, { signal }),
    )
  }

  /** Changes settings of a service; the others stay. Rejects with `ESRCH` if there is none. */
  async updateService(
    name: ServiceName,
    settings: ServiceOptions,
    { signal }: CallOptions = {},
  ): Promise<void> {
    const service = serviceId(name)
    const live = await this.#kernel.service(service, { stats: false, signal })
    const config = serviceConfiguration(service.family, settings, live.config)
    await this.#kernel.apply({ kind: 'edit-service', service, config }, { signal })
  }

  /** Removes a service with its servers. Rejects with `ESRCH` if there is none. */
  async removeService(service: ServiceName, options?: CallOptions): Promise<void> {
    await this.apply({ kind: 'delete-service', service }, options)
  }

  /** Adds a real server. Settings that are not given are the defaults. */
  async addServer(
    service: ServiceName,
    server: ServerName,
    config: ServerOptions = {},
    { upsert = false, signal }: AddOptions = {},
  ): Promise<void> {
    await this.#add(
      upsert,
      () => this.apply({ kind: 'add-server', service, server, config }, { signal }),
      () => this.apply({ kind: 'edit-server', service, server, config }, { signal }),
    )
  }

  /** Changes settings of a real server, such as its weight; the others stay. Rejects with `ENOENT` if there is none. */
  async updateServer(
    serviceName: ServiceName,
    serverName: ServerName,
    settings: ServerOptions,
    { signal }: CallOptions = {},
  ): Promise<void> {
    const [service, server] = [serviceId(serviceName), serverId(serverName)]
    const servers = await this.#kernel.destinations(service, { stats: false, settled: true, signal })
    const live = servers.find(({ id }) => destinationKey(id) === destinationKey(server))
    const subject = { kind: 'edit-server', service, server } as const
    if (live === undefined) throw new KernelError(ENOENT, 'SET_DEST', subject)
    await this.#kernel.apply({ ...subject, config: serverConfiguration(settings, live.config) }, { signal })
  }

  /** Removes a real server. Rejects with `ENOENT` if there is none. */
  async removeServer(service: ServiceName, server: ServerName, options?: CallOptions): Promise<void> {
    await this.apply({ kind: 'delete-server', service, server }, options)
  }

  /** Makes one change. Rejects with a KernelError when the kernel refuses it. */
  async apply(change: ChangeRequest, options?: CallOptions): Promise<void> {
    await this.#kernel.apply(kernelChange(change), options)
  }

  /**
   * Makes many changes in order, several in a datagram. The result has the error of each refused change, at its
   * index; the others have been made. A value that cannot be sent rejects the call before anything is sent.
   */
  async applyAll(
    changes: readonly ChangeRequest[],
    options?: CallOptions,
  ): Promise<readonly (KernelError | undefined)[]> {
    return await this.#kernel.applyAll(changes.map(kernelChange), options)
  }

  /** The changes that lead from the table to the wanted one. Changes nothing. */
  async planRestore(wanted: LibraryRuleset, options?: LibraryPlanOptions): Promise<Plan> {
    return await planRestore(this.#kernel, wanted, options)
  }

  /**
   * Makes the table as planned, or rolls back. The table is read again first: the changes differ
   * from the plan's if another program has changed it meanwhile. The result is verified by reading.
   */
  async applyPlan(plan: Plan, options?: ApplyOptions): Promise<RestoreOutcome> {
    const { another } = this.#options
    let lent = false
    const open = async () => {
      if (!lent || another === undefined) {
        lent = true
        return this.#kernel.lend()
      }
      return await KernelClient.open({ ...this.#options, transport: await another() })
    }
    return await applyPlan(open, plan, options)
  }

  /** Undoes the changes of an outcome, except for counters and connections. */
  async undo(outcome: Pick<RestoreOutcome, 'inverse'>, options?: CallOptions): Promise<UndoResult> {
    return await undo(this.#kernel, outcome.inverse, options)
  }

  /** The connections and templates, one by one: a list of millions takes little memory. */
  async *connections({
    service,
    signal,
  }: ConnectionOptions = {}): AsyncGenerator<Connection, void, undefined> {
    const { readConnections } = this.#options
    if (readConnections === undefined) throw new ListingError('readConnections was not given to open')
    const belongs = service && (await connectionsOf(serviceId(service), this.#kernel))
    let count = 0
    for (const line of connectionLines(readConnections())) {
      signal?.throwIfAborted()
      if (++count % CONNECTIONS_A_TURN === 0) await new Promise((resolve) => setTimeout(resolve, 0))
      if (belongs?.(line) !== false) yield parseConnection(line)
    }
  }

  /** Closes the socket. Pending calls and all later ones reject with a TransportError (`CLOSED`). May be repeated. */
  close(): void {
    this.#kernel.close()
  }

  /** Closes the client at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  async #add(upsert: boolean, add: () => Promise<void>, edit: () => Promise<void>): Promise<void> {
    try {
      await add()
    } catch (error) {
      if (!upsert || !(error instanceof KernelError) || error.errno !== EEXIST) throw error
      await edit()
    }
  }
}

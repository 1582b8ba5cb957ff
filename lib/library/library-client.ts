// The library's client: additional calls for programs on Node.
import { type CallOptions, IpvsClient, type OpenOptions } from '../ipvs/client.ts'
import { type Connection, connectionLines, parseConnection } from '../ipvs/connection-list.ts'
import { connectionsOf } from '../ipvs/service-connections.ts'
import { DESTINATION_DEFAULTS, SERVICE_DEFAULTS } from '../model/defaults.ts'
import { type DestinationConfiguration, type DestinationId, destinationKey } from '../model/destination.ts'
import { EEXIST, ENOENT, KernelError, ListingError } from '../model/errors.ts'
import { hostNetmask } from '../model/netmask.ts'
import type { ServiceConfiguration, ServiceId } from '../model/service.ts'

export interface LibraryOptions extends OpenOptions {
  /** The chunks of the kernel's list of connections; without it `connections` rejects. */
  readonly readConnections?: () => Iterable<Uint8Array>
}

export interface AddOptions extends CallOptions {
  /** Whether an entry that exists gets these settings instead of an error. Default: false. */
  readonly upsert?: boolean
}

export interface ConnectionOptions extends CallOptions {
  /** Only the connections and templates of this service. */
  readonly service?: ServiceId
}

/** Connections that are read between two turns of the event loop. */
const CONNECTIONS_A_TURN = 1000

export class LibraryClient extends IpvsClient {
  #readConnections: LibraryOptions['readConnections']

  /** Rejects with an UnavailableError when the kernel has no ip_vs, or the caller may not use it. */
  static override async open(options: LibraryOptions): Promise<LibraryClient> {
    const client = new LibraryClient(await IpvsClient.start(options))
    client.#readConnections = options.readConnections
    return client
  }

  /** Adds a service. Settings that are not given are the defaults. */
  async addService(
    service: ServiceId,
    settings: Partial<ServiceConfiguration> = {},
    { upsert = false, signal }: AddOptions = {},
  ): Promise<void> {
    const config = { ...SERVICE_DEFAULTS, netmask: hostNetmask(service.family), ...settings }
    await this.#add(
      upsert,
      () => this.apply({ kind: 'add-service', service, config }, { signal }),
      () => this.apply({ kind: 'edit-service', service, config }, { signal }),
    )
  }

  /** Changes settings of a service; the others stay. Rejects with `ESRCH` if there is none. */
  async updateService(
    service: ServiceId,
    settings: Partial<ServiceConfiguration>,
    { signal }: CallOptions = {},
  ): Promise<void> {
    const { config } = await this.service(service, { stats: false, signal })
    await this.apply({ kind: 'edit-service', service, config: { ...config, ...settings } }, { signal })
  }

  /** Removes a service with its servers. Rejects with `ESRCH` if there is none. */
  async removeService(service: ServiceId, options?: CallOptions): Promise<void> {
    await this.apply({ kind: 'delete-service', service }, options)
  }

  /** Adds a real server. Settings that are not given are the defaults. */
  async addServer(
    service: ServiceId,
    server: DestinationId,
    settings: Partial<DestinationConfiguration> = {},
    { upsert = false, signal }: AddOptions = {},
  ): Promise<void> {
    const config = { ...DESTINATION_DEFAULTS, ...settings }
    await this.#add(
      upsert,
      () => this.apply({ kind: 'add-server', service, server, config }, { signal }),
      () => this.apply({ kind: 'edit-server', service, server, config }, { signal }),
    )
  }

  /** Changes settings of a real server, such as its weight; the others stay. Rejects with `ENOENT` if there is none. */
  async updateServer(
    service: ServiceId,
    server: DestinationId,
    settings: Partial<DestinationConfiguration>,
    { signal }: CallOptions = {},
  ): Promise<void> {
    const key = destinationKey(server)
    const servers = await this.destinations(service, { stats: false, settled: true, signal })
    const live = servers.find(({ id }) => destinationKey(id) === key)
    if (live === undefined) throw new KernelError(ENOENT, 'SET_DEST')
    const config = { ...live.config, ...settings }
    await this.apply({ kind: 'edit-server', service, server, config }, { signal })
  }

  /** Removes a real server. Rejects with `ENOENT` if there is none. */
  async removeServer(service: ServiceId, server: DestinationId, options?: CallOptions): Promise<void> {
    await this.apply({ kind: 'delete-server', service, server }, options)
  }

  /** The connections and templates, one by one: a list of millions takes little memory. */
  async *connections({
    service,
    signal,
  }: ConnectionOptions = {}): AsyncGenerator<Connection, void, undefined> {
    if (this.#readConnections === undefined) throw new ListingError('readConnections was not given to open')
    const belongs = service === undefined ? undefined : await connectionsOf(service, this)
    let count = 0
    for (const line of connectionLines(this.#readConnections())) {
      signal?.throwIfAborted()
      if (++count % CONNECTIONS_A_TURN === 0) await new Promise((resolve) => setTimeout(resolve, 0))
      if (belongs?.(line) !== false) yield parseConnection(line)
    }
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

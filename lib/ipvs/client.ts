// Typed calls to the kernel's ip_vs: the core of the library's public API. Formats no text.

import type { Family } from '../model/address.ts'
import type { Change } from '../model/change.ts'
import { type Destination, destinationKey } from '../model/destination.ts'
import type { Info, SyncDaemon, Timeouts } from '../model/director.ts'
import { KernelError } from '../model/errors.ts'
import { type Service, type ServiceId, serviceKey } from '../model/service.ts'
import type { VirtualService } from '../model/virtual-service.ts'
import type { SeriesStart } from '../netlink/dump-series.ts'
import type { GenericConnection, OnFailure, RequestSource } from '../netlink/generic-connection.ts'
import { decode, decodeDump } from './codec.ts'
import { type DestinationSink, type ListSink, sinkReader } from './list-sink.ts'
import { failure, type KernelOptions, openFamily } from './open-family.ts'
import { type EntryVisitor, readList, visitList } from './read-list.ts'
import { ask, readService, serviceOf, within } from './read-reply.ts'
import {
  observationDumps,
  SERVICE_LIST,
  type ServerLists,
  type Settings,
  settingDumps,
} from './read-settings.ts'
import { ChangeEncoder, requestOf, writeServiceId } from './requests.ts'
import { DAEMON, DESTINATION, INFO, SERVICE, TIMEOUTS } from './schema.ts'
import { CMD, CMD_ATTR } from './uapi.ts'

export interface CallOptions {
  /**
   * Aborts the call, which rejects with the signal's reason and sends nothing more. Changes that have been sent are
   * not undone.
   */
  readonly signal?: AbortSignal | undefined
}

export interface ReadOptions extends CallOptions {
  /** Whether to read counters and rates; otherwise they are zero. Default: true. */
  readonly stats?: boolean
  /**
   * Whether to read a list until two readings have the same entries. The kernel resumes a long list by position, so
   * that a deletion by another program meanwhile can hide an entry, which a single reading does not show.
   * Default: false.
   */
  readonly settled?: boolean
}

/**
 * A connection with ip_vs in one network namespace. Its methods reject with a KernelError
 * (`errno`, `code`), a DecodeError or a TransportError; concurrent calls run in their order.
 * After a DecodeError or a TransportError the state of the connection is unknown: close the client. The exception is a
 * TransportError with the code `INTERRUPTED`, after which the call may be repeated.
 */
export class IpvsClient {
  readonly #connection: GenericConnection
  /** As `currentInfo`, at the opening of the client. */
  readonly info: Info

  protected constructor({ connection, info }: Opened) {
    this.#connection = connection
    this.info = info
  }

  /** Rejects with an UnavailableError when the kernel has no ip_vs or the caller may not use it. */
  static async open(options: KernelOptions): Promise<IpvsClient> {
    return new IpvsClient(await IpvsClient.start(options))
  }

  /** A client on a connection with the family, which is closed with it. Rejects like `open`. */
  static async on(connection: GenericConnection): Promise<IpvsClient> {
    return new IpvsClient(await started(connection))
  }

  protected static async start(options: KernelOptions): Promise<Opened> {
    return await started(await openFamily(options))
  }

  /** All virtual services, in the kernel's order. */
  services({ stats = true, settled = false, signal }: ReadOptions = {}): Promise<Service[]> {
    return readList<Service>(this.#connection, {
      request: { command: CMD.GET_SERVICE, name: 'GET_SERVICE' },
      read: (data, start, end, add) => add(readService(data, start, end, stats)),
      readAll: (data, sequence, port) =>
        decodeDump(SERVICE, data, {
          sequence,
          port,
          attribute: CMD_ATTR.SERVICE,
          inherited: 'inet',
          observe: stats,
        })?.map(serviceOf),
      key: ({ id }) => serviceKey(id),
      settled,
      signal,
    })
  }

  /** One virtual service. Rejects with a KernelError (`ESRCH`) if it does not exist. */
  async service(id: ServiceId, { stats = true, signal }: ReadOptions = {}): Promise<Service> {
    return await ask(
      this.#connection,
      { command: CMD.GET_SERVICE, name: 'GET_SERVICE', write: (writer) => writeServiceId(writer, id) },
      (data, start, end) => readService(data, start, end, stats),
      signal,
    )
  }

  /** The real servers of a service, in the kernel's order; empty if there is no such service. */
  destinations(
    service: ServiceId,
    { stats = true, settled = false, signal }: ReadOptions = {},
  ): Promise<Destination[]> {
    return readList<Destination>(this.#connection, {
      request: {
        command: CMD.GET_DEST,
        name: 'GET_DEST',
        write: (writer) => writeServiceId(writer, service),
      },
      read: (data, start, end, add) =>
        within(data, start, end, CMD_ATTR.DEST, 'GET_DEST', (from, to) => {
          add(decode(DESTINATION, data, from, to, service.family, stats))
        }),
      readAll: (data, sequence, port) =>
        decodeDump(DESTINATION, data, {
          sequence,
          port,
          attribute: CMD_ATTR.DEST,
          inherited: service.family,
          observe: stats,
        }),
      key: ({ id }) => destinationKey(id),
      settled,
      signal,
    })
  }

  /** Reads the services without what is observed, and without keeping them. */
  visitServices(visitor: EntryVisitor<Settings<Service>>, { signal }: CallOptions = {}): Promise<void> {
    return visitList(this.#connection, SERVICE_LIST, visitor, signal)
  }

  /** Reads the real servers of services, one after the other, without what is observed. */
  visitServers(lists: ServerLists, { signal }: CallOptions = {}): Promise<void> {
    return this.#connection.dumps(settingDumps(lists), signal)
  }

  /** The same with their counters. Other calls wait until all have been read. */
  visitDestinations(lists: ServerLists<Destination>, { signal }: CallOptions = {}): Promise<void> {
    return this.#connection.dumps(observationDumps(lists), signal)
  }

  /** Reads all virtual services into a sink, in the kernel's order. */
  async readServices(sink: ListSink<Service>, { stats = true, signal }: ReadOptions = {}): Promise<void> {
    const dump = { attribute: CMD_ATTR.SERVICE, inherited: 'inet' as Family, observe: stats }
    const reader = sinkReader(sink, dump, (data, start, end, add) =>
      add(readService(data, start, end, stats)),
    )
    await this.#connection.dump({ command: CMD.GET_SERVICE, name: 'GET_SERVICE' }, reader, signal)
  }

  /** Reads the real servers of services, one after the other, in the kernel's order. */
  async readDestinations(sink: DestinationSink, { stats = true, signal }: ReadOptions = {}): Promise<void> {
    const dump = { attribute: CMD_ATTR.DEST, inherited: 'inet' as Family, observe: stats }
    const reader = sinkReader(sink, dump, (data, start, end, add) =>
      within(data, start, end, CMD_ATTR.DEST, 'GET_DEST', (from, to) => {
        add(decode(DESTINATION, data, from, to, dump.inherited, stats))
      }),
    )
    const next = () => {
      const service = sink.next()
      if (service === undefined) return undefined
      dump.inherited = service.family
      return service.identity
    }
    const done = () => sink.done()
    const ahead = (start: SeriesStart) => sink.ahead(start, dump)
    const series = { command: CMD.GET_DEST, name: 'GET_DEST', reader, next, done, ahead }
    await this.#connection.dumps(series, signal)
  }

  /** The whole table: every service with its real servers, in the kernel's order. */
  async table(options: ReadOptions = {}): Promise<VirtualService[]> {
    const table: VirtualService[] = []
    for (const service of await this.services(options)) {
      table.push({ service, destinations: await this.destinations(service.id, options) })
    }
    return table
  }

  /** The running sync daemons: none, a master, a backup or both. */
  async daemons({ signal }: CallOptions = {}): Promise<SyncDaemon[]> {
    return await readList<SyncDaemon>(this.#connection, {
      request: { command: CMD.GET_DAEMON, name: 'GET_DAEMON' },
      read: (data, start, end, add) =>
        within(data, start, end, CMD_ATTR.DAEMON, 'GET_DAEMON', (from, to) => {
          add(decode(DAEMON, data, from, to).all)
        }),
      key: ({ state }) => state,
      settled: false,
      signal,
    })
  }

  /** The module's version, and the size of the connection table, which newer kernels change with its load. */
  currentInfo({ signal }: CallOptions = {}): Promise<Info> {
    return readInfo(this.#connection, signal)
  }

  /** The timeouts of connections, in seconds. */
  async timeouts({ signal }: CallOptions = {}): Promise<Timeouts> {
    return await ask(
      this.#connection,
      { command: CMD.GET_CONFIG, name: 'GET_CONFIG' },
      (data, start, end) => decode(TIMEOUTS, data, start, end).all,
      signal,
    )
  }

  /** Makes one change. Rejects with a KernelError when the kernel refuses it. */
  async apply(change: Change, options?: CallOptions): Promise<void> {
    const [failure] = await this.applyAll([change], options)
    if (failure !== undefined) throw failure
  }

  /**
   * Makes many changes in order, several in a datagram. The result has the error of each refused change, at its
   * index; the others have been made.
   */
  async applyAll(
    changes: readonly Change[],
    { signal }: CallOptions = {},
  ): Promise<readonly (KernelError | undefined)[]> {
    const written = { configs: new Map() }
    const failures = await this.#connection.batch(
      changes.map((change) => requestOf(change, written)),
      undefined,
      signal,
    )
    failures.forEach((failure, i) => {
      failures[i] = new KernelError(failure.errno, failure.request, changes[i], failure.explanation)
    })
    return failures
  }

  /** An encoder for changes to apply later, by `applySource`: their bytes take a fraction of their memory. */
  newEncoder(): ChangeEncoder {
    return new ChangeEncoder(this.#connection.sender)
  }

  /** Makes the changes of a source in order. The error of each refused one goes to `onFailure`; the others have been made. */
  async applySource(
    source: RequestSource,
    onFailure: OnFailure,
    { signal }: CallOptions = {},
  ): Promise<void> {
    await this.#connection.send(source, onFailure, signal)
  }

  /** Closes the socket. Pending calls and all later ones reject with a TransportError (`CLOSED`). May be repeated. */
  close(): void {
    this.#connection.close()
  }
}

/** A connection with the family of ip_vs. */
export interface Opened {
  readonly connection: GenericConnection
  readonly info: Info
}

async function started(connection: GenericConnection): Promise<Opened> {
  try {
    return { connection, info: await readInfo(connection) }
  } catch (error) {
    throw failure(connection, error)
  }
}

function readInfo(connection: GenericConnection, signal?: AbortSignal): Promise<Info> {
  return ask(
    connection,
    { command: CMD.GET_INFO, name: 'GET_INFO' },
    (data, start, end) => decode(INFO, data, start, end).all,
    signal,
  )
}

// Typed calls to the kernel's ip_vs: the library's public API. Formats no text.

import type { Change } from '../model/change.ts'
import type { Destination } from '../model/destination.ts'
import type { Info, SyncDaemon, Timeouts } from '../model/director.ts'
import { DecodeError, EPERM, KernelError, UnavailableError } from '../model/errors.ts'
import type { Service, ServiceId } from '../model/service.ts'
import type { VirtualService } from '../model/virtual-service.ts'
import { type Received, walk } from '../netlink/attributes.ts'
import { GenericConnection, type OnReply, type Request } from '../netlink/generic-connection.ts'
import type { Transport } from '../netlink/transport.ts'
import { decode } from './codec.ts'
import { ChangeBatch, requestOf, writeServiceId } from './requests.ts'
import { DAEMON, DESTINATION, INFO, SERVICE, TIMEOUTS } from './schema.ts'
import { CMD, CMD_ATTR, IPVS_GENL_NAME, IPVS_GENL_VERSION } from './uapi.ts'

export interface OpenOptions {
  /** The socket to talk through; it is closed with the client. */
  readonly transport: Transport
  /** Called once when the kernel has no ip_vs: it shall load the module. */
  readonly loadModule?: () => Promise<void> | void
  /** Whether the caller may administer the network; decides the reason that is given when there is no ip_vs. */
  readonly privileged?: boolean
  /** How long the kernel may be silent when it owes an answer, in milliseconds. Default: 30,000. */
  readonly answerTimeout?: number
}

export interface ReadOptions {
  /** Whether counters and rates are read too; without them they are zero. Default: true. */
  readonly stats?: boolean
}

/**
 * A conversation with ip_vs in the network namespace of the process. Its methods reject with a KernelError
 * (`errno`, `code`), a DecodeError or a TransportError; calls made at the same time are run in their order.
 * After a DecodeError or a TransportError nothing is certain about what comes next: close the client.
 */
export class IpvsClient {
  readonly #conversation: GenericConnection
  /** The module's version and table size, as they were when the client was opened. */
  readonly info: Info

  private constructor(conversation: GenericConnection, info: Info) {
    this.#conversation = conversation
    this.info = info
  }

  /** Rejects with an UnavailableError when the kernel has no ip_vs, or the caller may not use it. */
  static async open(options: OpenOptions): Promise<IpvsClient> {
    const { transport, loadModule, privileged = true, answerTimeout } = options
    const conversation = new GenericConnection(transport, answerTimeout)
    try {
      let found = await conversation.join(IPVS_GENL_NAME, IPVS_GENL_VERSION)
      if (!found && loadModule !== undefined) {
        await loadModule()
        found = await conversation.join(IPVS_GENL_NAME, IPVS_GENL_VERSION)
      }
      if (!found) throw new UnavailableError(privileged ? NO_MODULE : NO_PERMISSION)
      return new IpvsClient(conversation, await readInfo(conversation))
    } catch (error) {
      conversation.close()
      if (error instanceof KernelError && error.errno === EPERM) throw new UnavailableError(NO_PERMISSION)
      throw error
    }
  }

  /** All virtual services, in the kernel's order. */
  async services({ stats = true }: ReadOptions = {}): Promise<Service[]> {
    let services: Service[] = []
    await this.#conversation.dump(
      { command: CMD.GET_SERVICE, name: 'GET_SERVICE' },
      (data, start, end) => services.push(readService(data, start, end, stats)),
      () => {
        services = []
      },
    )
    return services
  }

  /** One virtual service; a KernelError with `ESRCH` if there is none. */
  async service(id: ServiceId, { stats = true }: ReadOptions = {}): Promise<Service> {
    let service: Service | undefined
    await this.#conversation.request(
      { command: CMD.GET_SERVICE, name: 'GET_SERVICE', write: (writer) => writeServiceId(writer, id) },
      (data, start, end) => {
        service = readService(data, start, end, stats)
      },
    )
    if (service === undefined) throw new DecodeError('GET_SERVICE', 'no service in the reply')
    return service
  }

  /** The real servers of a service, in the kernel's order; empty if there is no such service. */
  async destinations(service: ServiceId, { stats = true }: ReadOptions = {}): Promise<Destination[]> {
    let destinations: Destination[] = []
    await this.#conversation.dump(
      { command: CMD.GET_DEST, name: 'GET_DEST', write: (writer) => writeServiceId(writer, service) },
      (data, start, end) => {
        within(data, start, end, CMD_ATTR.DEST, 'GET_DEST', (from, to) => {
          destinations.push(decode(DESTINATION, data, from, to, service.family, stats))
        })
      },
      () => {
        destinations = []
      },
    )
    return destinations
  }

  /** The whole table: every service with its real servers, in the kernel's order. */
  async table(options: ReadOptions = {}): Promise<VirtualService[]> {
    const table: VirtualService[] = []
    for (const service of await this.services(options)) {
      table.push({ service, destinations: await this.destinations(service.id, options) })
    }
    return table
  }

  /** The sync daemons that run: none, a master, a backup or both. */
  async daemons(): Promise<SyncDaemon[]> {
    let daemons: SyncDaemon[] = []
    await this.#conversation.dump(
      { command: CMD.GET_DAEMON, name: 'GET_DAEMON' },
      (data, start, end) => {
        within(data, start, end, CMD_ATTR.DAEMON, 'GET_DAEMON', (from, to) => {
          daemons.push(decode(DAEMON, data, from, to).all)
        })
      },
      () => {
        daemons = []
      },
    )
    return daemons
  }

  async timeouts(): Promise<Timeouts> {
    return await ask(
      this.#conversation,
      { command: CMD.GET_CONFIG, name: 'GET_CONFIG' },
      (data, start, end) => decode(TIMEOUTS, data, start, end).all,
    )
  }

  /** Makes one change. Rejects with a KernelError when the kernel refuses it. */
  async apply(change: Change): Promise<void> {
    await this.#conversation.request(requestOf(change))
  }

  /**
   * Makes many changes in order, many in a datagram. The result has, at the index of each change that the
   * kernel refused, its error; the others have been made.
   */
  async applyAll(changes: readonly Change[]): Promise<readonly (KernelError | undefined)[]> {
    return await this.#conversation.batch(changes.map(requestOf))
  }

  /** For changes that are applied later, all together: what it holds of them is a fraction of what they take. */
  queue(): ChangeBatch {
    return new ChangeBatch(this.#conversation.queue())
  }

  /** Makes a queue's changes as `applyAll` does. */
  async applyBatch(queue: ChangeBatch): Promise<readonly (KernelError | undefined)[]> {
    return await this.#conversation.send(queue.requests)
  }

  close(): void {
    this.#conversation.close()
  }
}

const NO_MODULE = 'Protocol not available'
const NO_PERMISSION = 'Permission denied (you must be root)'

function readInfo(conversation: GenericConnection): Promise<Info> {
  return ask(
    conversation,
    { command: CMD.GET_INFO, name: 'GET_INFO' },
    (data, start, end) => decode(INFO, data, start, end).all,
  )
}

async function ask<T>(
  conversation: GenericConnection,
  request: Request,
  read: (...reply: Parameters<OnReply>) => T,
): Promise<T> {
  let answer: T | undefined
  await conversation.request(request, (data, start, end) => {
    answer = read(data, start, end)
  })
  if (answer === undefined) throw new DecodeError(request.name, 'no reply')
  return answer
}

function readService(data: Received, start: number, end: number, stats: boolean): Service {
  let service: Service | undefined
  within(data, start, end, CMD_ATTR.SERVICE, 'GET_SERVICE', (from, to) => {
    const { id, config, observed } = decode(SERVICE, data, from, to, 'inet', stats)
    const { family, protocol, address, port, fwmark } = id
    if (fwmark !== undefined) service = { id: { family, fwmark }, config, observed }
    else if (protocol !== undefined && address !== undefined && port !== undefined) {
      service = { id: { family, protocol, address, port }, config, observed }
    }
  })
  if (service === undefined) throw new DecodeError('GET_SERVICE/SERVICE', 'neither an address nor a fwmark')
  return service
}

/** Visits the attributes nested in the one attribute of a reply that counts. */
function within(
  data: Received,
  start: number,
  end: number,
  attribute: number,
  path: string,
  visit: (start: number, end: number) => void,
): void {
  walk(data, start, end, path, (type, from, to) => {
    if (type === attribute) visit(from, to)
  })
}

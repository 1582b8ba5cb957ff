// The lists of services without what is observed, for comparisons, and the real servers of many services in one call.
import type { Family } from '../model/address.ts'
import { type Destination, destinationKey } from '../model/destination.ts'
import type { Service, ServiceId } from '../model/service.ts'
import { AttributeWriter } from '../netlink/attributes.ts'
import type { DumpCallbacks, DumpSeries } from '../netlink/generic-connection.ts'
import { type Codec, decode, decodeDump } from './codec.ts'
import type { ReadableList } from './read-list.ts'
import { serviceOf, within } from './read-reply.ts'
import { writeServiceId } from './requests.ts'
import { DESTINATION, DESTINATION_SETTINGS, SERVICE_SETTINGS } from './schema.ts'
import { CMD, CMD_ATTR } from './uapi.ts'

/** An entry without what is observed. */
export type Settings<E extends { readonly id: object; readonly config: object }> = Pick<E, 'id' | 'config'>

export const SERVICE_LIST: ReadableList<Settings<Service>> = {
  request: { command: CMD.GET_SERVICE, name: 'GET_SERVICE' },
  read: (data, start, end, add) =>
    within(data, start, end, CMD_ATTR.SERVICE, 'GET_SERVICE', (from, to) => {
      add(serviceOf(decode(SERVICE_SETTINGS, data, from, to)))
    }),
  readAll: (data, sequence, port) => {
    const dump = { sequence, port, attribute: CMD_ATTR.SERVICE, inherited: 'inet', observe: false } as const
    return decodeDump(SERVICE_SETTINGS, data, dump)?.map(serviceOf)
  },
}

/** Receives the real servers of services, one list after the other. */
export interface ServerLists<D = Settings<Destination>> {
  /** The service whose real servers are read next; undefined after the last one. */
  next(): ServiceId | undefined
  /** Takes them, in the kernel's order. */
  take(servers: readonly D[]): void
  /** Compares them without objects, where that is possible. */
  readonly comparison?: ListComparison<D> | undefined
}

/** The comparison of lists of real servers with those that are expected. */
export interface ListComparison<D = Settings<Destination>> {
  /** Begins with the list of `next`, from its start. */
  begin(): void
  /** Whether all servers of a datagram are as expected and come once; otherwise none of them is taken. */
  takeDatagram(datagram: Uint8Array, sequence: number, port: number): boolean
  /** The servers that have been taken, if the list has others, too. */
  taken(): D[]
  /** Ends a list of which all have been taken, instead of `take`. */
  end(): void
}

/** The dumps of real servers without what is observed. */
export const settingDumps = (lists: ServerLists): DumpSeries =>
  serverDumps(DESTINATION_SETTINGS, false, lists)

/** The dumps of real servers with their counters. */
export const observationDumps = (lists: ServerLists<Destination>): DumpSeries =>
  serverDumps(DESTINATION, true, lists)

function serverDumps<D extends Pick<Destination, 'id'>>(
  codec: Codec<{ readonly [G in keyof D]: object }>,
  observe: boolean,
  lists: ServerLists<D>,
): DumpSeries {
  const writer = new AttributeWriter(256)
  const dump = { sequence: 0, port: 0, attribute: CMD_ATTR.DEST, inherited: 'inet' as Family, observe }
  const { comparison } = lists
  let isComparing = false
  let servers: D[] = []
  const restart = () => {
    servers = []
    isComparing = comparison !== undefined
    comparison?.begin()
  }
  /** From here on the servers of the list are objects. */
  const endComparison = () => {
    if (isComparing) servers = comparison!.taken()
    isComparing = false
  }
  const reader: DumpCallbacks = {
    onReply: (data, start, end) => {
      endComparison()
      within(data, start, end, CMD_ATTR.DEST, 'GET_DEST', (from, to) => {
        servers.push(decode(codec, data, from, to, dump.inherited, observe) as D)
      })
    },
    onDatagram: (datagram, sequence, port) => {
      if (isComparing && comparison!.takeDatagram(datagram, sequence, port)) return true
      endComparison()
      dump.sequence = sequence
      dump.port = port
      const all = decodeDump(codec, datagram, dump) as readonly D[] | undefined
      if (all === undefined) return false
      for (let i = 0; i < all.length; i++) servers.push(all[i]!)
      return true
    },
    restart,
    isConsistent: () =>
      isComparing || new Set(servers.map(({ id }) => destinationKey(id))).size === servers.length,
  }
  return {
    command: CMD.GET_DEST,
    name: 'GET_DEST',
    reader,
    next: () => {
      const service = lists.next()
      if (service === undefined) return undefined
      restart()
      dump.inherited = service.family
      writer.truncate(0)
      writeServiceId(writer, service)
      return writer.written
    },
    done: () => (isComparing ? comparison!.end() : lists.take(servers)),
  }
}

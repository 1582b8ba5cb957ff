// The lists of services and servers without what is observed, for comparisons.
import type { Destination } from '../model/destination.ts'
import type { Service, ServiceId } from '../model/service.ts'
import { decode, decodeDump } from './codec.ts'
import type { ReadableList } from './read-list.ts'
import { serviceOf, within } from './read-reply.ts'
import { writeServiceId } from './requests.ts'
import { DESTINATION_SETTINGS, SERVICE_SETTINGS } from './schema.ts'
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

export const serverList = (service: ServiceId): ReadableList<Settings<Destination>> => ({
  request: { command: CMD.GET_DEST, name: 'GET_DEST', write: (writer) => writeServiceId(writer, service) },
  read: (data, start, end, add) =>
    within(data, start, end, CMD_ATTR.DEST, 'GET_DEST', (from, to) => {
      add(decode(DESTINATION_SETTINGS, data, from, to, service.family))
    }),
  readAll: (data, sequence, port) => {
    const { family: inherited } = service
    const dump = { sequence, port, attribute: CMD_ATTR.DEST, inherited, observe: false } as const
    return decodeDump(DESTINATION_SETTINGS, data, dump)
  },
})

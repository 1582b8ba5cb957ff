// The request that adds an entry of a rule file, made from an object.
import type { ChangeEncoder } from '../ipvs/requests.ts'
import type { Change } from '../model/change.ts'
import type { ServiceId } from '../model/service.ts'
import { NONE } from './entry-rows.ts'
import { putMessage, type SendingRoom } from './sending-room.ts'
import type { WantedTable } from './wanted-table.ts'

/** The numbers of a place among the requests of one service; native/entry-requests.c has the same. */
export const PLACE = {
  service: 0,
  /** The server whose request is next; ITSELF: that of the service; NONE: there are no more. */
  server: 1,
} as const
export const ITSELF = -2

export type RequestPutter = (table: WantedTable, place: Int32Array, room: SendingRoom) => void

/** Puts the next request into the room, and moves the place. */
export function requestPutter(encoder: ChangeEncoder): RequestPutter {
  // The encoder knows a service that is the same object again.
  let id: ServiceId | undefined
  let known: number = NONE
  let of: WantedTable | undefined
  return (table, place, room) => {
    const service = place[PLACE.service]!
    const server = place[PLACE.server]!
    if (id === undefined || known !== service || of !== table) id = table.serviceId(service)
    known = service
    of = table
    putMessage(room, encoder.message(additionOf(table, service, id, server)))
    place[PLACE.server] = server === ITSELF ? table.firstServer(service) : table.nextServer(server)
  }
}

function additionOf(table: WantedTable, number: number, service: ServiceId, server: number): Change {
  return server === ITSELF
    ? { kind: 'add-service', service, config: table.services.config(number) }
    : { kind: 'add-server', service, server: table.serverId(server), config: table.servers.config(server) }
}

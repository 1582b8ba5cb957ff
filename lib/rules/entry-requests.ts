// The requests that add a service of a rule file and its servers, from their rows. In the standalone executable a function of
// the C host replaces this (native/entry-requests.c); a test compares what both write.
import type { ChangeEncoder } from '../ipvs/requests.ts'
import { NONE } from './entry-rows.ts'
import { PLACE, type RequestPutter, requestPutter } from './request-putter.ts'
import { isRoom } from './sending-room.ts'

/** Puts requests into the room until it is full, or the service has no more. */
export function entryWriter(encoder: ChangeEncoder): RequestPutter {
  const put = requestPutter(encoder)
  return (table, place, room) => {
    while (place[PLACE.server] !== NONE && isRoom(room)) put(table, place, room)
  }
}

// The build puts this in the place of lib/rules/entry-requests.ts.
import { writeEntries } from 'host'
import type { ChangeEncoder } from '../../../ipvs/requests.ts'
import { CMD_ATTR, DEST_ATTR, SVC_ATTR } from '../../../ipvs/uapi.ts'
import type { Address } from '../../../model/address.ts'
import type { Change } from '../../../model/change.ts'
import type { DestinationConfiguration } from '../../../model/destination.ts'
import type { ServiceConfiguration } from '../../../model/service.ts'
import { NONE, ROW } from '../../../rules/entry-rows.ts'
import { ITSELF, PLACE, type RequestPutter, requestPutter } from '../../../rules/request-putter.ts'
import { isRoom, LONGEST_MESSAGE } from '../../../rules/sending-room.ts'
import type { WantedTable } from '../../../rules/wanted-table.ts'
import { payloadOf } from './message-offsets.ts'

/** The results of native/entry-requests.c. */
const END = 0
const UNKNOWN = 1

/** The bytes of requests that are kept. Most files have few configurations. */
const KEPT = 64 * 1024

const ANY = '0.0.0.0' as Address
const SERVICE = { family: 'inet', protocol: 'tcp', address: ANY, port: 0 } as const
const SERVER = { family: 'inet', address: ANY, port: 0 } as const

export function entryWriter(encoder: ChangeEncoder): RequestPutter {
  const put = requestPutter(encoder)
  let requests: KnownRequests | undefined
  return (table, place, room) => {
    if (requests?.table !== table) requests = new KnownRequests(table, encoder)
    while (place[PLACE.server] !== NONE && isRoom(room)) {
      const { offsets, bytes, services, servers } = requests
      const result = writeEntries(
        offsets,
        bytes,
        services,
        servers,
        table.services.rows,
        table.servers.rows,
        place,
        room.block,
        room.places,
        room.progress,
      )
      if (result === UNKNOWN) requests.learn(place)
      else if (result !== END) put(table, place, room)
    }
  }
}

const addService = (config: ServiceConfiguration): Change => ({
  kind: 'add-service',
  service: SERVICE,
  config,
})
const addServer = (config: DestinationConfiguration): Change => ({
  kind: 'add-server',
  service: SERVICE,
  server: SERVER,
  config,
})

/** Encoded requests by their configurations, and the offsets at which they have their keys. */
class KnownRequests {
  readonly table: WantedTable
  /** Of the first requests, and the same in all. */
  readonly offsets = new Uint32Array(8)
  bytes = new Uint8Array(2 * LONGEST_MESSAGE)
  /** The place of a request, from 1, by the number of its configuration; 0: not known. */
  services: Uint32Array = new Uint32Array(16)
  servers: Uint32Array = new Uint32Array(16)
  readonly #encoder: ChangeEncoder
  #used = 0

  constructor(table: WantedTable, encoder: ChangeEncoder) {
    this.table = table
    this.#encoder = encoder
  }

  /** Encodes the request for the configuration of the entry at the place. */
  learn(place: Int32Array): void {
    const { services, servers } = this.table
    const server = place[PLACE.server]!
    if (server === ITSELF) {
      const entry = place[PLACE.service]!
      const message = this.#encoder.message(addService(services.config(entry)))
      const of = (name: keyof typeof SVC_ATTR) => payloadOf(message, CMD_ATTR.SERVICE, SVC_ATTR[name])
      this.offsets.set([of('PROTOCOL'), of('ADDR'), of('PORT')], 0)
      this.services = this.#keep(this.services, services.at(entry, ROW.config), message)
    } else {
      const message = this.#encoder.message(addServer(servers.config(server)))
      const of = (name: keyof typeof SVC_ATTR) => payloadOf(message, CMD_ATTR.SERVICE, SVC_ATTR[name])
      const own = (name: keyof typeof DEST_ATTR) => payloadOf(message, CMD_ATTR.DEST, DEST_ATTR[name])
      this.offsets.set([of('PROTOCOL'), of('ADDR'), of('PORT'), own('ADDR'), own('PORT')], 3)
      this.servers = this.#keep(this.servers, servers.at(server, ROW.config), message)
    }
  }

  /** Keeps a request by its configuration; the places, which may have grown. */
  #keep(places: Uint32Array, config: number, message: Uint8Array): Uint32Array {
    const at = this.#room(message.length)
    this.bytes.set(message, at)
    this.#used = at + message.length
    const most = config < places.length ? places : new Uint32Array(2 * config)
    if (most !== places) most.set(places)
    most[config] = at + 1
    return most
  }

  /** The offset for so many bytes. */
  #room(length: number): number {
    if (this.#used + length > KEPT) {
      this.services.fill(0)
      this.servers.fill(0)
      this.#used = 0
    }
    if (this.#used + length > this.bytes.length) {
      const bytes = new Uint8Array(2 * this.bytes.length)
      bytes.set(this.bytes)
      this.bytes = bytes
    }
    return this.#used
  }
}

// Generated answers of the kernel to the requests of a listing, for the file in place of a socket (native/fuzz/fake-socket.c).
// A message is a copy of one, in which values are replaced: an array for each of its parts would take most of the time.
import { CMD_ATTR, DEST_ATTR, SVC_ATTR } from '../../../lib/ipvs/uapi.ts'
import { sequenceAfter } from '../../../lib/netlink/sequence.ts'
import { payloadOf } from '../../../lib/system/quickjs/packages/message-offsets.ts'

export type Random = (below: number) => number
type Bytes = readonly number[]

export const PORT = 4242
/** Of fake-socket.c. */
const ERROR = 128
const END = 255
const [EINTR, ENOBUFS, ESRCH] = [4, 105, 3]
const MSG_TRUNC = 0x20
const [DONE, NLMSG_ERROR, FAMILY] = [3, 2, 30]
const [MULTI, INTERRUPTED] = [2, 0x10]
/** The offsets of a message's flags and sequence number. */
const [FLAGS, SEQUENCE] = [6, 8]
/** Room for all answers. */
const SIZE = 2 * 1024 * 1024

const u16 = (value: number): Bytes => [value & 255, (value >> 8) & 255]
const u32 = (value: number): Bytes => [...u16(value), ...u16(value >>> 16)]

function attribute(type: number, payload: Bytes): Bytes {
  const length = payload.length + 4
  return [...u16(length), ...u16(type), ...payload, ...new Array((4 - (length % 4)) % 4).fill(0)]
}

const message = (type: number, flags: number, payload: Bytes): Uint8Array =>
  Uint8Array.from([
    ...u32(16 + payload.length),
    ...u16(type),
    ...u16(flags),
    ...u32(0),
    ...u32(PORT),
    ...payload,
  ])

const reply = (type: number, record: Bytes): Uint8Array =>
  message(FAMILY, MULTI, [4, 1, 0, 0, ...attribute(type, record)])

const ADDRESS = [192, 0, 0, 0, ...new Array(12).fill(0)]
const SETTINGS = [
  ...attribute(SVC_ATTR.SCHED_NAME, [119, 108, 99, 0]),
  ...attribute(SVC_ATTR.FLAGS, [...u32(2), 255, 255, 255, 255]),
  ...attribute(SVC_ATTR.TIMEOUT, u32(300)),
  ...attribute(SVC_ATTR.NETMASK, [255, 255, 255, 255]),
]
const BY_ADDRESS = reply(CMD_ATTR.SERVICE, [
  ...attribute(SVC_ATTR.AF, u16(2)),
  ...attribute(SVC_ATTR.PROTOCOL, u16(6)),
  ...attribute(SVC_ATTR.ADDR, ADDRESS),
  ...attribute(SVC_ATTR.PORT, [0, 80]),
  ...SETTINGS,
])
const BY_MARK = reply(CMD_ATTR.SERVICE, [
  ...attribute(SVC_ATTR.AF, u16(2)),
  ...attribute(SVC_ATTR.FWMARK, u32(0)),
  ...SETTINGS,
])
const { U_THRESH, L_THRESH, ACTIVE_CONNS, INACT_CONNS, PERSIST_CONNS } = DEST_ATTR
const SERVER = reply(CMD_ATTR.DEST, [
  ...attribute(DEST_ATTR.ADDR, ADDRESS),
  ...attribute(DEST_ATTR.PORT, [0, 80]),
  ...[DEST_ATTR.FWD_METHOD, DEST_ATTR.WEIGHT].flatMap((type) => attribute(type, u32(0))),
  ...[U_THRESH, L_THRESH, ACTIVE_CONNS, INACT_CONNS, PERSIST_CONNS].flatMap((type) =>
    attribute(type, u32(0)),
  ),
  ...attribute(DEST_ATTR.ADDR_FAMILY, u16(2)),
])
const LAST = message(DONE, MULTI, u32(0))
const REFUSAL = message(NLMSG_ERROR, 0, [...u32(-ESRCH), ...u32(0)])

const inService = (type: number) => payloadOf(BY_ADDRESS, CMD_ATTR.SERVICE, type)
const inServer = (type: number) => payloadOf(SERVER, CMD_ATTR.DEST, type)
const AT = {
  protocol: inService(SVC_ATTR.PROTOCOL),
  address: inService(SVC_ATTR.ADDR) + 2,
  flags: inService(SVC_ATTR.FLAGS),
  markFlags: payloadOf(BY_MARK, CMD_ATTR.SERVICE, SVC_ATTR.FLAGS),
  mark: payloadOf(BY_MARK, CMD_ATTR.SERVICE, SVC_ATTR.FWMARK),
  serverAddress: inServer(DEST_ATTR.ADDR) + 2,
  serverPort: inServer(DEST_ATTR.PORT),
  forwarding: inServer(DEST_ATTR.FWD_METHOD),
  weight: inServer(DEST_ATTR.WEIGHT),
  family: inServer(DEST_ATTR.ADDR_FAMILY),
  errno: 16,
}

/** The usual numbers of services, and of the real servers of each, less one. */
export interface Sizes {
  readonly services: number
  readonly servers: number
}

/** Writes answers one after the other. */
class Answers {
  readonly #random: Random
  readonly #sizes: Sizes
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array, random: Random, sizes: Sizes) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer)
    this.#random = random
    this.#sizes = sizes
  }

  /** All answers to a listing whose first request has this number: the services, and their real servers. */
  write(first: number): Uint8Array {
    const random = this.#random
    const { services } = this.#sizes
    // Sometimes more than a series reads without a turn of the event loop.
    const count = random(64) === 1 ? 40 : random(24) === 1 ? 0 : 1 + random(services)
    const isUsual = random(3) === 0
    this.#answer(2)
    this.#datagram(() => {
      for (let i = 0; i < count; i++) this.#service(i, first)
    })
    this.#last(first)
    return this.writeServers(sequenceAfter(first, 1), count + 5, isUsual)
  }

  /** Answers to so many requests for real servers, after those that have been written; all that have been written. */
  writeServers(first: number, count: number, isUsual: boolean): Uint8Array {
    for (let i = 0; i < count; i++) this.#servers(sequenceAfter(first, i), isUsual)
    this.#bytes[this.#at++] = END
    return this.#bytes.subarray(0, this.#at)
  }

  #answer(datagrams: number): void {
    this.#bytes[this.#at++] = datagrams
  }

  #datagram(content: () => void, flags = 0, port = 0): void {
    const start = this.#at
    this.#view.setUint32(start + 4, flags, true)
    this.#view.setUint32(start + 8, port, true)
    this.#at += 12
    content()
    this.#view.setUint32(start, this.#at - start - 12, true)
  }

  /** Copies a message; its place. */
  #message(message: Uint8Array, sequence: number): number {
    const at = this.#at
    this.#bytes.set(message, at)
    this.#view.setUint32(at + SEQUENCE, sequence, true)
    this.#at += message.length
    return at
  }

  #service(number: number, sequence: number): void {
    const random = this.#random
    const bytes = this.#bytes
    // It has to be read by the program, as all that are in its datagram.
    const isByMark = random(32) === 1
    const at = this.#message(isByMark ? BY_MARK : BY_ADDRESS, sequence)
    if (isByMark) {
      bytes[at + AT.mark] = number
    } else {
      bytes[at + AT.protocol] = [6, 17, 132][random(3)]!
      bytes[at + AT.address + 1] = number
    }
    if (random(4) === 0) bytes[at + (isByMark ? AT.markFlags : AT.flags)] = 3
  }

  #records(sequence: number, count: number, flags = MULTI): void {
    const random = this.#random
    const bytes = this.#bytes
    const first = random(1000)
    for (let number = first; number < first + count; number++) {
      const at = this.#message(SERVER, sequence)
      bytes[at + FLAGS] = flags
      bytes[at + AT.serverAddress] = number >> 8
      bytes[at + AT.serverAddress + 1] = number
      const choice = random(240)
      if (choice === 1) this.#view.setUint16(at + AT.serverPort, 8080)
      if (choice === 2) bytes[at + AT.family] = 10
      bytes[at + AT.forwarding] = choice === 3 ? 2 : choice & 1
      bytes[at + AT.weight] = choice % 3
    }
  }

  #end(sequence: number, errno = 0, flags = MULTI): void {
    const at = this.#message(LAST, sequence)
    this.#bytes[at + FLAGS] = flags
    this.#view.setInt32(at + AT.errno, -errno, true)
  }

  #last(sequence: number): void {
    this.#datagram(() => this.#end(sequence))
  }

  /** Replaces a byte of what follows. */
  #damaged(content: () => void): void {
    const start = this.#at
    content()
    this.#bytes[start + this.#random(this.#at - start)] = this.#random(256)
  }

  /** The answers to one request for real servers. */
  #servers(sequence: number, isUsual: boolean): void {
    const random = this.#random
    if (!isUsual && random(4) === 0) {
      this.#unusual(sequence)
      return
    }
    const count = random(32) === 1 ? 13 : random(this.#sizes.servers + 1)
    this.#answer(count === 0 ? 1 : 2)
    if (count > 0) this.#datagram(() => this.#records(sequence, count))
    this.#last(sequence)
  }

  #unusual(sequence: number): void {
    const random = this.#random
    const count = 1 + random(this.#sizes.servers)
    const records = () => this.#records(sequence, count)
    const last = () => this.#last(sequence)
    /** Answers of these datagrams. */
    const answers = (...all: readonly (readonly (() => void)[])[]) => {
      for (const datagrams of all) {
        this.#answer(datagrams.length)
        for (const each of datagrams) each()
      }
    }
    const data =
      (content: () => void, flags = 0, port = 0) =>
      () =>
        this.#datagram(content, flags, port)
    switch (random(19)) {
      case 0:
        answers([data(records)], [last])
        break
      case 1:
        answers([data(records), data(records)], [last])
        break
      case 2:
        answers([
          data(() => {
            records()
            this.#end(sequence)
          }),
        ])
        break
      case 3:
        answers([data(() => this.#message(REFUSAL, sequence))])
        break
      case 4:
        answers([data(records), data(() => this.#end(sequence, ESRCH))])
        break
      case 5:
        answers([data(() => this.#records(sequence, 1, MULTI | INTERRUPTED)), last])
        break
      case 6:
        answers([data(records), data(() => this.#end(sequence, 0, MULTI | INTERRUPTED))])
        break
      case 7:
        answers([data(records, 0, 7), last])
        break
      case 8:
        answers([data(records, MSG_TRUNC), last])
        break
      case 9:
        answers([data(() => this.#damaged(records)), last])
        break
      case 10:
        answers([data(records), data(() => this.#damaged(() => this.#end(sequence)))])
        break
      case 11:
        this.#answer(ERROR + EINTR)
        answers([data(records), last])
        break
      case 12:
        this.#answer(ERROR + ENOBUFS)
        answers([data(records), last])
        break
      case 13:
        answers([data(() => {}), last])
        break
      case 14:
        answers([last, data(records, 0, random(2))])
        break
      case 15:
        answers([data(records), data(() => this.#end(sequence - 1))])
        break
      case 16:
        answers([data(records, 0, 7), data(records, 0, 7)])
        break
      case 17:
        answers([last, last])
        break
      default:
        answers([data(() => this.#records(sequence, 100)), last])
    }
  }
}

/** Room that serves one listing after the other. */
const room = new Uint8Array(SIZE)

/** The answers to a listing whose first request has this number; valid until the next call. */
export const answers = (first: number, random: Random, sizes: Sizes): Uint8Array =>
  new Answers(room, random, sizes).write(first)

/** The answers to so many requests for real servers, of which the first has this number; valid until the next call. */
export const serverAnswers = (first: number, count: number, random: Random, sizes: Sizes): Uint8Array =>
  new Answers(room, random, sizes).writeServers(first, count, random(3) === 0)

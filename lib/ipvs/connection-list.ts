// Connection entries, and the reading of the kernel's list of them, /proc/net/ip_vs_conn (ip_vs_conn.c):
//
//     Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData
//     TCP 0A090003 2711 0A090001 0050 0A090002 1F90 ESTABLISHED     896
//
// Blanks separate the fields; the last two exist only with a persistence engine. An address is eight
// hexadecimal digits, or eight groups of four with colons. The caller reads the file.

import { type Address, addressFromBytes } from '../model/address.ts'
import { concatBytes, decodeText, encodeText } from '../model/bytes.ts'
import { DecodeError } from '../model/errors.ts'

export interface ConnectionEndpoint {
  readonly address: Address
  /** 0 to 65535; 0 is any port (templates only) */
  readonly port: number
}

export interface Connection {
  /** In lower case: `tcp`, `udp`, `sctp`; `ip` for the templates of a fwmark service */
  readonly protocol: string
  /** The port is 0 exactly for a template, the record of a persistent client */
  readonly client: ConnectionEndpoint
  readonly virtual: ConnectionEndpoint | { readonly fwmark: number }
  readonly destination: ConnectionEndpoint
  /** The kernel's name: `ESTABLISHED`, `FIN_WAIT`, `ASSURED`, … */
  readonly state: string
  /** Seconds until the entry expires */
  readonly expires: number
  /** The persistence engine and its data, by which it recognises the client, such as the id of a SIP call */
  readonly engine?: { readonly name: string; readonly data: string }
}

/** The path of the list, for reading and for messages. */
export const CONNECTION_LIST = '/proc/net/ip_vs_conn'

export function isTemplate(connection: Connection): boolean {
  return connection.client.port === 0
}

/** The fields of a line, in their order. */
export const FIELD = {
  protocol: 0,
  client: 1,
  clientPort: 2,
  virtual: 3,
  virtualPort: 4,
  destination: 5,
  destinationPort: 6,
  state: 7,
  expires: 8,
  engine: 9,
  data: 10,
} as const
const REQUIRED = FIELD.expires + 1
const MOST = FIELD.data + 1

/** The usual lengths of addresses and ports. */
const LIKELY = [0, 8, 4, 8, 4, 8, 4, 0, 0, 0, 0]

const BLANK = 32
const COLON = 58
const NEWLINE = 10

/** The maximum length of a line (the kernel's longest have some 450 bytes). */
const LONGEST_LINE = 65536

/**
 * The lines of the kernel's list without its heading, from chunks that may be cut anywhere. Yields the SAME object
 * for every line, so that a list of millions makes no garbage: copy values before the next line.
 * @throws DecodeError at a malformed line, and if the heading is missing
 */
export function* connectionLines(
  chunks: Iterable<Uint8Array | string>,
): Generator<ConnectionLine, void, undefined> {
  const line = new ConnectionLine()
  for (const block of lineBlocks(chunks)) yield* linesOf(block, line)
}

/** The lines of a block of whole lines, each in the object `line`. */
export function* linesOf(
  block: Uint8Array,
  line = new ConnectionLine(),
): Generator<ConnectionLine, void, undefined> {
  for (let start = 0; start < block.length; ) {
    const found = block.indexOf(NEWLINE, start)
    const end = found < 0 ? block.length : found
    yield line.cut(block, start, end)
    start = end + 1
  }
}

/** The list without its heading in blocks of whole lines, from chunks that may be cut anywhere. */
export function* lineBlocks(chunks: Iterable<Uint8Array | string>): Generator<Uint8Array, void, undefined> {
  let rest: Uint8Array = new Uint8Array(0)
  let headed = false
  for (const chunk of chunks) {
    const bytes = typeof chunk === 'string' ? encodeText(chunk) : chunk
    const buffer = rest.length === 0 ? bytes : concatBytes([rest, bytes])
    const start = headed ? 0 : buffer.indexOf(NEWLINE) + 1
    const end = buffer.lastIndexOf(NEWLINE) + 1
    if (end > start) yield buffer.subarray(start, end)
    headed ||= end > 0
    if (buffer.length - end > LONGEST_LINE) throw malformed('an unterminated line')
    // A copy, because the caller may reuse the chunk's memory.
    rest = Uint8Array.from(buffer.subarray(end))
  }
  if (headed && rest.length > 0) yield rest
  if (!headed && rest.length === 0) throw malformed('it is empty')
}

/** One line of the kernel's list, as data. */
export function parseConnection(line: string | ConnectionLine): Connection {
  if (typeof line === 'string') {
    const bytes = encodeText(line)
    return parseConnection(new ConnectionLine().cut(bytes, 0, bytes.length))
  }
  const protocol = line.string(FIELD.protocol).toLowerCase()
  const connection: Connection = {
    protocol,
    client: endpoint(line, FIELD.client),
    // Only templates of fwmark services have no transport protocol.
    virtual: protocol === 'ip' ? { fwmark: line.fwmark(FIELD.virtual) } : endpoint(line, FIELD.virtual),
    destination: endpoint(line, FIELD.destination),
    state: line.string(FIELD.state),
    expires: line.decimal(FIELD.expires),
  }
  if (!line.has(FIELD.data)) return connection
  return { ...connection, engine: { name: line.string(FIELD.engine), data: line.string(FIELD.data) } }
}

/** The address in `field` with the port in the next one. */
function endpoint(line: ConnectionLine, field: number): ConnectionEndpoint {
  return { address: line.address(field), port: line.port(field + 1) }
}

/** A line divided into fields, each decoded on demand. */
export class ConnectionLine {
  /** Memory that contains the line; `start` and `end` are the bounds of its fields. @internal */
  bytes: Uint8Array = new Uint8Array(0)
  #count = 0
  readonly #bounds = new Int32Array(2 * MOST)
  readonly #address = new Uint8Array(16)

  /** @throws DecodeError if there are too few fields @internal */
  cut(bytes: Uint8Array, from: number, to: number): this {
    const bounds = this.#bounds
    let count = 0
    let at = from
    while (count < MOST) {
      while (at < to && isBlank(bytes[at]!)) at++
      if (at === to) break
      bounds[2 * count] = at
      // Tries the usual end of an address or a port before a search; hex() detects a wrong guess.
      const likely = at + (bytes[at + 4] === COLON && LIKELY[count] === 8 ? 39 : LIKELY[count]!)
      if (likely < to && bytes[likely] === BLANK) at = likely
      while (at < to && !isBlank(bytes[at]!)) at++
      bounds[2 * count + 1] = at
      count++
    }
    if (count < REQUIRED) throw malformed(quote(decodeText(bytes.subarray(from, to))))
    this.bytes = bytes
    this.#count = count
    return this
  }

  has(field: number): boolean {
    return field < this.#count
  }

  start(field: number): number {
    return this.#bounds[2 * field]!
  }

  end(field: number): number {
    return this.#bounds[2 * field + 1]!
  }

  string(field: number): string {
    return decodeText(this.bytes.subarray(this.start(field), this.end(field)))
  }

  port(field: number): number {
    const value = this.hex(field)
    if (value > 65535) throw malformed(quote(this.string(field)))
    return value
  }

  /** A number, such as the 32 bits of an IPv4 address. */
  hex(field: number): number {
    const end = this.end(field)
    let value = 0
    let valid = end - this.start(field) <= 8
    for (let at = this.start(field); at < end; at++) {
      const digit = HEX[this.bytes[at]!]!
      if (digit < 0) valid = false
      value = value * 16 + digit
    }
    if (!valid) throw malformed(quote(this.string(field)))
    return value
  }

  decimal(field: number): number {
    const end = this.end(field)
    let value = 0
    let valid = end - this.start(field) <= 10
    for (let at = this.start(field); at < end; at++) {
      const digit = this.bytes[at]! - 48
      if (digit < 0 || digit > 9) valid = false
      value = value * 10 + digit
    }
    if (!valid) throw malformed(quote(this.string(field)))
    return value
  }

  isIPv6(field: number): boolean {
    return this.end(field) - this.start(field) > 8
  }

  address(field: number): Address {
    if (this.isIPv6(field)) return addressFromBytes(this.ipv6(field), 'inet6')
    const value = this.hex(field)
    for (let i = 0; i < 4; i++) this.#address[i] = value >>> (24 - 8 * i)
    return addressFromBytes(this.#address, 'inet')
  }

  /** The mark that the kernel keeps in the first four bytes of a virtual address, of either family (ip_vs_core.c). */
  fwmark(field: number): number {
    if (!this.isIPv6(field)) return this.hex(field)
    const bytes = this.ipv6(field)
    return new DataView(bytes.buffer).getUint32(0)
  }

  /** The 16 bytes of an IPv6 address, in a buffer that the next call reuses. */
  ipv6(field: number): Uint8Array {
    let at = this.start(field)
    let valid = this.end(field) - at === 39
    for (let i = 0; i < 16; i++, at += 2) {
      if (i > 0 && i % 2 === 0 && this.bytes[at++] !== 58) valid = false
      const high = HEX[this.bytes[at]!]!
      const low = HEX[this.bytes[at + 1]!]!
      if (high < 0 || low < 0) valid = false
      this.#address[i] = high * 16 + low
    }
    if (!valid) throw malformed(quote(this.string(field)))
    return this.#address
  }
}

/** As C's isspace. */
function isBlank(byte: number): boolean {
  return byte <= 32 && (byte === 32 || (byte >= 9 && byte <= 13))
}

/** The value of each byte as a hexadecimal digit, or -1. */
const HEX = new Int8Array(256).fill(-1)
for (let digit = 0; digit < 16; digit++) {
  for (const text of [digit.toString(16), digit.toString(16).toUpperCase()]) HEX[text.charCodeAt(0)] = digit
}

function quote(text: string): string {
  return `not understood: ${JSON.stringify(text.slice(0, 100))}`
}

function malformed(problem: string): DecodeError {
  return new DecodeError(CONNECTION_LIST, problem)
}

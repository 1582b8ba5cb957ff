// The listing of connections, `-L -c`: converts the kernel's list to the reference's table, chunk by chunk, so that a
// list of any size takes constant memory. Neither reads the file nor looks up names.

import { type ConnectionLine, FIELD, lineBlocks, linesOf } from '../ipvs/connection-list.ts'
import { addressFromBytes } from '../model/address.ts'
import { decodeText, encodeText } from '../model/bytes.ts'
import { connectionRows } from './connection-rows.ts'
import { type KnownNames, LONGEST_ENDPOINT } from './endpoints.ts'

export interface ConnectionListingOptions {
  /** Print the data of persistence engines. */
  readonly persistentConn: boolean
  /** Names to print in place of numbers. */
  readonly names?: KnownNames | undefined
  /** Selects the connections that are printed. Default: all. */
  readonly passes?: ((line: ConnectionLine) => boolean) | undefined
}

const TITLE =
  'IPVS connection entries\npro expire state       source             virtual            destination'
const ENGINE_TITLE = '        pe name          pe_data'

const WIDTH = {
  protocol: 3,
  expires: 6,
  state: 11,
  source: 18,
  virtual: 18,
  destination: 16,
  engine: 18,
} as const

/** The size of a chunk, in bytes. */
const CHUNK_SIZE = 65536

/**
 * Yields the table in chunks of about 64 KiB. The kernel's list comes in chunks that may be cut anywhere.
 * @throws DecodeError at a malformed line, after yielding all earlier lines
 */
export function* formatConnections(
  chunks: Iterable<Uint8Array | string>,
  options: ConnectionListingOptions,
): Generator<string, void, undefined> {
  const out = new TextWriter()
  const plain = !options.persistentConn && options.names === undefined && options.passes === undefined
  out.text(`${TITLE}${options.persistentConn ? ENGINE_TITLE : ''}\n`)
  // Without a list there is no title.
  let complete = 0
  try {
    for (const block of lineBlocks(chunks)) {
      if (!plain || !out.rows(block)) {
        for (const line of linesOf(block)) {
          complete = out.length
          if (options.passes === undefined || options.passes(line)) writeRow(out, line, options)
          if (out.length >= CHUNK_SIZE) yield out.take()
          complete = out.length
        }
      }
      if (out.length >= CHUNK_SIZE) yield out.take()
      complete = out.length
    }
  } catch (error) {
    out.cut(complete)
    if (out.length > 0) yield out.take()
    throw error
  }
  yield out.take()
}

function writeRow(
  out: TextWriter,
  line: ConnectionLine,
  { persistentConn, names }: ConnectionListingOptions,
): void {
  const rowStart = out.length
  out.copy(line, FIELD.protocol)
  let start = out.pad(rowStart, WIDTH.protocol)
  writeTime(out, line.decimal(FIELD.expires))
  start = out.pad(start, WIDTH.expires)
  out.copy(line, FIELD.state)
  start = out.pad(start, WIDTH.state)
  writeEndpoint(out, line, FIELD.client, names)
  start = out.pad(start, WIDTH.source)
  writeEndpoint(out, line, FIELD.virtual, names)
  start = out.pad(start, WIDTH.virtual)
  writeEndpoint(out, line, FIELD.destination, names)
  if (persistentConn && line.has(FIELD.data)) {
    start = out.pad(start, WIDTH.destination)
    out.text(printable(line.string(FIELD.engine)))
    out.pad(start, WIDTH.engine)
    out.text(printable(line.string(FIELD.data)))
  }
  out.byte(NEWLINE)
}

/** Minutes and seconds, with at least two digits each. */
function writeTime(out: TextWriter, seconds: number): void {
  const rest = seconds % 60
  const minutes = (seconds - rest) / 60
  if (minutes < 10) out.byte(ZERO)
  out.number(minutes)
  out.byte(COLON)
  if (rest < 10) out.byte(ZERO)
  out.number(rest)
}

/** The address in `field` with the port in the next one. */
function writeEndpoint(
  out: TextWriter,
  line: ConnectionLine,
  field: number,
  names: KnownNames | undefined,
): void {
  if (names !== undefined) {
    const start = out.length
    out.text(endpointName(line, field, names))
    out.cut(start + LONGEST_ENDPOINT)
    return
  }
  if (line.isIPv6(field)) {
    out.byte(OPEN)
    out.ipv6(line.ipv6(field))
    out.byte(CLOSE)
  } else {
    out.ipv4(line.hex(field))
  }
  out.byte(COLON)
  out.number(line.port(field + 1))
}

function endpointName(line: ConnectionLine, field: number, names: KnownNames): string {
  const address = line.address(field)
  const host = names.host(address) ?? address
  const port = line.port(field + 1)
  const service = names.service(port, line.string(FIELD.protocol).toLowerCase()) ?? port
  return line.isIPv6(field) ? `[${host}]:${service}` : `${host}:${service}`
}

/** Removes control characters, because an engine's data come from a client's packet. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: matched on purpose
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '')
}

const NEWLINE = 10
const BLANK = 32
const ZERO = 48
const COLON = 58
const OPEN = 91
const CLOSE = 93

/** Every octet with the dot that follows it, four bytes each. */
const OCTET_TEXT = new Uint8Array(1024)
const OCTET_LENGTH = new Uint8Array(256)
for (let octet = 0; octet < 256; octet++) {
  const text = `${octet}.`
  OCTET_TEXT.set(asciiBytes(text), 4 * octet)
  OCTET_LENGTH[octet] = text.length
}

const HEX = asciiBytes('0123456789abcdef')

/** For tables made at load, when a runtime may have no encoder yet. */
function asciiBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}

/** Builds text as bytes, in a fifth of the time that strings would take. */
class TextWriter {
  length = 0
  #buffer = new Uint8Array(2 * CHUNK_SIZE)

  /** Returns the text and empties the buffer. */
  take(): string {
    const text = decodeText(this.#buffer.subarray(0, this.length))
    this.length = 0
    return text
  }

  /** Writes the rows of whole lines, if all are usual and the runtime can (connection-rows.ts). @returns whether it did */
  rows(lines: Uint8Array): boolean {
    const length = connectionRows(lines, this.#buffer.subarray(this.length))
    if (length >= 0) this.length += length
    return length >= 0
  }

  byte(byte: number): void {
    this.#reserve(1)
    this.#buffer[this.length++] = byte
  }

  text(text: string): void {
    const bytes = encodeText(text)
    this.#reserve(bytes.length)
    this.#buffer.set(bytes, this.length)
    this.length += bytes.length
  }

  copy(line: ConnectionLine, field: number): void {
    const end = line.end(field)
    this.#reserve(end - line.start(field))
    for (let at = line.start(field); at < end; at++) this.#buffer[this.length++] = line.bytes[at]!
  }

  /** Writes a number in decimal. */
  number(value: number): void {
    let digits = 1
    for (let bound = 10; value >= bound; bound *= 10) digits++
    this.#reserve(digits)
    this.length += digits
    let rest = value
    for (let at = this.length - 1; digits > 0; at--, digits--) {
      const tens = Math.trunc(rest / 10)
      this.#buffer[at] = ZERO + rest - 10 * tens
      rest = tens
    }
  }

  /** Writes an IPv4 address. */
  ipv4(value: number): void {
    this.#reserve(16)
    const buffer = this.#buffer
    let at = this.length
    for (let shift = 24; shift >= 0; shift -= 8) {
      const octet = (value >>> shift) & 255
      const text = octet * 4
      buffer[at] = OCTET_TEXT[text]!
      buffer[at + 1] = OCTET_TEXT[text + 1]!
      buffer[at + 2] = OCTET_TEXT[text + 2]!
      buffer[at + 3] = OCTET_TEXT[text + 3]!
      at += OCTET_LENGTH[octet]!
    }
    this.length = at - 1
  }

  /** Writes an IPv6 address in the form of lib/model/address.ts, without a string. */
  ipv6(bytes: Uint8Array): void {
    let best = -1
    let bestLength = 1
    for (let i = 0, run = 0; i < 8; i++) {
      run = bytes[2 * i]! | bytes[2 * i + 1]! ? 0 : run + 1
      if (run > bestLength) {
        bestLength = run
        best = i - run + 1
      }
    }
    if (best === 0 && bestLength >= 5) {
      // It may end in an IPv4 address.
      this.text(addressFromBytes(bytes, 'inet6'))
      return
    }
    this.#reserve(40)
    for (let i = 0; i < 8; i++) {
      if (i === best) {
        this.byte(COLON)
        i += bestLength - 1
        if (i === 7) this.byte(COLON)
      } else {
        if (i > 0) this.byte(COLON)
        this.#hex((bytes[2 * i]! << 8) | bytes[2 * i + 1]!)
      }
    }
  }

  #hex(value: number): void {
    if (value >= 0x1000) this.byte(HEX[value >>> 12]!)
    if (value >= 0x100) this.byte(HEX[(value >>> 8) & 15]!)
    if (value >= 0x10) this.byte(HEX[(value >>> 4) & 15]!)
    this.byte(HEX[value & 15]!)
  }

  /** Fills the column that begins at `start` up to `width` and adds the blank that follows it. @returns where the next begins */
  pad(start: number, width: number): number {
    const end = Math.max(this.length, start + width) + 1
    this.#reserve(end - this.length)
    while (this.length < end) this.#buffer[this.length++] = BLANK
    return end
  }

  /** Drops the text beyond `end`. */
  cut(end: number): void {
    this.length = Math.min(this.length, end)
  }

  #reserve(bytes: number): void {
    if (this.length + bytes <= this.#buffer.length) return
    const larger = new Uint8Array(2 * this.#buffer.length + bytes)
    larger.set(this.#buffer.subarray(0, this.length))
    this.#buffer = larger
  }
}

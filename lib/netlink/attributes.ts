// Netlink attributes: a growing writer and a bounded walk. Handles lengths and padding, not meanings.
import { DecodeError } from '../model/errors.ts'

/** `struct nlattr`: u16 length (header included), u16 type; the next attribute starts at a multiple of four. */
export const ATTRIBUTE_HEADER = 4
/** NLA_TYPE_MASK: the two upper bits of a type are flags (nested, network byte order). */
const TYPE_MASK = 0x3fff

/** The size reserved by `append`, for a record's attributes. */
const APPENDED = 512

export const align = (length: number): number => (length + 3) & ~3

/** Bytes under construction, in host byte order (every supported platform is little-endian). */
export class AttributeWriter {
  #bytes: Uint8Array
  #view: DataView
  /** The number of bytes written. */
  length = 0

  /** @param capacity in bytes; the memory is not touched until it is written */
  constructor(capacity = 1024) {
    this.#bytes = new Uint8Array(capacity)
    this.#view = new DataView(this.#bytes.buffer)
  }

  #grow(extra: number): number {
    const start = this.length
    const end = start + extra
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, this.#bytes.length * 2))
      larger.set(this.#bytes.subarray(0, start))
      this.#bytes = larger
      this.#view = new DataView(larger.buffer)
    }
    this.length = end
    return start
  }

  u8(value: number): void {
    const at = this.#grow(1)
    this.#bytes[at] = value
  }

  u16(value: number): void {
    const at = this.#grow(2)
    this.#view.setUint16(at, value, true)
  }

  be16(value: number): void {
    const at = this.#grow(2)
    this.#view.setUint16(at, value, false)
  }

  u32(value: number): void {
    const at = this.#grow(4)
    this.#view.setUint32(at, value, true)
  }

  be32(value: number): void {
    const at = this.#grow(4)
    this.#view.setUint32(at, value, false)
  }

  u64(value: bigint): void {
    const at = this.#grow(8)
    this.#view.setBigUint64(at, value, true)
  }

  bytes(value: Uint8Array): void {
    const at = this.#grow(value.length)
    this.#bytes.set(value, at)
  }

  zeros(count: number): void {
    const at = this.#grow(count)
    // For so few bytes a call of `fill` is slower.
    for (let i = at; i < at + count; i++) this.#bytes[i] = 0
  }

  /** Lets `write` write at the end; it gives the new length, or a negative number for nothing. Gives whether it has written. */
  append(write: (bytes: Uint8Array, at: number) => number): boolean {
    const at = this.#grow(APPENDED)
    const end = write(this.#bytes, at)
    this.length = end < 0 ? at : end
    return end >= 0
  }

  /** Opens an attribute or a message with a u16 or u32 length to be filled in; close it with `end`. */
  begin(type: number): number {
    const at = this.#grow(ATTRIBUTE_HEADER)
    this.#view.setUint16(at + 2, type, true)
    return at
  }

  end(at: number): void {
    this.#view.setUint16(at, this.length - at, true)
    const padding = align(this.length) - this.length
    if (padding > 0) this.zeros(padding)
  }

  setU16(at: number, value: number): void {
    this.#view.setUint16(at, value, true)
  }

  setU32(at: number, value: number): void {
    this.#view.setUint32(at, value, true)
  }

  getU32(at: number): number {
    return this.#view.getUint32(at, true)
  }

  /** The bytes written so far; valid until the next write. */
  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.length)
  }

  /** Removes all bytes after `length`. */
  truncate(length: number): void {
    this.length = length
  }
}

/** Received bytes with a view, so that reading allocates nothing. */
export interface Received {
  readonly bytes: Uint8Array
  readonly view: DataView
}

export function received(bytes: Uint8Array): Received {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) }
}

/**
 * Calls `visit(type, start, end)` for each attribute between `start` and `end` (the payload without header and
 * padding). Throws a DecodeError, with `path`, on a length that does not fit.
 */
export function walk(
  data: Received,
  start: number,
  end: number,
  path: string,
  visit: (type: number, start: number, end: number) => void,
): void {
  for (let at = start; at < end; ) {
    const length = attributeLength(data, at, end, path)
    visit(attributeType(data, at), at + ATTRIBUTE_HEADER, at + length)
    at += align(length)
  }
}

/** The length of the attribute at a position, header included. Throws a DecodeError as `walk` does. */
export function attributeLength({ view }: Received, at: number, end: number, path: string): number {
  if (end - at < ATTRIBUTE_HEADER)
    throw new DecodeError(path, `${end - at} stray bytes after the last attribute`)
  const length = view.getUint16(at, true)
  if (length < ATTRIBUTE_HEADER || at + length > end) {
    const type = view.getUint16(at + 2, true) & TYPE_MASK
    throw new DecodeError(path, `attribute ${type} has length ${length}, ${end - at} bytes are left`)
  }
  return length
}

export function attributeType({ view }: Received, at: number): number {
  return view.getUint16(at + 2, true) & TYPE_MASK
}

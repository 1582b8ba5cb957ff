// Builds datagrams: netlink messages and their attributes, little-endian as on every supported machine.

import { NLMSG_HEADER } from './constants.ts'

export interface MessageHeader {
  readonly type: number
  readonly flags: number
  readonly sequence: number
  readonly port: number
}

export class AttributeWriter {
  #bytes = new Uint8Array(1024)
  #view = new DataView(this.#bytes.buffer)
  #length = 0

  get length(): number {
    return this.#length
  }

  /** The bytes written so far from `start` on, as a copy. */
  take(start = 0): Uint8Array {
    return this.#bytes.slice(start, this.#length)
  }

  /** Removes all bytes after `length`. */
  cut(length: number): void {
    this.#bytes.fill(0, length, this.#length)
    this.#length = length
  }

  u8(value: number): void {
    const at = this.#grow(1)
    this.#view.setUint8(at, value)
  }

  u16(value: number): void {
    const at = this.#grow(2)
    this.#view.setUint16(at, value, true)
  }

  u16be(value: number): void {
    const at = this.#grow(2)
    this.#view.setUint16(at, value, false)
  }

  u32(value: number): void {
    const at = this.#grow(4)
    this.#view.setUint32(at, value, true)
  }

  u64(value: bigint): void {
    const at = this.#grow(8)
    this.#view.setBigUint64(at, value, true)
  }

  bytes(value: Uint8Array): void {
    const at = this.#grow(value.length)
    this.#bytes.set(value, at)
  }

  /** A message; nlmsg_len is what the body wrote, the padding after it is not counted. */
  message(header: MessageHeader, body: () => void): void {
    const start = this.#grow(NLMSG_HEADER)
    this.#view.setUint16(start + 4, header.type, true)
    this.#view.setUint16(start + 6, header.flags, true)
    this.#view.setUint32(start + 8, header.sequence, true)
    this.#view.setUint32(start + 12, header.port, true)
    body()
    this.#view.setUint32(start, this.#length - start, true)
    this.#align()
  }

  /** Sets more bits in the flags of the message that begins at `offset`. */
  addFlags(offset: number, flags: number): void {
    this.#view.setUint16(offset + 6, this.#view.getUint16(offset + 6, true) | flags, true)
  }

  /** An attribute; the body writes its value, other attributes if it is a nest. */
  attribute(type: number, body: () => void): void {
    const start = this.#grow(4)
    this.#view.setUint16(start + 2, type, true)
    body()
    this.#view.setUint16(start, this.#length - start, true)
    this.#align()
  }

  #align(): void {
    this.#grow(-this.#length & 3)
  }

  /** Makes room for `size` zero bytes and returns where they begin; replaces #bytes and #view when they are full. */
  #grow(size: number): number {
    const start = this.#length
    this.#length += size
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#length)
      larger.set(this.#bytes)
      this.#bytes = larger
      this.#view = new DataView(larger.buffer)
    }
    return start
  }
}

// Frames on a stream: four bytes of length, and so many bytes.

export function frame(bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt32LE(bytes.length)
  return Buffer.concat([head, bytes])
}

export class FrameReader {
  #rest = Buffer.alloc(0)

  /** The frames that are complete with these bytes. */
  take(bytes: Buffer): Buffer[] {
    this.#rest = Buffer.concat([this.#rest, bytes])
    const frames: Buffer[] = []
    while (this.#rest.length >= 4) {
      const end = 4 + this.#rest.readUInt32LE()
      if (this.#rest.length < end) break
      frames.push(this.#rest.subarray(4, end))
      this.#rest = this.#rest.subarray(end)
    }
    return frames
  }
}

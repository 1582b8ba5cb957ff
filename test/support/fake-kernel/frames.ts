// Datagrams over a stream: each a length, 32 bits, little end first, and its bytes.
import { writeSync } from 'node:fs'
import type { Readable } from 'node:stream'

/** Bytes of the length. */
export const LENGTH = 4

export function frameOf(datagram: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(LENGTH + datagram.length)
  frame.writeUInt32LE(datagram.length)
  frame.set(datagram, LENGTH)
  return frame
}

/** Calls `take` with each whole datagram. */
export function readFrames(stream: Readable, take: (datagram: Uint8Array) => void): void {
  let rest: Buffer = Buffer.alloc(0)
  stream.on('data', (chunk: Buffer) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let at = 0
    for (;;) {
      const begin = at + LENGTH
      if (begin > bytes.length) break
      const end = begin + bytes.readUInt32LE(at)
      if (end > bytes.length) break
      take(bytes.subarray(begin, end))
      at = end
    }
    rest = bytes.subarray(at)
  })
}

/** Writes a whole frame to a blocking descriptor. */
export function writeFrameSync(descriptor: number, datagram: Uint8Array): void {
  const frame = frameOf(datagram)
  for (let at = 0; at < frame.length; ) at += writeSync(descriptor, frame, at)
}

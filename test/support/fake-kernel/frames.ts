// Datagrams over a stream: each a length, 32 bits, little end first, and its bytes.
import type { Duplex } from 'node:stream'

const LENGTH = 4

export function writeFrame(stream: Duplex, datagram: Uint8Array): void {
  const frame = Buffer.allocUnsafe(LENGTH + datagram.length)
  frame.writeUInt32LE(datagram.length)
  frame.set(datagram, LENGTH)
  stream.write(frame)
}

/** Calls `take` with each whole datagram. */
export function readFrames(stream: Duplex, take: (datagram: Uint8Array) => void): void {
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

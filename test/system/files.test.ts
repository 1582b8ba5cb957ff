// Streams and files over a runtime's calls: a file like those of /proc (a page a read, no size) of every length.

import { describe, expect, it } from '@jest/globals'
import { type Files, streams } from '../../lib/system/files.ts'
import { nodeSystem } from '../../lib/system/node/system.ts'

const PAGE = 4096
const BLOCK = 64 * 1024

/** Calls on one file with that content, of which a read gives `most` bytes; the count of open descriptors. */
function oneFile(content: Uint8Array, most = PAGE): { files: Files; open: () => number } {
  let descriptors = 0
  let at = 0
  const files: Files = {
    open() {
      descriptors++
      at = 0
      return 7
    },
    close: () => void descriptors--,
    read(_, buffer) {
      const piece = content.subarray(at, at + Math.min(most, buffer.length))
      buffer.set(piece)
      at += piece.length
      return piece.length
    },
    write: (_, bytes) => bytes.length,
  }
  return { files, open: () => descriptors }
}

/** Bytes of which no two neighbouring pages are equal. */
const bytes = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 12) * 7) & 0xff)

const around = (length: number) => [-2, -1, 0, 1, 2].map((more) => length + more)
const LENGTHS = [0, 1, 2, ...[PAGE, 2 * PAGE, BLOCK, 2 * BLOCK, 3 * BLOCK + PAGE].flatMap(around), 200_000]
const READS = [1000, PAGE - 1, PAGE, PAGE + 1, BLOCK, 2 * BLOCK]

describe('a file of every length around the size of a read', () => {
  it.each(READS)('comes whole when a read gives %d bytes at the most', (most) => {
    for (const length of LENGTHS) {
      const content = bytes(length)
      const { files, open } = oneFile(content, most)
      const { readChunks, readFile } = streams(files)
      expect(Buffer.compare(readFile('any'), content)).toBe(0)
      expect(open()).toBe(0)
      // The pieces are kept until the end, as a careless caller keeps them.
      expect(Buffer.compare(Buffer.concat([...readChunks('any')]), content)).toBe(0)
      expect(open()).toBe(0)
    }
  })

  it('is closed when the caller stops in its middle', () => {
    const { files, open } = oneFile(bytes(BLOCK))
    for (const chunk of streams(files).readChunks('any')) {
      expect(chunk).toHaveLength(PAGE)
      expect(open()).toBe(1)
      break
    }
    expect(open()).toBe(0)
  })
})

describe('files of this machine', () => {
  it.each(['/proc/self/maps', '/proc/net/netlink', '/proc/self/environ', __filename])('%s', (path) => {
    const whole = Buffer.from(nodeSystem.readFile(path))
    expect(whole.length).toBeGreaterThan(0)
    if (path === __filename) {
      expect(Buffer.concat([...nodeSystem.readChunks(path)])).toEqual(whole)
      expect(whole.toString()).toContain('files of this machine')
    }
  })

  it('a missing one is an error with its code', () => {
    expect(() => nodeSystem.readFile('/nonexistent')).toThrow(expect.objectContaining({ code: 'ENOENT' }))
    expect(() => [...nodeSystem.readChunks('/nonexistent')]).toThrow(
      expect.objectContaining({ code: 'ENOENT' }),
    )
  })
})

// UTF-8: `decodeUtf8` and `encodeUtf8` give what the Encoding standard says, step by step.
import { decodeUtf8, encodeUtf8 } from 'host'
import { same, target } from './tools.ts'

const REPLACEMENT = 0xfffd
/** The first byte of a sequence, by the number of those that follow. */
const LEAD = [0, 0xc0, 0xe0, 0xf0]

/** The code points of bytes; U+FFFD for each part that is malformed. */
function decode(bytes: Uint8Array): number[] {
  const points: number[] = []
  let [point, needed, least, most] = [0, 0, 0x80, 0xbf]
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!
    if (needed > 0 && (byte < least || byte > most)) {
      points.push(REPLACEMENT)
      needed = 0
    }
    if (needed > 0) {
      point = (point << 6) | (byte & 63)
      needed--
      if (needed === 0) points.push(point)
    } else if (byte < 0x80) points.push(byte)
    else if (byte < 0xc2 || byte > 0xf4) points.push(REPLACEMENT)
    else {
      needed = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3
      point = byte & (0x3f >> needed)
      least = byte === 0xe0 ? 0xa0 : byte === 0xf0 ? 0x90 : 0x80
      most = byte === 0xed ? 0x9f : byte === 0xf4 ? 0x8f : 0xbf
      continue
    }
    least = 0x80
    most = 0xbf
  }
  if (needed > 0) points.push(REPLACEMENT)
  return points
}

/** The bytes of a text; those of U+FFFD for half of a pair. */
function encode(text: string): number[] {
  return [...text].flatMap((character) => {
    const point = character.codePointAt(0)!
    if (point < 0x80) return [point]
    const [own, more] =
      point >= 0xd800 && point < 0xe000
        ? [REPLACEMENT, 2]
        : [point, point < 0x800 ? 1 : point < 0x10000 ? 2 : 3]
    const tail = Array.from({ length: more }, (_, i) => 0x80 | ((own >> (6 * (more - 1 - i))) & 63))
    return [LEAD[more]! | (own >> (6 * more)), ...tail]
  })
}

target((bytes) => {
  const points = decode(bytes)
  same(decodeUtf8(bytes), points.map((point) => String.fromCodePoint(point)).join(''))
  // As UTF-16, with halves of pairs.
  const units = new Uint16Array(bytes.buffer.slice(0, bytes.length & ~1))
  const text = [...units].map((unit) => String.fromCharCode(unit)).join('')
  same([...new Uint8Array(encodeUtf8(text))], encode(text))
})

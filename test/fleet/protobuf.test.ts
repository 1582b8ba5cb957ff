// The encoding of messages, byte for byte as the documentation of protocol buffers has it, and what is refused.
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { decodeMessage, encodeMessage, field, list, message } from '../../lib/fleet/protobuf.ts'

const INNER = message({ a: field(1, 'int') })
const ALL = message({
  number: field(1, 'int'),
  text: field(2, 'text'),
  inner: field(3, INNER),
  many: list(4, INNER),
  flag: field(5, 'flag'),
  long: field(6, 'long'),
  bytes: field(16, 'bytes'),
})

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'))

it.each([
  [{ number: 150 }, '08 96 01'],
  [{ text: 'testing' }, '12 07 74 65 73 74 69 6e 67'],
  [{ inner: { a: 150 } }, '1a 03 08 96 01'],
  [{ many: [{ a: 1 }, {}] }, '22 02 08 01 22 00'],
  [{ flag: true }, '28 01'],
  [{ number: -1 }, '08 ff ff ff ff ff ff ff ff ff 01'],
  [{ long: 2n ** 63n - 1n }, '30 ff ff ff ff ff ff ff ff 7f'],
  [{ bytes: bytes('00ff') }, '82 01 02 00 ff'],
  [{ number: 0 }, '08 00'],
])('encodes %j', (values, expected) => {
  expect(Buffer.from(encodeMessage(ALL, values)).toString('hex')).toBe(expected.replaceAll(' ', ''))
})

it('decodes what it encodes', () => {
  const values = fc.record({
    number: fc.maxSafeInteger(),
    text: fc.string({ unit: 'grapheme' }),
    inner: fc.option(fc.record({ a: fc.maxSafeInteger() }), { nil: undefined }),
    many: fc.array(fc.record({ a: fc.maxSafeInteger() })),
    flag: fc.boolean(),
    long: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    bytes: fc.uint8Array(),
  })
  fc.assert(
    fc.property(values, ({ inner, ...rest }) => {
      const given = { ...rest, ...(inner !== undefined && { inner }) }
      const read = decodeMessage(ALL, encodeMessage(ALL, given))
      expect(read).toEqual({ ...rest, inner })
    }),
  )
})

it('gives fields that were not sent the value zero, and skips those that it does not know', () => {
  const others = '58 01 61 0102030405060708 6d 01020304 72 02 6869'
  expect(decodeMessage(ALL, bytes(others))).toEqual({
    number: 0,
    text: '',
    inner: undefined,
    many: [],
    flag: false,
    long: 0n,
    bytes: new Uint8Array(0),
  })
})

describe('refuses', () => {
  it.each([
    ['a varint without an end', '08 96'],
    ['a varint that is too long', '08 ff ff ff ff ff ff ff ff ff ff ff 01'],
    ['a field that is longer than the message', '12 05 61'],
    ['a wire type that does not exist', '0f'],
    ['a number that is too large for a double', '08 ff ff ff ff ff ff ff ff 7f'],
    ['a text where a number must be', '0a 01 61'],
    ['a number where a text must be', '10 01'],
  ])('%s', (_, hex) => {
    expect(() => decodeMessage(ALL, bytes(hex))).toThrow(RangeError)
  })

  it('nothing else than with a RangeError, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (garbage) => {
        try {
          decodeMessage(ALL, garbage)
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError)
        }
      }),
    )
  })
})

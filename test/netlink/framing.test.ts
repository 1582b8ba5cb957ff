// Attributes and messages: literal bytes, and lengths that do not fit.

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { DecodeError } from '../../lib/model/errors.ts'
import { AttributeWriter, align, received, walk } from '../../lib/netlink/attributes.ts'
import {
  beginMessage,
  eachMessage,
  endMessage,
  errnoOf,
  explanationOf,
  writeNoop,
} from '../../lib/netlink/message.ts'

const bytes = (hex: string) => received(Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex')))
const hex = (writer: AttributeWriter) => Buffer.from(writer.written).toString('hex')

/** The attributes as `type:payload`. */
function attributes(text: string): string[] {
  const data = bytes(text)
  const seen: string[] = []
  walk(data, 0, data.bytes.length, 'TEST', (type, from, to) => {
    seen.push(`${type}:${Buffer.from(data.bytes.subarray(from, to)).toString('hex')}`)
  })
  return seen
}

describe('attributes', () => {
  it.each([
    ['', []],
    ['0400 0100', ['1:']],
    ['0500 0200 ff000000', ['2:ff']],
    ['0800 0300 01020304 0400 0400', ['3:01020304', '4:']],
    // The last one's padding may be missing.
    ['0500 0200 ff', ['2:ff']],
    ['0600 0200 ffff 00', ['2:ffff']],
    // Two bits of the type are flags.
    ['0500 0280 ff000000', ['2:ff']],
    ['0500 02c0 ff000000', ['2:ff']],
  ])('%j', (text, expected) => {
    expect(attributes(text)).toEqual(expected)
  })

  it.each([
    ['01', '1 stray bytes after the last attribute'],
    ['040001', '3 stray bytes after the last attribute'],
    ['0400 0100 0000', '2 stray bytes after the last attribute'],
    ['0000 0100', 'attribute 1 has length 0, 4 bytes are left'],
    ['0300 0100', 'attribute 1 has length 3, 4 bytes are left'],
    ['0500 0100', 'attribute 1 has length 5, 4 bytes are left'],
    ['ffff 0100 00000000', 'attribute 1 has length 65535, 8 bytes are left'],
  ])('%j: %s', (text, problem) => {
    expect(() => attributes(text)).toThrow(new DecodeError('TEST', problem))
  })

  it('are read within the given bounds', () => {
    const data = bytes('ffffffff 0500 0100 aa000000 ffffffff')
    const seen: number[] = []
    walk(data, 4, 12, 'TEST', (type, from, to) => seen.push(type, from, to))
    expect(seen).toEqual([1, 8, 9])
  })
})

describe('the writer', () => {
  it('pads each attribute to four bytes with zeros, and fills lengths in afterwards', () => {
    const writer = new AttributeWriter(1)
    const outer = writer.begin(1)
    const inner = writer.begin(2)
    writer.u8(0xff)
    writer.end(inner)
    writer.end(outer)
    expect(hex(writer)).toBe('0c000100' + '05000200' + 'ff000000')
  })

  it('clears old bytes after a truncation', () => {
    const writer = new AttributeWriter(8)
    writer.bytes(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8))
    writer.truncate(0)
    const at = writer.begin(1)
    writer.u8(9)
    writer.end(at)
    expect(hex(writer)).toBe('0500010009000000')
  })

  it('writes numbers in host order, or in network order where it is asked to', () => {
    const writer = new AttributeWriter(2)
    writer.u16(0x0102)
    writer.be16(0x0102)
    writer.u32(0x01020304)
    writer.be32(0x01020304)
    writer.u64(0x0102030405060708n)
    writer.u32(-1)
    expect(hex(writer)).toBe('0201' + '0102' + '04030201' + '01020304' + '0807060504030201' + 'ffffffff')
  })

  it('grows with its content', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 40 })),
        fc.integer({ min: 1, max: 9 }),
        (pieces, capacity) => {
          const writer = new AttributeWriter(capacity)
          for (const piece of pieces) writer.bytes(piece)
          expect(hex(writer)).toBe(pieces.map((piece) => Buffer.from(piece).toString('hex')).join(''))
          expect(writer.length).toBe(pieces.reduce((sum, { length }) => sum + length, 0))
        },
      ),
    )
  })

  it('writes attributes that the walk reads back', () => {
    const attribute = fc.tuple(fc.integer({ min: 0, max: 0x3fff }), fc.uint8Array({ maxLength: 30 }))
    fc.assert(
      fc.property(fc.array(attribute), (list) => {
        const writer = new AttributeWriter()
        for (const [type, payload] of list) {
          const at = writer.begin(type)
          writer.bytes(payload)
          writer.end(at)
          expect(writer.length % 4).toBe(0)
        }
        expect(attributes(hex(writer))).toEqual(
          list.map(([type, payload]) => `${type}:${Buffer.from(payload).toString('hex')}`),
        )
      }),
    )
  })

  it('aligns lengths to four bytes', () => {
    expect([0, 1, 2, 3, 4, 5, 8, 9].map(align)).toEqual([0, 4, 4, 4, 4, 8, 8, 12])
  })
})

describe('messages', () => {
  const headers = (text: string) => {
    const data = bytes(text)
    const seen: string[] = []
    eachMessage(data, ({ type, flags, sequence, port }, start, end) => {
      seen.push(`${type} ${flags} ${sequence} ${port} ${start}-${end}`)
    })
    return seen
  }

  it('are written with their header', () => {
    const writer = new AttributeWriter()
    const at = beginMessage(writer, { type: 0x1b, flags: 0x301, sequence: 7, port: 4242 }, 4, 1)
    writer.u32(0xdeadbeef)
    endMessage(writer, at)
    expect(hex(writer)).toBe('18000000' + '1b00' + '0103' + '07000000' + '92100000' + '04010000' + 'efbeadde')
  })

  it('include a no-op that asks for an acknowledgement', () => {
    const writer = new AttributeWriter()
    writeNoop(writer, 9, 1)
    expect(hex(writer)).toBe('10000000' + '0100' + '0500' + '09000000' + '01000000')
  })

  it('are found one after the other, at multiples of four', () => {
    const one = '11000000 0300 0200 01000000 05000000 ff 000000'
    const two = '10000000 0200 0000 02000000 05000000'
    expect(headers(one + two)).toEqual(['3 2 1 5 16-17', '2 0 2 5 36-36'])
    expect(headers('')).toEqual([])
  })

  it.each([
    ['10000000', '4 bytes are too short for a message'],
    ['10000000 0300 0200 01000000 050000', '15 bytes are too short for a message'],
    ['00000000 0300 0200 01000000 05000000', 'a message has length 0, 16 bytes are left'],
    ['0f000000 0300 0200 01000000 05000000', 'a message has length 15, 16 bytes are left'],
    ['11000000 0300 0200 01000000 05000000', 'a message has length 17, 16 bytes are left'],
    ['ffffffff 0300 0200 01000000 05000000', 'a message has length 4294967295, 16 bytes are left'],
  ])('%s: %s', (text, problem) => {
    expect(() => headers(text)).toThrow(new DecodeError('netlink', problem))
  })

  it('carry a positive errno in an error or a DONE', () => {
    expect(errnoOf(bytes('feffffff'), 0, 4)).toBe(2)
    expect(errnoOf(bytes('00000000'), 0, 4)).toBeCloseTo(0)
    // Old kernels end a dump without one.
    expect(errnoOf(bytes(''), 0, 0)).toBe(0)
  })
})

describe('an extended acknowledgement', () => {
  const ERROR = 2
  const DONE = 3
  const TEXT = '0900 0100 6e6f70653f 000000'.replace('3f', '00')
  const REQUEST = '18000000 1000 0500 01000000 00000000'
  const read = (type: number, flags: number, text: string) => {
    const data = bytes(text)
    return explanationOf(data, { type, flags, sequence: 0, port: 0 }, 0, data.bytes.length)
  }

  it.each([
    ['after the request with its payload', ERROR, 0x200, `eaffffff ${REQUEST} 0101010101010101 ${TEXT}`],
    ['after the header of the request', ERROR, 0x300, `eaffffff ${REQUEST} ${TEXT}`],
    ['after other attributes', ERROR, 0x300, `eaffffff ${REQUEST} 0800 0200 10000000 ${TEXT}`],
    ['at the end of a dump', DONE, 0x202, `eaffffff ${TEXT}`],
  ])('has a text: %s', (_name, type, flags, text) => {
    expect(read(type, flags, text)).toBe('nope')
  })

  it.each([
    ['without the flag', ERROR, 0x100, `eaffffff ${REQUEST} ${TEXT}`],
    ['without a text', ERROR, 0x300, `eaffffff ${REQUEST} 0800 0200 10000000`],
    ['cut after the errno', ERROR, 0x300, 'eaffffff'],
    ['cut within the request', ERROR, 0x200, `eaffffff ${REQUEST}`],
    [
      'after a request of more than two gigabytes',
      ERROR,
      0x200,
      `eaffffff ffffffbf ${REQUEST.slice(8)} ${TEXT}`,
    ],
  ])('has none: %s', (_name, type, flags, text) => {
    expect(read(type, flags, text)).toBeUndefined()
  })

  it('has the text that Linux 6.1 sent for a name that is too long', () => {
    const data = bytes(
      '88000000 0200 0002 07000000 a6000000 eaffffff 30000000 1000 0100 07000000 00000000 03010000 1900 0200' +
        '787878787878787878787878787878787878787800 000000 2700 0100' +
        '417474726962757465206661696c656420706f6c6963792076616c69646174696f6e00 00' +
        '0800 0200 14000000 1400 0480 0800 0700 0f000000 0800 0100 0c000000',
    )
    const seen: unknown[] = []
    eachMessage(data, (header, start, end) => {
      seen.push(errnoOf(data, start, end), explanationOf(data, header, start, end))
    })
    expect(seen).toEqual([22, 'Attribute failed policy validation'])
  })

  it('is refused when it is malformed', () => {
    expect(() => read(ERROR, 0x300, `eaffffff ${REQUEST} ff00 0100`)).toThrow(DecodeError)
  })
})

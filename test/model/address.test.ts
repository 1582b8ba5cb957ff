// Addresses: the forms that the C library accepts and prints, by tables, and compared with other implementations.

import { isIPv4, isIPv6 } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import {
  type Address,
  addressFromBytes,
  addressToBytes,
  familyOf,
  parseAddress,
  parseIPv4,
  parseIPv6,
  parseStrictIPv4,
} from '../../lib/model/address.ts'

/** As the URL standard writes it; it never uses the dotted form. */
const urlForm = (address: string): string => new URL(`http://[${address}]/`).hostname.slice(1, -1)

describe('IPv4 as inet_aton takes it', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.255'],
    ['1.2.3', '1.2.0.3'],
    ['1.2', '1.0.0.2'],
    ['1', '0.0.0.1'],
    ['0', '0.0.0.0'],
    ['1.65535', '1.0.255.255'],
    ['1.2.65535', '1.2.255.255'],
    ['1.16777215', '1.255.255.255'],
    ['4294967295', '255.255.255.255'],
    ['16909060', '1.2.3.4'],
    ['0x01020304', '1.2.3.4'],
    ['0X7F.1', '127.0.0.1'],
    ['0xfF.0xa.1', '255.10.0.1'],
    ['01.1.1.1', '1.1.1.1'],
    ['1.1.1.010', '1.1.1.8'],
    ['00', '0.0.0.0'],
    ['1.1.1.1 ', '1.1.1.1'],
    ['1.1.1.1 and more', '1.1.1.1'],
    ['1.1.1.1\tx', '1.1.1.1'],
  ])('%j is %s', (text, address) => {
    expect(parseIPv4(text)).toBe(address)
  })

  it.each([
    '',
    ' ',
    ' 1.1.1.1',
    '.',
    '1.',
    '.1',
    '1..2',
    '1.2.3.4.',
    '1.2.3.4.5',
    '256.1.1.1',
    '1.1.1.256',
    '1.1.65536',
    '1.16777216',
    '4294967296',
    '08.1.1.1',
    '0x',
    '0x.1',
    '0xg',
    '-1',
    '+1',
    '1e3',
    'a',
    '1.1.1.1x',
    '::1',
    '١.1.1.1',
  ])('%j is none', (text) => {
    expect(parseIPv4(text)).toBeUndefined()
  })
})

describe('IPv4 as inet_pton takes it', () => {
  it.each([
    '1.2.3',
    '01.1.1.1',
    '1.1.1.010',
    '0x7f.0.0.1',
    '1.1.1.1 ',
    '256.0.0.1',
    '1.2.3.4.5',
    '',
    '00.0.0.0',
  ])('%j is none', (text) => {
    expect(parseStrictIPv4(text)).toBeUndefined()
  })

  it('agrees with Node', () => {
    const octet = fc.oneof(fc.nat(300).map(String), fc.constantFrom('', '00', '01', '0x1', '-1', '+1', ' 1'))
    fc.assert(
      fc.property(fc.array(octet, { minLength: 3, maxLength: 5 }), (octets) => {
        const text = octets.join('.')
        expect(parseStrictIPv4(text)).toBe(isIPv4(text) ? text : undefined)
      }),
    )
  })
})

describe('IPv6', () => {
  it.each([
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:DB8::A', '2001:db8::a'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['1:0:0:0:0:0:0:0', '1::'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
    ['1:0:3:4:5:6:7:8', '1:0:3:4:5:6:7:8'],
    ['1:0:0:4:0:0:0:8', '1:0:0:4::8'],
    ['0001:002:03:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
    ['::ffff:1.2.3.4', '::ffff:1.2.3.4'],
    ['::ffff:102:304', '::ffff:1.2.3.4'],
    ['::1.2.3.4', '::1.2.3.4'],
    ['::102:304', '::1.2.3.4'],
    ['64:ff9b::1.2.3.4', '64:ff9b::102:304'],
    ['1:2:3:4:5:6:1.2.3.4', '1:2:3:4:5:6:102:304'],
    ['::ffff:0:1.2.3.4', '::ffff:0:102:304'],
    ['::1:2:3', '::1:2:3'],
    // Six zero groups are more than five, and seven are not six: an address, or the one of ::1.
    ['::0.0.0.1', '::1'],
    ['::0.1.0.0', '::0.1.0.0'],
  ])('%s is %s', (text, address) => {
    expect(parseIPv6(text)).toBe(address)
  })

  it.each([
    '',
    ':',
    ':::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1::2::3',
    ':1:2:3:4:5:6:7:8',
    '1:2:3:4:5:6:7:',
    '1:2:3:4:5:6:7:8::',
    '::1:2:3:4:5:6:7:8',
    '12345::',
    'g::',
    '::1 ',
    ' ::1',
    '[::1]',
    'fe80::1%lo',
    '::1.2.3',
    '::1.2.3.256',
    '::01.2.3.4',
    '1.2.3.4::',
    '::1.2.3.4:5',
    '1:2:3:4:5:6:7:1.2.3.4',
    '1.2.3.4',
  ])('%j is none', (text) => {
    expect(parseIPv6(text)).toBeUndefined()
  })

  const group = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom('0', '', '1', 'ffff') },
    { weight: 2, arbitrary: fc.nat(0xffff).map((value) => value.toString(16)) },
    fc.constantFrom('00000', 'g', '1.2.3.4', '0.0.0.0', '-1', 'FfFf', '0001'),
  )
  it('agrees with Node on validity', () => {
    fc.assert(
      fc.property(fc.array(group, { maxLength: 10 }), (groups) => {
        const text = groups.join(':')
        expect(parseIPv6(text) !== undefined).toBe(isIPv6(text))
      }),
      { numRuns: 3000 },
    )
  })

  it('agrees with URL on its form, but for the dotted ones', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 }),
        (groups) => {
          const address = parseIPv6(groups.map((value) => value.toString(16)).join(':'))!
          expect(urlForm(address)).toBe(urlForm(groups.map((value) => value.toString(16)).join(':')))
          if (!address.includes('.')) expect(address).toBe(urlForm(address))
        },
      ),
      { numRuns: 2000 },
    )
  })
})

describe('bytes', () => {
  it.each([
    ['192.0.2.1', 'c0000201'],
    ['255.255.255.255', 'ffffffff'],
    ['2001:db8::1', '20010db8000000000000000000000001'],
    ['::ffff:1.2.3.4', '00000000000000000000ffff01020304'],
    ['::', '00000000000000000000000000000000'],
  ])('%s', (text, hex) => {
    const address = parseAddress(text)!
    expect(Buffer.from(addressToBytes(address)).toString('hex')).toBe(hex)
    expect(addressFromBytes(Buffer.from(hex, 'hex'), familyOf(address))).toBe(address)
  })

  it.each([
    [4, 'inet'],
    [16, 'inet6'],
  ] as const)('%d of them and the address are each other', (length, family) => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: length, maxLength: length }), fc.nat(9), (bytes, before) => {
        const embedded = Uint8Array.from([...new Uint8Array(before).fill(0xee), ...bytes, 0xee])
        const address = addressFromBytes(embedded, family, before)
        expect(addressToBytes(address)).toEqual(bytes)
        expect(parseAddress(address)).toBe(address)
        expect(familyOf(address)).toBe(family)
      }),
    )
  })

  it('of an invalid address are an error', () => {
    for (const text of ['', '1.2.3.4.5', 'name', ':', '1.2.3.4/8'])
      expect(() => addressToBytes(text as Address)).toThrow(`not an address: ${text}`)
  })
})

describe('strict addresses', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:DB8::1', '2001:db8::1'],
    ['1.2.3', undefined],
    ['0x7f.1', undefined],
    ['localhost', undefined],
    ['[::1]', undefined],
    ['', undefined],
  ])('%j', (text, address) => {
    expect(parseAddress(text)).toBe(address)
  })
})

// Netmasks of persistence: a mask for IPv4, a prefix length for IPv6, and how the attribute carries either.

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { parseIPv4 } from '../../lib/model/address.ts'
import {
  hostNetmask,
  netmaskFromAddress,
  netmaskFromBytes,
  netmaskFromPrefix,
  netmaskToBytes,
} from '../../lib/model/netmask.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

it.each([
  ['255.255.255.255', 'ffffffff', 'inet'],
  ['255.255.255.0', 'ffffff00', 'inet'],
  ['255.0.255.0', 'ff00ff00', 'inet'],
  ['0.0.0.64', '00000040', 'inet'],
  ['0.0.0.0', '00000000', 'inet'],
  ['128', '80000000', 'inet6'],
  ['64', '40000000', 'inet6'],
  ['1', '01000000', 'inet6'],
] as const)('%s is %s in a message and back', (text, bytes, family) => {
  const netmask = family === 'inet' ? netmaskFromAddress(parseIPv4(text)!) : netmaskFromPrefix(Number(text))
  expect(netmask).toBe(text)
  expect(hex(netmaskToBytes(netmask))).toBe(bytes)
  expect(netmaskFromBytes(Buffer.from(bytes, 'hex'), family)).toBe(netmask)
})

it('the netmask of one host has all bits', () => {
  expect([hostNetmask('inet'), hostNetmask('inet6')]).toEqual(['255.255.255.255', '128'])
})

describe('bytes', () => {
  it.each(['inet', 'inet6'] as const)('any four are a netmask of %s and back', (family) => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.nat(5), (bytes, at) => {
        const embedded = Uint8Array.from([...new Uint8Array(at), ...bytes])
        expect(netmaskToBytes(netmaskFromBytes(embedded, family, at))).toEqual(bytes)
      }),
    )
  })
})

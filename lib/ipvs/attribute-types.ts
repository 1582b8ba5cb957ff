// The payload types of IPVS attributes.

import {
  type Address,
  addressFromBytes,
  addressToBytes,
  type Family,
  familyOf,
  ipv4Number,
} from '../model/address.ts'
import { DecodeError } from '../model/errors.ts'
import { SVC_F } from '../model/flags.ts'
import { type Netmask, netmaskFromBytes, netmaskToBytes } from '../model/netmask.ts'
import { type AttributeType, type Codec, decode, type ValuesOf } from './codec.ts'
import { AF } from './uapi.ts'

export const u8: AttributeType<number> = {
  length: 1,
  form: 'unsigned',
  read: (data, start) => data.bytes[start]!,
  write: (writer, value) => writer.u8(value),
}

export const u16: AttributeType<number> = {
  length: 2,
  form: 'unsigned',
  read: (data, start) => data.view.getUint16(start, true),
  write: (writer, value) => writer.u16(value),
}

export const be16: AttributeType<number> = {
  length: 2,
  form: 'bigEndian',
  read: (data, start) => data.view.getUint16(start, false),
  write: (writer, value) => writer.be16(value),
}

export const u32: AttributeType<number> = {
  length: 4,
  form: 'unsigned',
  read: (data, start) => data.view.getUint32(start, true),
  write: (writer, value) => writer.u32(value),
}

export const i32: AttributeType<number> = {
  length: 4,
  form: 'signed',
  read: (data, start) => data.view.getInt32(start, true),
  write: (writer, value) => writer.u32(value),
}

/** A counter, 32 or 64 bits wide in the message. */
export const counter = (length: 4 | 8): AttributeType<bigint> => ({
  length,
  form: 'counter',
  read: (data, start) =>
    length === 8 ? data.view.getBigUint64(start, true) : BigInt(data.view.getUint32(start, true)),
  write: (writer, value) => (length === 8 ? writer.u64(value) : writer.u32(Number(value))),
})

/** A NUL-terminated string in UTF-8. @param size of the kernel's buffer in bytes, the NUL included */
export const string = (size: number): AttributeType<string> => ({
  length: 0,
  form: 'text',
  read: ({ bytes }, start, end, _family, path) => {
    let stop = start
    while (stop < end && bytes[stop] !== 0) stop++
    if (stop === end) throw new DecodeError(path, 'an unterminated string')
    let text = ''
    for (let i = start; i < stop; i++) {
      // Most names are short and ASCII; a TextDecoder is slower for them.
      if (bytes[i]! > 127) return new TextDecoder().decode(bytes.subarray(start, stop))
      text += String.fromCharCode(bytes[i]!)
    }
    return text
  },
  write: (writer, value) => {
    const bytes = new TextEncoder().encode(value)
    if (bytes.length >= size) throw new TypeError(`longer than ${size - 1} bytes: ${value}`)
    if (bytes.includes(0)) throw new TypeError('a name with a NUL character')
    writer.bytes(bytes)
    writer.u8(0)
  },
})

interface EnumerationOptions<T> {
  /** The bits that the names stand for. */
  readonly mask?: number
  /** The name of all other numbers; without it they are errors. */
  readonly otherwise?: T
}

/** A number with a name: one of several. */
export function named<T extends string>(
  carrier: AttributeType<number>,
  names: Readonly<Record<T, number>>,
  { mask = -1, otherwise }: EnumerationOptions<NoInfer<T>> = {},
): AttributeType<T> {
  const byNumber: T[] = []
  for (const name in names) byNumber[names[name]] = name
  return {
    length: carrier.length,
    form: { names: byNumber, mask, otherwise },
    read: (data, start, end, family, path) => {
      const number = carrier.read(data, start, end, family, path)
      const name = byNumber[mask === -1 ? number : number & mask] ?? otherwise
      if (name === undefined) throw new DecodeError(path, `unknown value ${number}`)
      return name
    },
    write: (writer, value, family) => carrier.write(writer, names[value], family),
  }
}

export const addressFamily: AttributeType<Family> = named(u16, { inet: AF.INET, inet6: AF.INET6 })

/** `union nf_inet_addr`: 16 bytes, of which an IPv4 address takes the first four. */
export const address: AttributeType<Address> = {
  length: 16,
  form: 'address',
  read: (data, start, _end, family) => addressFromBytes(data.bytes, family, start),
  write: (writer, value) => {
    if (familyOf(value) === 'inet') {
      writer.be32(ipv4Number(value))
      writer.zeros(12)
    } else {
      writer.bytes(addressToBytes(value))
    }
  },
}

/** `struct in_addr` or `struct in6_addr`. */
export const addressOf = (family: Family): AttributeType<Address> => ({
  length: family === 'inet' ? 4 : 16,
  form: 'own',
  read: (data, start) => addressFromBytes(data.bytes, family, start),
  write: (writer, value) => writer.bytes(addressToBytes(value)),
  accepts: (value) => familyOf(value) === family,
})

export const netmask: AttributeType<Netmask> = {
  length: 4,
  form: 'netmask',
  read: (data, start, _end, family) => netmaskFromBytes(data.bytes, family, start),
  write: (writer, value) => writer.bytes(netmaskToBytes(value)),
}

/** `struct ip_vs_flags`: the flags, and a mask of those that count: all. */
export const serviceFlags: AttributeType<number> = {
  length: 8,
  form: { flags: ~SVC_F.HASHED },
  read: (data, start) => (data.view.getUint32(start, true) & ~SVC_F.HASHED) >>> 0,
  write: (writer, value) => {
    writer.u32(value)
    writer.u32(0xffffffff)
  },
}

/** A nested set of attributes, read only; `make` is called when the first one is read. */
export function nested<G extends object>(make: () => Codec<{ readonly all: G }>): AttributeType<ValuesOf<G>> {
  let inner: Codec<{ readonly all: G }> | undefined
  return {
    length: 0,
    form: { nested: make },
    read: (data, start, end, family) => {
      inner ??= make()
      return decode(inner, data, start, end, family).all
    },
    write: () => {
      throw new TypeError('observations are not sent')
    },
  }
}

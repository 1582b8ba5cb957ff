// Addresses as immutable values: the canonical text, as the C library prints it.
import { dottedQuad } from './scan.ts'

/** An IPv4 or IPv6 address in canonical text, without brackets: `192.0.2.1`, `2001:db8::1`. */
export type Address = string & { readonly address: unique symbol }

export type Family = 'inet' | 'inet6'

export function familyOf(address: Address): Family {
  return address.includes(':') ? 'inet6' : 'inet'
}

/** The address of 4 or 16 bytes in network order. */
export function addressFromBytes(bytes: Uint8Array, family: Family, at = 0): Address {
  return (family === 'inet' ? formatIPv4(bytes, at) : formatIPv6(bytes, at)) as Address
}

/** An IPv4 address as a number, the first byte the highest. */
export function ipv4Number(address: Address): number {
  const number = dottedQuad(address)
  if (number < 0) throw new TypeError(`not an address: ${address}`)
  return number
}

/** The inverse of `ipv4Number`. */
export function ipv4Address(number: number): Address {
  return `${number >>> 24}.${(number >>> 16) & 255}.${(number >>> 8) & 255}.${number & 255}` as Address
}

/** The address's bytes in network order: 4 or 16. */
export function addressToBytes(address: Address): Uint8Array {
  const bytes = address.includes(':') ? ipv6Bytes(address) : ipv4Bytes(address)
  if (bytes === undefined) throw new TypeError(`not an address: ${address}`)
  return bytes
}

/** An IPv4 address as `inet_aton` accepts it: one to four parts, each decimal, octal (0…) or hexadecimal (0x…). */
export function parseIPv4(text: string): Address | undefined {
  if (dottedQuad(text) >= 0) return text as Address
  const bytes = ipv4Bytes(text)
  return bytes && (formatIPv4(bytes, 0) as Address)
}

/** An IPv4 address as `inet_pton` accepts it: four decimal parts. */
export function parseStrictIPv4(text: string): Address | undefined {
  return dottedQuad(text) >= 0 ? (text as Address) : undefined
}

/** An IPv6 address as `inet_pton` accepts it: no brackets, no zone. */
export function parseIPv6(text: string): Address | undefined {
  const bytes = ipv6Bytes(text)
  return bytes && (formatIPv6(bytes, 0) as Address)
}

/** An address of either family in strict form, for the library's callers and JSON documents. */
export function parseAddress(text: string): Address | undefined {
  return text.includes(':') ? parseIPv6(text) : parseStrictIPv4(text)
}

function formatIPv4(bytes: Uint8Array, at: number): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`
}

function formatIPv6(bytes: Uint8Array, at: number): string {
  const groups: number[] = []
  for (let i = 0; i < 8; i++) groups.push((bytes[at + 2 * i]! << 8) | bytes[at + 2 * i + 1]!)
  // The first longest run of two or more zero groups becomes `::`.
  let best = -1
  let bestLength = 1
  for (let i = 0; i < 8; ) {
    let end = i
    while (end < 8 && groups[end] === 0) end++
    if (end - i > bestLength) {
      best = i
      bestLength = end - i
    }
    i = end + 1
  }
  // glibc prints the last four bytes of ::a.b.c.d and ::ffff:a.b.c.d as IPv4.
  if (best === 0 && (bestLength === 6 || (bestLength === 5 && groups[5] === 0xffff))) {
    return `::${bestLength === 5 ? 'ffff:' : ''}${formatIPv4(bytes, at + 12)}`
  }
  const hex = (from: number, to: number) =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':')
  if (best < 0) return hex(0, 8)
  return `${hex(0, best)}::${hex(best + bestLength, 8)}`
}

function ipv4Bytes(text: string): Uint8Array | undefined {
  const quad = dottedQuad(text)
  if (quad >= 0) return Uint8Array.of(quad >>> 24, quad >>> 16, quad >>> 8, quad)
  // Like inet_aton, ignores the text after a blank.
  const parts = text.split(/[ \t\n\v\f\r]/, 1)[0]!.split('.')
  if (parts.length > 4) return undefined
  const values: number[] = []
  for (const part of parts) {
    const value = /^0x[0-9a-f]+$/i.test(part)
      ? Number.parseInt(part, 16)
      : /^0[0-7]*$/.test(part)
        ? Number.parseInt(part, 8)
        : /^[1-9]\d*$/.test(part)
          ? Number.parseInt(part, 10)
          : Number.NaN
    if (!(value <= 0xffffffff)) return undefined
    values.push(value)
  }
  // All parts but the last are one byte each; the last fills what remains.
  const last = values.pop()!
  if (values.some((value) => value > 255) || last >= 2 ** (8 * (4 - values.length))) return undefined
  let number = last
  for (const [i, value] of values.entries()) number += value * 2 ** (8 * (3 - i))
  return Uint8Array.of(number / 2 ** 24, number / 2 ** 16, number / 2 ** 8, number)
}

function ipv6Bytes(text: string): Uint8Array | undefined {
  // A quick test for the usual text, an IPv4 address with a port, which has one colon.
  const colon = text.indexOf(':')
  if (colon < 0 || text.indexOf(':', colon + 1) < 0) return undefined
  if (!/^[0-9a-fA-F:.]{2,45}$/.test(text)) return undefined
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const head = ipv6Groups(halves[0]!, halves.length === 1)
  const tail = halves.length === 2 ? ipv6Groups(halves[1]!, true) : []
  if (head === undefined || tail === undefined) return undefined
  const count = head.length + tail.length
  if (halves.length === 2 ? count > 7 : count !== 8) return undefined
  const bytes = new Uint8Array(16)
  const put = (groups: readonly number[], first: number) => {
    for (const [i, group] of groups.entries()) {
      bytes[2 * (first + i)] = group >> 8
      bytes[2 * (first + i) + 1] = group
    }
  }
  put(head, 0)
  put(tail, 8 - tail.length)
  return bytes
}

/** The 16-bit groups of one side of an IPv6 address; the last side may end in an IPv4 address. */
function ipv6Groups(text: string, last: boolean): number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (const [i, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16))
    } else {
      const dotted = last && i === parts.length - 1 ? parseStrictIPv4(part) : undefined
      const bytes = dotted === undefined ? undefined : ipv4Bytes(dotted)
      if (bytes === undefined) return undefined
      groups.push((bytes[0]! << 8) | bytes[1]!, (bytes[2]! << 8) | bytes[3]!)
    }
  }
  return groups
}

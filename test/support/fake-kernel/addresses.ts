// Addresses as the fake sees them: 16 bytes of union nf_inet_addr, their text for snapshots, and the kernel's opinion
// of which of them a real server may have.

import { AF_INET, AF_INET6 } from './constants.ts'

/** The usual text, IPv6 with its longest run of zeros shortened. */
export function addressText(af: number, address: Uint8Array): string {
  if (af !== AF_INET6) return address.subarray(0, 4).join('.')
  const words = Array.from({ length: 8 }, (_, i) =>
    (((address[2 * i] ?? 0) << 8) | (address[2 * i + 1] ?? 0)).toString(16),
  )
  const runs = words.join(':').matchAll(/(?<![^:])0(?::0(?![^:]))+/g)
  let longest = { index: 0, text: '' }
  for (const run of runs)
    if (run[0].length > longest.text.length) longest = { index: run.index, text: run[0] }
  const text = words.join(':')
  if (longest.text === '') return text
  const before = text.slice(0, longest.index).replace(/:$/, '')
  const after = text.slice(longest.index + longest.text.length).replace(/^:/, '')
  return `${before}::${after}`
}

/** Address and port, `192.0.2.1:80` or `[2001:db8::1]:80`. */
export function endpointText(af: number, address: Uint8Array, port: number): string {
  const text = addressText(af, address)
  return af === AF_INET6 ? `[${text}]:${port}` : `${text}:${port}`
}

/** inet_addr_type() is RTN_UNICAST or RTN_LOCAL (net/ipv4/fib_frontend.c), with lo up and nothing else. */
function isUnicast4(address: Uint8Array): boolean {
  const first = address[0] ?? 0
  if ((first & 0xf0) === 0xe0) return false // multicast
  return !['0.0.0.0', '127.255.255.255', '255.255.255.255'].includes(addressText(AF_INET, address))
}

/** ipv6_addr_type() has UNICAST and not LINKLOCAL (net/ipv6/addrconf_core.c). */
function isUnicast6(address: Uint8Array): boolean {
  const [a = 0, b = 0] = address
  if (a === 0xff) return false
  if (a === 0xfe && (b & 0xc0) === 0x80) return false
  if (address.subarray(0, 8).some((byte) => byte !== 0)) return true
  const words = new DataView(address.buffer, address.byteOffset, 16)
  if (words.getUint32(8) === 0) return words.getUint32(12) !== 0
  return words.getUint32(8) !== 0xffff // mapped IPv4
}

export function mayBeRealServer(af: number, address: Uint8Array): boolean {
  return af === AF_INET6 ? isUnicast6(address) : isUnicast4(address)
}

// Values of options: numbers, addresses with ports, scheduler flags. A refused value is undefined here;
// the option's row words the refusal.
import { type Address, type Family, parseIPv4, parseIPv6, parseStrictIPv4 } from '../model/address.ts'
import type { Protocol } from '../model/service.ts'

/** A decimal integer as `strtol` reads it (leading blanks and a sign, nothing after), within the range. */
export function parseNumber(text: string, min: number, max: number): number | undefined {
  if (!/^[ \t\n\v\f\r]*[+-]?[0-9]+$/.test(text)) return undefined
  // `+ 0` turns -0 into 0.
  const number = Number(text) + 0
  return number >= min && number <= max ? number : undefined
}

/** Known names, from the resolver and the services database, which parsing itself does not use. */
export interface Names {
  /** A host's IPv4 address, null if it has none, undefined if it has not been looked up yet. */
  host(name: string): Address | null | undefined
  /** A service's port. */
  port(name: string, protocol: Protocol): number | undefined
}

/** Parsing needs the addresses of these hosts: resolve them and parse again. */
export class UnresolvedHost extends Error {
  override readonly name = 'UnresolvedHost'
  readonly hosts: readonly string[]
  constructor(...hosts: readonly string[]) {
    super(hosts.join(' '))
    this.hosts = hosts
  }
}

export interface Endpoint {
  readonly family: Family
  readonly address: Address
  /** Undefined if none was given. */
  readonly port: number | undefined
}

/**
 * `host[:port]`: an IPv6 address (in brackets if a port follows), an IPv4 address or a name.
 * @param protocol for the name of a port; without it a port must be a number
 */
export function parseEndpoint(
  text: string,
  protocol: Protocol | undefined,
  names: Names,
): Endpoint | undefined {
  if (text.startsWith('[')) {
    const close = text.indexOf(']')
    if (close < 0 || text[close + 1] !== ':') return undefined
    const host = text.slice(1, close)
    const address = parseIPv6(host)
    // The reference accepts other hosts in brackets too, and then ignores the port.
    if (address === undefined) return endpoint('inet', parseHost(host, names), undefined)
    const port = parsePort(text.slice(close + 2), protocol, names)
    return port === undefined ? undefined : endpoint('inet6', address, port)
  }
  const bare = parseIPv6(text)
  if (bare !== undefined) return endpoint('inet6', bare, undefined)
  const colon = text.indexOf(':')
  if (colon < 0) {
    // The reference reads a lone number as a port without an address.
    return parseNumber(text, 0, Infinity) === undefined
      ? endpoint('inet', parseHost(text, names), undefined)
      : undefined
  }
  const port = parsePort(text.slice(colon + 1), protocol, names)
  return port === undefined ? undefined : endpoint('inet', parseHost(text.slice(0, colon), names), port)
}

function endpoint(
  family: Family,
  address: Address | undefined,
  port: number | undefined,
): Endpoint | undefined {
  return address && { family, address, port }
}

function parsePort(text: string, protocol: Protocol | undefined, names: Names): number | undefined {
  return parseNumber(text, 0, 65535) ?? (protocol && names.port(text, protocol))
}

/** An IPv4 address, or a name that has one. */
export function parseHost(text: string, names: Names): Address | undefined {
  const address = parseIPv4(text)
  if (address !== undefined) return address
  // A name is not empty and has no blanks; others are not looked up.
  if (!/^[^\s\0]+$/.test(text)) return undefined
  const resolved = names.host(text)
  if (resolved === undefined) throw new UnresolvedHost(text)
  return resolved ?? undefined
}

/** The number at the beginning of a text, as C's atoi reads it: 0 if there is none, and truncated to 32 bits. */
export function leadingNumber(text: string): number {
  const [, digits = '0'] = /^[ \t-\r]*([+-]?\d+)/.exec(text) ?? []
  const number = BigInt(digits.replace('+', ''))
  const [least, most] = [-(2n ** 63n), 2n ** 63n - 1n]
  return Number(BigInt.asIntN(32, number < least ? least : number > most ? most : number))
}

/** A multicast group: IPv4, or IPv6 without brackets. */
export function parseGroup(text: string): Address | undefined {
  if (text.includes(':')) {
    const address = parseIPv6(text)
    return address !== undefined && /^ff..:/.test(address) ? address : undefined
  }
  const address = parseStrictIPv4(text)
  const first = Number(address?.split('.', 1)[0])
  return first >= 224 && first <= 239 ? address : undefined
}

/** The schedulers of Linux 6.1 (Kconfig of netfilter/ipvs), for completion; any other name is passed on as well. */
// biome-ignore format: a list
export const SCHEDULERS = [
  'rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'dh', 'sh', 'sed', 'nq', 'fo', 'ovf', 'mh', 'twos',
] as const

/** The reference reads at most this many bytes of a list of flags. */
const LONGEST_FLAGS = 127

/** The names in a comma-separated list; undefined for a list of commas alone. */
export function schedulerFlagList(list: string): readonly string[] | undefined {
  const text = list.slice(0, LONGEST_FLAGS)
  if (text === '') return []
  const names = text.split(',').filter((name) => name !== '')
  return names.length > 0 ? names : undefined
}

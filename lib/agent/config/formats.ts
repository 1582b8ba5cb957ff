// The forms of texts in the configuration: each read to its value, or refused with the form that was expected.

import { isEndpoint, isPrefix } from '../../fleet/cluster-words.ts'
import { isFleetName } from '../../fleet/fleet-keys.ts'
import { familyOf, parseAddress } from '../../model/address.ts'
import type { DestinationId } from '../../model/destination.ts'
import type { ServiceId } from '../../model/service.ts'
import { parseScope, type Scope } from '../../reconcile/scope.ts'
import { parseListen } from '../../serve/listen-address.ts'

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
const LONGEST_DURATION = 24 * 3_600_000
const MAX_FWMARK = 2 ** 32 - 1

/** Milliseconds: a number is seconds. */
export function readDuration(value: string | number): number | undefined {
  if (typeof value === 'number') return inDay(value * 1000)
  const match = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)$/.exec(value)
  return match === null ? undefined : inDay(Number(match[1]) * (UNITS[match[2] ?? ''] ?? Number.NaN))
}

const inDay = (time: number) => (time >= 0 && time <= LONGEST_DURATION ? Math.round(time) : undefined)

/** An address with a port, the port undefined where the text has none: `192.0.2.1:80`, `[2001:db8::1]`. */
export function readEndpoint(
  text: string,
): (Omit<DestinationId, 'port'> & { readonly port: number | undefined }) | undefined {
  const match = /^(?:\[([^\]]*)\]|([^[\]:]*))(?::(\d{1,5}))?$/.exec(text)
  if (match === null) return undefined
  const address = parseAddress(match[1] ?? match[2] ?? '')
  const port = match[3] === undefined ? undefined : Number(match[3])
  if (address === undefined || (port ?? 0) > 65_535) return undefined
  const family = familyOf(address)
  // Brackets are for IPv6 alone.
  return (match[1] === undefined) === (family === 'inet') ? { family, address, port } : undefined
}

export function readServer(text: string): DestinationId | undefined {
  const endpoint = readEndpoint(text)
  return endpoint?.port === undefined ? undefined : { ...endpoint, port: endpoint.port }
}

/** `tcp 192.0.2.1:80`, `fwmark 1`, `fwmark 1 inet6`. */
export function readService(text: string): ServiceId | undefined {
  const [kind = '', what = '', family, ...rest] = text.split(' ')
  if (rest.length > 0) return undefined
  if (kind === 'fwmark') {
    const fwmark = Number(what)
    if (!/^\d{1,10}$/.test(what) || fwmark < 1 || fwmark > MAX_FWMARK) return undefined
    if (family !== undefined && family !== 'inet' && family !== 'inet6') return undefined
    return { family: family ?? 'inet', fwmark }
  }
  const server = family === undefined ? readServer(what) : undefined
  if (server === undefined || (kind !== 'tcp' && kind !== 'udp' && kind !== 'sctp')) return undefined
  return { ...server, protocol: kind }
}

export function readScope(words: readonly string[]): Scope | undefined {
  const scope = parseScope(words)
  return 'illegal' in scope ? undefined : scope
}

/** Statuses: `200`, `300-399`. */
export function readStatuses(value: string | number): { first: number; last: number } | undefined {
  const match = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(String(value))
  if (match === null) return undefined
  const first = Number(match[1])
  const last = Number(match[2] ?? first)
  return first <= last ? { first, last } : undefined
}

export function readPattern(text: string): RegExp | undefined {
  try {
    return new RegExp(text)
  } catch {
    return undefined
  }
}

const hasLabels = (name: string) =>
  name === '.' ||
  (name.length <= 253 && /^(?:[\x21-\x2d\x2f-\x7e]{1,63}\.)*[\x21-\x2d\x2f-\x7e]{1,63}\.?$/.test(name))

/** The formats of the schema: which texts have each, and how it is said that one has not. */
export const FORMATS: Readonly<
  Record<string, { readonly test: (text: string) => boolean; readonly expected: string }>
> = {
  duration: {
    test: (text) => readDuration(text) !== undefined,
    expected: 'must be a time up to a day, such as 500ms, 2s or 5m; a number is seconds',
  },
  path: {
    test: (text) => /^\/[^\0]*$/.test(text),
    expected: 'must be an absolute path',
  },
  'fleet-name': {
    test: isFleetName,
    expected: 'must be letters, digits, dots, dashes and underscores, 63 at most',
  },
  member: { test: isEndpoint, expected: 'must be HOST:PORT or https://HOST:PORT' },
  prefix: { test: isPrefix, expected: 'must begin with / and have letters, digits and /._- only' },
  address: {
    test: (text) => parseAddress(text) !== undefined,
    expected: 'must be an IPv4 or IPv6 address, without brackets',
  },
  endpoint: {
    test: (text) => readEndpoint(text) !== undefined,
    expected: 'must be ADDRESS or ADDRESS:PORT, an IPv6 address in brackets',
  },
  server: {
    test: (text) => readServer(text) !== undefined,
    expected: 'must be ADDRESS:PORT, an IPv6 address in brackets',
  },
  service: {
    test: (text) => readService(text) !== undefined,
    expected:
      'must be "tcp ADDRESS:PORT", also with udp or sctp, or "fwmark MARK", perhaps with inet6 after it',
  },
  scope: {
    test: (text) => readScope([text]) !== undefined,
    expected: 'must be a network, a protocol, or fwmark:FIRST-LAST, as --scope takes it',
  },
  listen: {
    test: (text) => parseListen(text) !== undefined,
    expected: 'must be PORT, ADDRESS:PORT, [ADDRESS]:PORT or :PORT',
  },
  statuses: {
    test: (text) => readStatuses(text) !== undefined,
    expected: 'must be a status from 100 to 599, or two with - between',
  },
  pattern: {
    test: (text) => readPattern(text) !== undefined,
    expected: 'must be a regular expression',
  },
  method: { test: (text) => /^[A-Z]{1,20}$/.test(text), expected: 'must be a method, such as GET or HEAD' },
  target: {
    test: (text) => /^\/[\x21-\x7e]*$/.test(text),
    expected: 'must begin with / and have no blanks; other characters are written as %XX',
  },
  host: {
    test: (text) => /^[\w.:[\]-]{1,255}$/.test(text),
    expected: 'must be the name of a host, perhaps with a port',
  },
  hex: {
    test: (text) => /^(?:[0-9a-fA-F]{2}\s*)*$/.test(text),
    expected: 'must be bytes of two hexadecimal digits each',
  },
  name: { test: hasLabels, expected: 'must be a domain name, or "." for the root' },
  word: { test: (text) => !text.includes('\0'), expected: 'must not have the character NUL' },
}

// Values as both ldirectord and keepalived write them.
import { type Address, addressFromBytes, ipv4Number, parseAddress } from '../../model/address.ts'
import { readPattern } from '../config/formats.ts'
import type { RawCheck } from '../config/validate.ts'

/** Names of ports that are usual in such files; others must be written as numbers. */
const PORTS: Readonly<Record<string, number>> = {
  ftp: 21,
  ssh: 22,
  telnet: 23,
  smtp: 25,
  domain: 53,
  http: 80,
  www: 80,
  pop3: 110,
  nntp: 119,
  ntp: 123,
  imap2: 143,
  imap: 143,
  snmp: 161,
  ldap: 389,
  https: 443,
  submission: 587,
  syslog: 514,
  ldaps: 636,
  imaps: 993,
  pop3s: 995,
  radius: 1812,
  mysql: 3306,
  postgresql: 5432,
  sip: 5060,
}

export function readPort(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Object.hasOwn(PORTS, text) ? PORTS[text] : undefined
  return port !== undefined && port <= 65_535 ? port : undefined
}

export function readCount(text: string | undefined, most = 2 ** 31 - 1): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) && Number(text) <= most ? Number(text) : undefined
}

/** More servers than this in one range are taken for a mistake. */
const LONGEST_RANGE = 4096

/** The IPv4 addresses from one to another; undefined if they are no range. */
export function addressRange(first: Address, last: Address): Address[] | undefined {
  if (first.includes(':') || last.includes(':')) return undefined
  const [low, high] = [ipv4Number(first), ipv4Number(last)]
  if (high < low || high - low >= LONGEST_RANGE) return undefined
  const count = high - low + 1
  return Array.from({ length: count }, (_, i) => {
    const number = low + i
    return addressFromBytes(Uint8Array.of(number >>> 24, number >>> 16, number >>> 8, number), 'inet')
  })
}

/**
 * The interval and the timeout of a check, from seconds. Those programs wait for a check that hangs, and then for the
 * interval: where the timeout is not less than the interval, the interval becomes the sum.
 */
export function timing(
  interval: number,
  timeout: number,
): { readonly times: RawCheck; readonly longer: boolean } {
  const longer = timeout >= interval
  const seconds = (value: number) => `${Math.round(value * 1000) / 1000}s`
  return {
    times: { interval: seconds(longer ? interval + timeout : interval), timeout: seconds(timeout) },
    longer,
  }
}

/** A regular expression of Perl, if JavaScript reads it too. */
export function readPerlPattern(text: string): string | undefined {
  return readPattern(text) === undefined ? undefined : text
}

/** The parts of a URL of HTTP, or a path, as `request` and `path` have them. */
export function readRequest(text: string): {
  readonly path: string
  readonly host?: string
  readonly address?: Address
  readonly port?: number
} {
  const match = /^https?:\/\/(\[[^\]]*\]|[^/:]*)(?::(\d{1,5}))?(\/.*)?$/i.exec(text)
  if (match === null) return { path: encodePath(text.startsWith('/') ? text : `/${text}`) }
  const [, host = '', port, path = '/'] = match
  const address = parseAddress(host.replace(/^\[|\]$/g, ''))
  return {
    path: encodePath(path),
    ...(address === undefined ? { host } : { address }),
    ...(port !== undefined && { port: Number(port) }),
  }
}

/** Characters that no request line has are written as %XX. */
const encodePath = (path: string) =>
  path.replace(/[^\x21-\x7e]+/gu, (part) => encodeURIComponent(part.replace(/\p{Cs}/gu, '\ufffd')))

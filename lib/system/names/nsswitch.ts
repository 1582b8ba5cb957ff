// The configuration of name look-ups: nsswitch.conf, hosts and resolv.conf. Pure: their texts in, data out.
import { type Address, familyOf, parseAddress } from '../../model/address.ts'

/** `system` stands for all other sources of nsswitch.conf, which only the C library can use. */
export type HostSource = 'files' | 'dns' | 'system'

/** Modules that use the name servers of resolv.conf. */
const DNS_MODULES = ['dns', 'resolve']

/** The sources of host names in their order; the C library's own default is `files dns`. */
export function parseSources(nsswitch: string): HostSource[] {
  const line = nsswitch.split('\n').find((text) => /^\s*hosts\s*:/.test(text))
  if (line === undefined) return ['files', 'dns']
  const words = line
    .replace(/#.*/, '')
    .replace(/^\s*hosts\s*:/, '')
    // Actions after a source's answer: `[NOTFOUND=return]`.
    .replace(/\[[^\]]*\]?/g, ' ')
    .split(/\s+/)
    .filter((word) => word !== '')
  const sources = words.map((word) =>
    word === 'files' ? word : DNS_MODULES.includes(word) ? 'dns' : 'system',
  )
  // The other sources have few names and are slow, so they come last.
  return [
    ...new Set(sources.filter((source) => source !== 'system')),
    ...(sources.includes('system') ? ['system' as const] : []),
  ]
}

/** The names of addresses in the text of /etc/hosts; an earlier line wins, as does a line's first name. */
export function parseHostNames(hosts: string): Map<Address, string> {
  const names = new Map<Address, string>()
  for (const { address, words } of hostLines(hosts)) {
    for (const named of [address, asIPv4(address)]) {
      if (named !== undefined && !names.has(named)) names.set(named, words[0]!)
    }
  }
  return names
}

/** The IPv4 addresses of names and aliases, in lower case, in the text of /etc/hosts; an earlier line wins. */
export function parseHostAddresses(hosts: string): Map<string, Address> {
  const addresses = new Map<string, Address>()
  for (const line of hostLines(hosts)) {
    const address = asIPv4(line.address)
    if (address === undefined) continue
    for (const word of line.words) {
      const name = word.toLowerCase()
      if (!addresses.has(name)) addresses.set(name, address)
    }
  }
  return addresses
}

function* hostLines(hosts: string): Generator<{ address: Address; words: string[] }> {
  for (const line of hosts.split('\n')) {
    const [text, ...words] = line.replace(/#.*/, '').trim().split(/\s+/)
    const address = parseAddress(text ?? '')
    if (address !== undefined && words.length > 0) yield { address, words }
  }
}

/** An address in /etc/hosts as the C library reads it for IPv4 (nss_files). */
function asIPv4(address: Address): Address | undefined {
  if (familyOf(address) === 'inet') return address
  if (address === '::1') return parseAddress('127.0.0.1')
  return address.startsWith('::ffff:') ? parseAddress(address.slice(7)) : undefined
}

interface ResolverSettings {
  /** Addresses of name servers; the local machine if the file has none. */
  readonly servers: readonly string[]
  /** Domains to append to a name. */
  readonly search: readonly string[]
  /** The number of dots from which a name is first tried unchanged. */
  readonly ndots: number
  /** The time to wait for an answer, in milliseconds. */
  readonly timeout: number
}

/** The C library's limits (resolv.h). */
const MOST_SERVERS = 3
const MOST_NDOTS = 15
const MOST_TIMEOUT = 30
const DEFAULT_TIMEOUT = 5

/** The settings in the text of /etc/resolv.conf. @param hostname determines the search domain if the file has none */
export function parseResolverSettings(resolv: string, hostname: string): ResolverSettings {
  const servers: string[] = []
  const domain = /^[^.\s]+\.(\S+)/.exec(hostname)?.[1]
  let search = domain === undefined ? [] : [domain]
  let ndots = 1
  let timeout = DEFAULT_TIMEOUT
  for (const line of resolv.split('\n')) {
    const [keyword, ...words] = line.trimEnd().split(/[ \t]+/)
    if (keyword === 'nameserver' && words[0] !== undefined) servers.push(words[0])
    if (keyword === 'search') search = words
    if (keyword === 'domain') search = words.slice(0, 1)
    if (keyword !== 'options') continue
    for (const word of words) {
      const [, name, value] = /^(ndots|timeout):(\d+)/.exec(word) ?? []
      if (name === 'ndots') ndots = Math.min(Number(value), MOST_NDOTS)
      if (name === 'timeout') timeout = Math.max(Math.min(Number(value), MOST_TIMEOUT), 1)
    }
  }
  return {
    servers: servers.length > 0 ? servers.slice(0, MOST_SERVERS) : ['127.0.0.1'],
    search,
    ndots,
    timeout: timeout * 1000,
  }
}

/** The domains to try in turn for a host's address; none if it cannot be a domain. */
export function searchList(host: string, search: readonly string[], ndots: number): string[] {
  if (!isDomain(host.replace(/\.$/, ''))) return []
  if (host.endsWith('.')) return [host.slice(0, -1)]
  const longer = search
    .map((domain) => domain.replace(/\.$/, ''))
    .filter((domain) => domain !== '')
    .map((domain) => `${host}.${domain}`)
    .filter(isDomain)
  return host.split('.').length - 1 >= ndots ? [host, ...longer] : [...longer, host]
}

function isDomain(name: string): boolean {
  return name.length <= 253 && name.split('.').every((label) => /^[\w-]{1,63}$/.test(label))
}

// Look-ups of host names and addresses in the sources of nsswitch.conf: each once, many at a time, with a timeout.
import { type Address, familyOf, parseAddress } from '../../model/address.ts'
import { reverseDomain } from './dns-messages.ts'
import { resolve } from './dns-resolver.ts'
import {
  type HostSource,
  parseHostAddresses,
  parseHostNames,
  parseResolverSettings,
  parseSources,
  searchList,
} from './nsswitch.ts'
import { type HostAddress, MOST_NAMES, type NameSources } from './sources.ts'

/** The default time that a listing waits for names, in milliseconds. Addresses without a name are printed as numbers. */
const RESOLVE_TIMEOUT = 2000

type Found = ReadonlyMap<string, HostAddress>

/** The IPv4 addresses of hosts. Takes no longer than the resolver's own timeout (resolv.conf; 5 s by default). */
export async function lookUpHosts(hosts: Iterable<string>, sources: NameSources): Promise<Found> {
  const found = new Map<string, HostAddress>()
  let open: string[] = []
  for (const host of new Set(hosts)) {
    const address = parseAddress(host)
    if (address !== undefined && familyOf(address) === 'inet') found.set(host, { address })
    // An IPv6 address, with or without a zone, is not a name of an IPv4 host.
    else if (host.includes(':')) found.set(host, { failure: 'unknown' })
    else open.push(host)
  }
  const end = performance.now() + settings(sources).timeout
  for (const source of parseSources(readText('/etc/nsswitch.conf', sources))) {
    if (open.length === 0) break
    for (const [host, result] of await ADDRESSES_FROM[source](open, end, sources)) {
      // A missing answer takes precedence over "unknown" from another source.
      if ('address' in result || !found.has(host) || result.failure === 'no-answer') found.set(host, result)
    }
    open = open.filter((host) => !('address' in (found.get(host) ?? {})))
  }
  for (const host of open) if (!found.has(host)) found.set(host, { failure: 'unknown' })
  return found
}

const ADDRESSES_FROM: Readonly<
  Record<HostSource, (hosts: readonly string[], end: number, sources: NameSources) => Promise<Found>>
> = {
  async files(hosts, _end, sources) {
    const known = parseHostAddresses(readText('/etc/hosts', sources))
    const found = new Map<string, HostAddress>()
    for (const host of hosts) {
      const address = known.get(host.toLowerCase())
      if (address !== undefined) found.set(host, { address })
    }
    return found
  },
  dns: hostsFromDns,
  async system(hosts, end, { library }) {
    const found = new Map<string, HostAddress>()
    if (library === undefined) return found
    library.prepare(hosts.length)
    const asked = hosts.map(async (host) => {
      const address = await library.address(host)
      found.set(host, address ? { address } : { failure: address === null ? 'unknown' : 'no-answer' })
    })
    await within(Promise.all(asked), end)
    // A later answer must not change the result.
    return new Map(hosts.map((host) => [host, found.get(host) ?? { failure: 'no-answer' }]))
  },
}

/** Looks up names with their search domains in stages: first the first candidates of all hosts, and so on. */
async function hostsFromDns(hosts: readonly string[], end: number, sources: NameSources): Promise<Found> {
  const { servers, search, ndots } = settings(sources)
  const found = new Map<string, HostAddress>()
  let open = hosts.map((host) => ({ host, candidates: searchList(host, search, ndots) }))
  for (let stage = 0; open.length > 0; stage++) {
    open = open.filter(({ host, candidates }) => {
      if (candidates[stage] !== undefined) return true
      found.set(host, { failure: 'unknown' })
      return false
    })
    const domains = open.map(({ candidates }) => candidates[stage]!)
    const answers = await resolve('A', domains, { servers, timeout: end - performance.now() }, sources)
    open = open.filter(({ host, candidates }) => {
      const answer = answers.get(candidates[stage]!)
      if (answer === null) return true
      found.set(host, answer === undefined ? { failure: 'no-answer' } : { address: answer as Address })
      return false
    })
  }
  return found
}

/** The names of addresses that are found within `timeout` milliseconds. */
export async function lookUpNames(
  addresses: Iterable<Address>,
  sources: NameSources,
  timeout: number = RESOLVE_TIMEOUT,
): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>()
  const end = performance.now() + timeout
  let unknown = [...new Set(addresses)].slice(0, MOST_NAMES)
  for (const source of parseSources(readText('/etc/nsswitch.conf', sources))) {
    if (unknown.length === 0 || (performance.now() >= end && source !== 'files')) break
    const known = await NAMES_FROM[source](unknown, end, sources)
    for (const address of unknown) {
      const name = printable(known.get(address) ?? '')
      if (name !== '' && name !== address) names.set(address, name)
    }
    unknown = unknown.filter((address) => !names.has(address))
  }
  return names
}

const NAMES_FROM: Readonly<
  Record<
    HostSource,
    (
      addresses: readonly Address[],
      end: number,
      sources: NameSources,
    ) => Promise<ReadonlyMap<Address, string>>
  >
> = {
  async files(_addresses, _end, sources) {
    return parseHostNames(readText('/etc/hosts', sources))
  },
  async dns(addresses, end, sources) {
    const { servers } = settings(sources)
    const domains = new Map(addresses.map((address) => [reverseDomain(address), address]))
    const answers = await resolve(
      'PTR',
      [...domains.keys()],
      { servers, timeout: end - performance.now() },
      sources,
    )
    const names = new Map<Address, string>()
    for (const [domain, name] of answers) if (name !== null) names.set(domains.get(domain)!, name)
    return names
  },
  /** Runs as many look-ups at a time as the library has threads. */
  async system(addresses, end, { library }) {
    const names = new Map<Address, string>()
    if (library === undefined) return names
    library.prepare(addresses.length)
    const asked = addresses.map(async (address) => {
      const name = await library.name(address)
      if (name !== undefined) names.set(address, name)
    })
    await within(Promise.all(asked), end)
    // A later answer must not change the result.
    return new Map(names)
  },
}

/** Waits for the work, at most until `end`. */
async function within(work: Promise<unknown>, end: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.max(end - performance.now(), 0))
  })
  await Promise.race([work, late])
  clearTimeout(timer)
}

function settings(sources: NameSources) {
  return parseResolverSettings(
    readText('/etc/resolv.conf', sources),
    readText('/proc/sys/kernel/hostname', sources),
  )
}

function readText(path: string, { readFile }: NameSources): string {
  try {
    return new TextDecoder().decode(readFile(path))
  } catch {
    return ''
  }
}

/** A name without control characters: names come from the network and are printed on terminals. */
function printable(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: matched on purpose
  return name.replace(/[\u0000-\u001f\u007f-\u009f]/g, '')
}

// Host names, asked of what the system asks: each once, many at a time, and for a listing within a time limit.
import { readFileSync } from 'node:fs'
import type { Address } from '../../model/address.ts'
import { parseHosts, parseNameServers, parseSources, type Source } from './nsswitch.ts'

/** How long a listing waits for names, in milliseconds, unless it is told; what is not known by then is printed as a number. */
export const RESOLVE_TIMEOUT = 2000

/** More addresses than can be asked for are not remembered: a list of any size takes bounded memory. */
export const MOST_NAMES = 32_768

/** The most threads that libuv is let start for lookups; one waits for each answer. */
const MOST_THREADS = 64

/** The IPv4 addresses of host names; null for those that have none. Takes as long as the system's resolver does. */
export async function lookUpHosts(names: Iterable<string>): Promise<Map<string, Address | null>> {
  const distinct = [...new Set(names)]
  wantThreads(distinct.length)
  const { lookup } = await import('node:dns')
  const { isIPv4 } = await import('node:net')
  const one = (name: string): Promise<readonly [string, Address | null]> =>
    new Promise((resolve) => {
      // An IPv6 address with a zone comes back as it is, whatever family is asked for.
      lookup(name, { family: 4 }, (error, address) =>
        resolve([name, !error && isIPv4(address) ? (address as Address) : null]),
      )
    })
  return new Map(await Promise.all(distinct.map(one)))
}

/** The names of addresses, as far as they are known within `timeout` milliseconds. */
export async function lookUpNames(
  addresses: Iterable<Address>,
  timeout: number = RESOLVE_TIMEOUT,
): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>()
  const end = performance.now() + timeout
  let unknown = [...new Set(addresses)]
  for (const source of parseSources(readText('/etc/nsswitch.conf'))) {
    const rest = end - performance.now()
    if (unknown.length === 0 || (rest <= 0 && source !== 'files')) break
    const known = await ASK[source](unknown, rest)
    for (const address of unknown) {
      const name = printable(known.get(address) ?? '')
      if (name !== '' && name !== address) names.set(address, name)
    }
    unknown = unknown.filter((address) => !names.has(address))
  }
  return names
}

/** What each source knows within so many milliseconds. */
const ASK: Readonly<
  Record<Source, (addresses: readonly Address[], timeout: number) => Promise<ReadonlyMap<Address, string>>>
> = {
  async files() {
    return parseHosts(readText('/etc/hosts'))
  },
  async dns(addresses, timeout) {
    const { resolveNames } = await import('./dns-resolver.ts')
    return await resolveNames(addresses, { servers: parseNameServers(readText('/etc/resolv.conf')), timeout })
  },
  system: askLibrary,
}

/** Asks the C library, which asks whatever it is configured to; as many at a time as there are threads. */
async function askLibrary(addresses: readonly Address[], timeout: number): Promise<Map<Address, string>> {
  wantThreads(addresses.length)
  const { lookupService } = await import('node:dns')
  const names = new Map<Address, string>()
  const pending = addresses.map(
    (address) =>
      new Promise<void>((resolve) => {
        lookupService(address, 0, (error, host) => {
          if (!error) names.set(address, host)
          resolve()
        })
      }),
  )
  let timer: NodeJS.Timeout | undefined
  await Promise.race([
    Promise.all(pending),
    new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeout)
    }),
  ])
  clearTimeout(timer)
  // A later answer must not change a listing half way.
  return new Map(names)
}

/** libuv reads the variable when its first thread is needed, which has not been so far. */
function wantThreads(count: number): void {
  if (count > 4) process.env.UV_THREADPOOL_SIZE ??= String(Math.min(count, MOST_THREADS))
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** Names come from the network: no control character of theirs reaches a terminal. */
function printable(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return name.replace(/[\u0000-\u001f\u007f-\u009f]/g, '')
}

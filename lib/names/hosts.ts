// Host names, asked of the system's resolver: each once, many at a time, and for the listing within a time limit.
import type { Address } from '../model/address.ts'

/** How long a listing waits for names, in milliseconds; what is not known by then is printed as a number. */
export const RESOLVE_TIMEOUT = 2000

/** The IPv4 addresses of host names; null for those that have none. */
export async function lookUpHosts(names: Iterable<string>): Promise<Map<string, Address | null>> {
  const { lookup } = await import('node:dns')
  const { isIPv4 } = await import('node:net')
  const one = (name: string): Promise<readonly [string, Address | null]> =>
    new Promise((resolve) => {
      // An IPv6 address with a zone comes back as it is, whatever family is asked for.
      lookup(name, { family: 4 }, (error, address) =>
        resolve([name, !error && isIPv4(address) ? (address as Address) : null]),
      )
    })
  return new Map(await Promise.all([...new Set(names)].map(one)))
}

/** The names of addresses, as far as they are known within `timeout` milliseconds. */
export async function lookUpNames(
  addresses: Iterable<Address>,
  timeout: number = RESOLVE_TIMEOUT,
): Promise<ReadonlyMap<string, string>> {
  const { lookupService } = await import('node:dns')
  const names = new Map<string, string>()
  const pending = [...new Set(addresses)].map(
    (address) =>
      new Promise<void>((resolve) => {
        lookupService(address, 0, (error, host) => {
          if (!error && host !== address) names.set(address, printable(host))
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

/** Names come from the network: no control character of theirs reaches a terminal. */
function printable(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return name.replace(/[\u0000-\u001f\u007f-\u009f]/g, '')
}

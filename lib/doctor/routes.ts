// The kernel's routing files → networks: what is local, and where the rest goes. The main table only.

import { type Address, addressFromBytes } from '../model/address.ts'
import { bytesFromHex } from '../model/bytes.ts'
import { contains, type Prefix, parsePrefix } from '../model/prefix.ts'

export interface Route extends Prefix {
  readonly device: string
  /** Undefined: the network is reached directly. */
  readonly gateway: Address | undefined
}

type ReadFile = (path: string) => string | undefined

/** RTF_GATEWAY, RTF_REJECT and RTF_LOCAL of linux/route.h and linux/ipv6_route.h */
const GATEWAY = 0x2
const REJECT = 0x200
const LOCAL = 0x80000000

/** The route that an address takes: the longest network that contains it. */
export function routeTo(routes: readonly Route[], address: Address): Route | undefined {
  let best: Route | undefined
  for (const route of routes) {
    if (contains(route, address) && (best === undefined || route.length > best.length)) best = route
  }
  return best
}

/** Networks and addresses that are this host's own (/proc/net/fib_trie; the local routes of /proc/net/ipv6_route). */
export function parseLocalAddresses(file: ReadFile): Route[] {
  const networks: Route[] = []
  let address = ''
  for (const line of lines(file('/proc/net/fib_trie'))) {
    address = /\|-- ([\d.]+)$/.exec(line)?.[1] ?? address
    const length = /\/(\d+) host LOCAL$/.exec(line)?.[1]
    const prefix = length === undefined ? undefined : parsePrefix(`${address}/${length}`)
    if (prefix !== undefined) networks.push({ ...prefix, device: 'lo', gateway: undefined })
  }
  return [...networks, ...ipv6Routes(file).filter(({ flags }) => (flags & LOCAL) !== 0)]
}

/** The routes to elsewhere (/proc/net/route, /proc/net/ipv6_route). */
export function parseRoutes(file: ReadFile): Route[] {
  const ipv6 = ipv6Routes(file).filter(
    ({ flags, device }) => (flags & (LOCAL | REJECT)) === 0 && device !== 'lo',
  )
  return [...ipv4Routes(file), ...ipv6]
}

function ipv4Routes(file: ReadFile): Route[] {
  const routes: Route[] = []
  for (const line of lines(file('/proc/net/route')).slice(1)) {
    const [device = '', destination = '', gateway = '', flags = '', , , , mask = ''] = line.split('\t')
    if ((Number.parseInt(flags, 16) & REJECT) !== 0) continue
    routes.push({
      family: 'inet',
      device,
      address: ipv4(destination),
      length: ones(Number.parseInt(mask, 16)),
      gateway: (Number.parseInt(flags, 16) & GATEWAY) === 0 ? undefined : ipv4(gateway),
    })
  }
  return routes
}

function ipv6Routes(file: ReadFile): (Route & { readonly flags: number })[] {
  return lines(file('/proc/net/ipv6_route')).map((line) => {
    const [destination = '', length = '', , , gateway = '', , , , flags = '', device = ''] = line
      .trim()
      .split(/\s+/)
    const bits = Number.parseInt(flags, 16)
    return {
      family: 'inet6',
      device,
      address: ipv6(destination),
      length: Number.parseInt(length, 16),
      gateway: (bits & GATEWAY) === 0 ? undefined : ipv6(gateway),
      flags: bits,
    }
  })
}

function lines(text: string | undefined): string[] {
  return (text ?? '').split('\n').filter((line) => line !== '')
}

/** The file has the four bytes as one number of the host's byte order. */
function ipv4(hex: string): Address {
  return addressFromBytes(bytesFromHex(hex).reverse(), 'inet')
}

function ipv6(hex: string): Address {
  return addressFromBytes(bytesFromHex(hex), 'inet6')
}

function ones(mask: number): number {
  let count = 0
  for (let rest = mask >>> 0; rest !== 0; rest >>>= 1) count += rest & 1
  return count
}

// Sorts listings in the reference's order: signed differences of 32 bits, by merge sort.

import { IPPROTO } from '../ipvs/uapi.ts'
import { type Address, addressToBytes, familyOf, ipv4Number } from '../model/address.ts'
import type { Destination } from '../model/destination.ts'
import { isFwmark, type Protocol, type Service, type ServiceId } from '../model/service.ts'
import type { VirtualService } from '../model/virtual-service.ts'

const PROTOCOLS: Readonly<Record<Protocol, number>> = {
  tcp: IPPROTO.TCP,
  udp: IPPROTO.UDP,
  sctp: IPPROTO.SCTP,
}

/** Services by fwmark, family, protocol, address and port. */
export function sortServices(services: readonly Service[]): Service[] {
  return sortByKeys(services, ({ id }) => serviceWords(id))
}

/** In the order of their services. */
export function sortTable(table: readonly VirtualService[]): VirtualService[] {
  return sortByKeys(table, ({ service }) => serviceWords(service.id))
}

/** Services in their order, and the real servers of each. */
export function sortWholeTable(table: readonly VirtualService[]): VirtualService[] {
  return sortTable(table).map(({ service, destinations }) => ({
    service,
    destinations: sortDestinations(destinations),
  }))
}

/** Destinations by address and port; an IPv4 address counts as its 32 bits with zeros after. */
export function sortDestinations(destinations: readonly Destination[]): Destination[] {
  const order = orderOf(destinations)
  if (order > 0) return [...destinations]
  if (order < 0) return destinations.toReversed()
  return sortByKeys(destinations, ({ id }) => endpointWords(id))
}

/**
 * 1 if IPv4 destinations are already in order, -1 if they are in reverse order, as in many of the kernel's lists, with the
 * newest first. 0 if neither, or if differences wrap: then the result depends on the pairs that are compared.
 */
function orderOf(destinations: readonly Destination[]): number {
  let order = 0
  let first = 0
  let previous = 0
  for (let i = 0; i < destinations.length; i++) {
    const { family, address, port } = destinations[i]!.id
    if (family !== 'inet') return 0
    const key = ipv4Number(address) * PORTS + port
    const step = key > previous ? 1 : key < previous ? -1 : 0
    if (i === 0) first = key
    else if (order === 0) order = step
    if (i > 0 && (step !== order || step === 0)) return 0
    previous = key
  }
  return Math.abs(previous - first) < 2 ** 31 * PORTS ? order : 0
}

/** The number of ports. */
const PORTS = 65536

/** The key of a service. */
export function serviceWords(id: ServiceId): number[] {
  const family = id.family === 'inet' ? 0 : 1
  if (isFwmark(id)) return [id.fwmark, family]
  return [0, family, PROTOCOLS[id.protocol], ...endpointWords(id)]
}

/** The key of a destination. */
export function endpointWords({
  address,
  port,
}: {
  readonly address: Address
  readonly port: number
}): number[] {
  if (familyOf(address) === 'inet') return [ipv4Number(address), 0, 0, 0, port]
  const view = new DataView(addressToBytes(address).buffer)
  return [view.getUint32(0), view.getUint32(4), view.getUint32(8), view.getUint32(12), port]
}

function sortByKeys<T>(items: readonly T[], keyOf: (item: T) => readonly number[]): T[] {
  const keyed = items.map((item) => ({ item, key: keyOf(item) }))
  return mergeSort(keyed, (a, b) => compareKeys(a.key, b.key)).map(({ item }) => item)
}

/** The sign of the first difference, taken in 32 bits: 192.168.0.1 comes before 10.0.0.1. */
function compareKeys(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const difference = (a[i]! - b[i]!) | 0
    if (difference !== 0) return difference
  }
  return 0
}

/**
 * Merge sort as in the C library's qsort. Wrapping differences are not an order (0 < 2^31-1 < 2^32-2 < 0), so the result
 * depends on which pairs are compared, and the engine's sort would give another one.
 */
export function mergeSort<T>(items: readonly T[], compare: (a: T, b: T) => number): T[] {
  const sorted = [...items]
  sortRange(sorted, new Array<T>(sorted.length), 0, sorted.length, compare)
  return sorted
}

/** Sorts the items from `start` to `end`; `room` is the merge buffer. */
function sortRange<T>(
  items: T[],
  room: T[],
  start: number,
  end: number,
  compare: (a: T, b: T) => number,
): void {
  const middle = start + ((end - start) >> 1)
  if (middle === start) return
  sortRange(items, room, start, middle, compare)
  sortRange(items, room, middle, end, compare)
  let left = start
  let right = middle
  let at = start
  while (left < middle && right < end) {
    room[at++] = compare(items[left]!, items[right]!) <= 0 ? items[left++]! : items[right++]!
  }
  // The rest on the right is in place.
  while (left < middle) room[at++] = items[left++]!
  for (let i = start; i < at; i++) items[i] = room[i]!
}

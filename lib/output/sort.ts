// The order of a listing, which is the reference's: differences of 32 bits with their sign, sorted by merging.

import { IPPROTO } from '../ipvs/uapi.ts'
import { type Address, addressToBytes, familyOf, ipv4Number } from '../model/address.ts'
import type { Destination } from '../model/destination.ts'
import { isFwmark, type Protocol, type Service, type ServiceId } from '../model/service.ts'
import type { VirtualServer } from '../model/table.ts'

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
export function sortServers(table: readonly VirtualServer[]): VirtualServer[] {
  return sortByKeys(table, ({ service }) => serviceWords(service.id))
}

/** Destinations by address and port; an IPv4 address counts as its 32 bits with zeros after. */
export function sortDestinations(destinations: readonly Destination[]): Destination[] {
  return sortByKeys(destinations, ({ id }) => [...addressWords(id.address), id.port])
}

function serviceWords(id: ServiceId): number[] {
  const family = id.family === 'inet' ? 0 : 1
  if (isFwmark(id)) return [id.fwmark, family]
  return [0, family, PROTOCOLS[id.protocol], ...addressWords(id.address), id.port]
}

function addressWords(address: Address): number[] {
  if (familyOf(address) === 'inet') return [ipv4Number(address), 0, 0, 0]
  const view = new DataView(addressToBytes(address).buffer)
  return [0, 4, 8, 12].map((at) => view.getUint32(at))
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
 * Merge sort as the C library's qsort does it. Differences that wrap are no order (0 < 2^31-1 < 2^32-2 < 0), so
 * that the outcome depends on which pairs are compared: the engine's own sort would give another one.
 */
export function mergeSort<T>(items: readonly T[], compare: (a: T, b: T) => number): T[] {
  if (items.length <= 1) return [...items]
  const middle = items.length >> 1
  const left = mergeSort(items.slice(0, middle), compare)
  const right = mergeSort(items.slice(middle), compare)
  const merged: T[] = []
  let i = 0
  let j = 0
  while (i < left.length && j < right.length) {
    merged.push(compare(left[i]!, right[j]!) <= 0 ? left[i++]! : right[j++]!)
  }
  while (i < left.length) merged.push(left[i++]!)
  while (j < right.length) merged.push(right[j++]!)
  return merged
}

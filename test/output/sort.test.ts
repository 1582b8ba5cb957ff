// The order of listings: the reference's unsorted and sorted output. Differences that wrap around 32
// bits are not an order, so that the outcome depends on the algorithm; these lists decide.

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { type Address, familyOf } from '../../lib/model/address.ts'
import type { Destination } from '../../lib/model/destination.ts'
import type { ServiceId } from '../../lib/model/service.ts'
import type { VirtualService } from '../../lib/model/virtual-service.ts'
import { mergeSort, sortDestinations, sortTable } from '../../lib/output/sort.ts'

const words = (text: string) => text.trim().split(/\s+/)

/** `tcp-192.0.2.1:80`, `fwmark-3`, `fwmark6-3` */
function serviceId(text: string): ServiceId {
  const [, kind, rest] = /^(\w+)-(.*)$/.exec(text)!
  if (kind === 'fwmark' || kind === 'fwmark6')
    return { family: kind === 'fwmark' ? 'inet' : 'inet6', fwmark: Number(rest) }
  return { protocol: kind as 'tcp' | 'udp' | 'sctp', ...endpoint(rest!) }
}

function endpoint(text: string) {
  const [, host, port] = /^\[?([^\]]*?)\]?:(\d+)$/.exec(text)!
  return { family: familyOf(host as Address), address: host as Address, port: Number(port) }
}

// Sorting looks at identities alone.
const sortedServices = (text: string) =>
  sortTable(
    words(text).map((name) => ({ name, service: { id: serviceId(name) } }) as unknown as VirtualService),
  ).map((server) => (server as unknown as { name: string }).name)
const sortedDestinations = (text: string) =>
  sortDestinations(words(text).map((name) => ({ name, id: endpoint(name) }) as unknown as Destination)).map(
    (destination) => (destination as unknown as { name: string }).name,
  )

const SERVICES = {
  unsorted: `
  tcp-150.0.0.1:5 tcp-100.0.0.1:5 tcp-64.0.0.1:5 tcp-255.0.0.1:5 tcp-128.0.0.1:5 tcp-127.0.0.1:5
  tcp-0.0.0.1:5 tcp-200.1.1.1:5 tcp-172.16.0.1:5 tcp-192.168.0.1:5 tcp-10.0.0.1:5 tcp-150.0.0.1:4
  tcp-100.0.0.1:4 tcp-64.0.0.1:4 tcp-255.0.0.1:4 tcp-128.0.0.1:4 tcp-127.0.0.1:4 tcp-0.0.0.1:4
  tcp-200.1.1.1:4 tcp-172.16.0.1:4 tcp-192.168.0.1:4 tcp-10.0.0.1:4 tcp-[c000::1]:9 tcp-[::1]:9
  tcp-[8000::1]:9 tcp-[7fff::1]:9 tcp-[ffff::1]:9 udp-150.0.0.1:5 udp-100.0.0.1:5 udp-64.0.0.1:5
  udp-255.0.0.1:5 udp-128.0.0.1:5 udp-127.0.0.1:5 udp-0.0.0.1:5 udp-200.1.1.1:5 udp-172.16.0.1:5
  udp-192.168.0.1:5 udp-10.0.0.1:5 fwmark-2147483648 fwmark-3 fwmark6-3 fwmark-4 fwmark-4294967290
  fwmark-2147483647`,
  sorted: `
  tcp-64.0.0.1:4 tcp-64.0.0.1:5 tcp-100.0.0.1:4 tcp-100.0.0.1:5 tcp-127.0.0.1:4 tcp-127.0.0.1:5
  tcp-128.0.0.1:4 tcp-128.0.0.1:5 tcp-150.0.0.1:4 tcp-150.0.0.1:5 tcp-172.16.0.1:4 tcp-172.16.0.1:5
  tcp-192.168.0.1:4 tcp-192.168.0.1:5 tcp-200.1.1.1:4 tcp-200.1.1.1:5 tcp-255.0.0.1:4 tcp-255.0.0.1:5
  tcp-0.0.0.1:4 tcp-0.0.0.1:5 tcp-10.0.0.1:4 tcp-10.0.0.1:5 udp-172.16.0.1:5 udp-192.168.0.1:5
  udp-200.1.1.1:5 udp-255.0.0.1:5 udp-0.0.0.1:5 udp-10.0.0.1:5 udp-64.0.0.1:5 udp-100.0.0.1:5
  udp-127.0.0.1:5 udp-128.0.0.1:5 udp-150.0.0.1:5 tcp-[7fff::1]:9 tcp-[8000::1]:9 tcp-[c000::1]:9
  tcp-[ffff::1]:9 tcp-[::1]:9 fwmark-3 fwmark6-3 fwmark-4 fwmark-2147483647 fwmark-2147483648
  fwmark-4294967290`,
}

const MIXED = {
  unsorted: `
  [c000::1]:7 [c000::1]:8 [::1]:7 [::1]:8 [8000::1]:7 [8000::1]:8 [7fff::1]:7 [7fff::1]:8 150.0.0.1:7
  150.0.0.1:8 100.0.0.1:7 100.0.0.1:8 64.0.0.1:7 64.0.0.1:8 255.0.0.1:7 255.0.0.1:8 128.0.0.1:7
  128.0.0.1:8 127.0.0.1:7 127.0.0.1:8 0.0.0.1:7 0.0.0.1:8 200.1.1.1:7 200.1.1.1:8 172.16.0.1:7
  172.16.0.1:8 192.168.0.1:7 192.168.0.1:8 10.0.0.1:7 10.0.0.1:8`,
  sorted: `
  128.0.0.1:7 128.0.0.1:8 172.16.0.1:7 172.16.0.1:8 [c000::1]:7 [c000::1]:8 192.168.0.1:7 192.168.0.1:8
  200.1.1.1:7 200.1.1.1:8 255.0.0.1:7 255.0.0.1:8 [::1]:7 [::1]:8 0.0.0.1:7 0.0.0.1:8 10.0.0.1:7
  10.0.0.1:8 64.0.0.1:7 64.0.0.1:8 100.0.0.1:7 100.0.0.1:8 127.0.0.1:7 127.0.0.1:8 [7fff::1]:7 [7fff::1]:8
  [8000::1]:7 [8000::1]:8 150.0.0.1:7 150.0.0.1:8`,
}

const MIXED6 = {
  unsorted: `
  [c000::1]:7 [::1]:7 [8000::1]:7 [7fff::1]:7 150.0.0.1:7 100.0.0.1:7 64.0.0.1:7 255.0.0.1:7 128.0.0.1:7
  127.0.0.1:7 0.0.0.1:7 200.1.1.1:7 172.16.0.1:7 192.168.0.1:7 10.0.0.1:7`,
  sorted: `
  64.0.0.1:7 100.0.0.1:7 [7fff::1]:7 128.0.0.1:7 150.0.0.1:7 172.16.0.1:7 [c000::1]:7 192.168.0.1:7
  200.1.1.1:7 255.0.0.1:7 [::1]:7 0.0.0.1:7 10.0.0.1:7 127.0.0.1:7 [8000::1]:7`,
}

describe('the reference’s order', () => {
  it('of services', () => {
    expect(sortedServices(SERVICES.unsorted)).toEqual(words(SERVICES.sorted))
  })

  it.each([
    ['of an IPv4 service', MIXED],
    ['of an IPv6 service', MIXED6],
  ])('of destinations of both families, %s', (_, { unsorted, sorted }) => {
    expect(sortedDestinations(unsorted)).toEqual(words(sorted))
  })

  it('an IPv4 destination counts as the first word of an IPv6 one', () => {
    const unsorted =
      '[2001:db8:9::]:7 [2001:db8::9]:7 [2001:db8:2::]:7 [2001:db8::2]:7 [2001:db8:5::]:7 32.1.13.184:7 [2001:db8::5]:7'
    const sorted =
      '32.1.13.184:7 [2001:db8::2]:7 [2001:db8::5]:7 [2001:db8::9]:7 [2001:db8:2::]:7 [2001:db8:5::]:7 [2001:db8:9::]:7'
    expect(sortedDestinations(unsorted)).toEqual(words(sorted))
  })

  it('192.168.0.1 comes before 10.0.0.1', () => {
    expect(sortedServices('tcp-10.0.0.1:80 tcp-192.168.0.1:80')).toEqual([
      'tcp-192.168.0.1:80',
      'tcp-10.0.0.1:80',
    ])
  })
})

describe('merge sort', () => {
  it('sorts by any total order, and is stable', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(9), fc.nat())), (items) => {
        const before = [...items]
        expect(mergeSort(items, ([a], [b]) => a - b)).toEqual([...items].sort(([a], [b]) => a - b))
        expect(items).toEqual(before)
      }),
    )
  })

  it('compares each pair of neighbours as qsort of the C library does', () => {
    const pairs: string[] = []
    mergeSort([...'abcde'], (a, b) => {
      pairs.push(a + b)
      return a < b ? -1 : 1
    })
    // Halves of two and three; the left one first.
    expect(pairs).toEqual(['ab', 'de', 'cd', 'ac', 'bc'])
  })
})

it('of a list in order, either way, is the same as of any other', () => {
  const host = fc.tuple(
    fc.constantFrom('10.0.0', '10.1.2', '192.168.0', '96.0.0', '127.9.9'),
    fc.nat(255),
    fc.nat(3),
  )
  fc.assert(
    fc.property(fc.uniqueArray(host, { selector: String, maxLength: 12 }), fc.boolean(), (hosts, wide) => {
      const names = hosts
        .filter(([net]) => wide || net.startsWith('10.'))
        .map(([net, last, port]) => `${net}.${last}:${port}`)
      const once = sortedDestinations(names.join(' ') || '10.0.0.1:1')
      // Where differences do not wrap, the order is one, whatever it was before.
      if (wide) return
      expect(sortedDestinations(once.join(' '))).toEqual(once)
      expect(sortedDestinations(once.toReversed().join(' '))).toEqual(once)
    }),
  )
})

// Keys: equal exactly if the identities are.

import { expect, it } from '@jest/globals'
import type { Address } from '../../lib/model/address.ts'
import { type DestinationId, destinationKey, destinationOfKey } from '../../lib/model/destination.ts'
import { isFwmark, type ServiceId, serviceKey, serviceOfKey } from '../../lib/model/service.ts'

const at = (protocol: 'tcp' | 'udp' | 'sctp', address: string, port: number): ServiceId => ({
  family: address.includes(':') ? 'inet6' : 'inet',
  protocol,
  address: address as Address,
  port,
})

const IDS: readonly ServiceId[] = [
  at('tcp', '192.0.2.1', 80),
  at('udp', '192.0.2.1', 80),
  at('sctp', '192.0.2.1', 80),
  at('tcp', '192.0.2.1', 8),
  at('tcp', '192.0.2.18', 0),
  at('tcp', '2001:db8::1', 80),
  at('tcp', '2001:db8::18', 0),
  { family: 'inet', fwmark: 80 },
  { family: 'inet6', fwmark: 80 },
  { family: 'inet', fwmark: 4294967295 },
]

it('keys of services are equal exactly for equal ids', () => {
  expect(new Set(IDS.map(serviceKey)).size).toBe(IDS.length)
  for (const id of IDS) expect(serviceKey({ ...id })).toBe(serviceKey(id))
  expect(IDS.map((id) => serviceOfKey(serviceKey(id)))).toEqual(IDS)
  expect(IDS.map(isFwmark)).toEqual(IDS.map((id) => !('address' in id)))
})

it('keys of destinations are equal exactly for equal ids', () => {
  const ids = [
    ['192.0.2.1', 80],
    ['192.0.2.18', 0],
    ['2001:db8::1', 80],
    ['2001:db8::18', 0],
  ] as const
  const servers = ids.map(([address, port]): DestinationId => {
    return { family: address.includes(':') ? 'inet6' : 'inet', address: address as Address, port }
  })
  const keys = servers.map(destinationKey)
  expect(new Set(keys).size).toBe(ids.length)
  expect(keys.map(destinationOfKey)).toEqual(servers)
})

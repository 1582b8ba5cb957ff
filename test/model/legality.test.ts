// The rules of services and servers, and unused settings.
import { describe, expect, it } from '@jest/globals'
import type { Address } from '../../lib/model/address.ts'
import { DESTINATION_DEFAULTS, SERVICE_DEFAULTS } from '../../lib/model/defaults.ts'
import type { DestinationConfiguration } from '../../lib/model/destination.ts'
import { SVC_F, TUNNEL_FLAG } from '../../lib/model/flags.ts'
import { type Rule, serverLegality, serviceLegality } from '../../lib/model/legality.ts'
import { hostNetmask, type Netmask } from '../../lib/model/netmask.ts'
import { normalServer, normalService } from '../../lib/model/normal-form.ts'
import type { ServiceConfiguration, ServiceId } from '../../lib/model/service.ts'

const { PERSISTENT, HASHED, ONEPACKET } = SVC_F
const service = (protocol: 'tcp' | 'udp', port: number): ServiceId => ({
  family: 'inet',
  protocol,
  address: '192.0.2.1' as Address,
  port,
})
const WEB = service('tcp', 80)
const MARK: ServiceId = { family: 'inet', fwmark: 1 }
const config = (more: Partial<ServiceConfiguration> = {}) => ({
  ...SERVICE_DEFAULTS,
  netmask: hostNetmask('inet'),
  ...more,
})
const server = (more: Partial<DestinationConfiguration> = {}) => ({ ...DESTINATION_DEFAULTS, ...more })
const at = (port: number, address = '10.0.0.1') => ({
  family: address.includes(':') ? ('inet6' as const) : ('inet' as const),
  address: address as Address,
  port,
})

describe('a service', () => {
  const cases: readonly [ServiceId, Partial<ServiceConfiguration>, Rule | undefined, Rule | undefined][] = [
    [WEB, {}, undefined, undefined],
    [WEB, { flags: HASHED }, 'reserved-flag', 'reserved-flag'],
    [service('tcp', 0), {}, 'wildcard-port', undefined],
    [service('tcp', 0), { flags: PERSISTENT, timeout: 5 }, undefined, undefined],
    [MARK, { flags: ONEPACKET }, undefined, undefined],
    [service('udp', 80), { flags: ONEPACKET }, undefined, undefined],
    [WEB, { flags: ONEPACKET }, 'one-packet', undefined],
    [WEB, { flags: PERSISTENT, timeout: 0 }, 'timeout', undefined],
    [WEB, { flags: PERSISTENT, timeout: 2678401 }, 'timeout', undefined],
    [WEB, { timeout: 2678401 }, undefined, undefined],
  ]
  it.each(cases)('%j %j breaks %s, raw %s', (id, more, rule, raw) => {
    expect(serviceLegality(id, config(more))).toBe(rule)
    expect(serviceLegality(id, config(more), true)).toBe(raw)
  })
})

describe('a server', () => {
  const both = TUNNEL_FLAG.CSUM | TUNNEL_FLAG.REMCSUM
  const cases: readonly [number, Partial<DestinationConfiguration>, Rule | undefined, Rule | undefined][] = [
    [80, {}, undefined, undefined],
    [81, {}, 'port', undefined],
    [81, { forwarding: 'tunnel' }, 'port', undefined],
    [81, { forwarding: 'masquerade' }, undefined, undefined],
    [80, { forwarding: 'tunnel', tunnelType: 'gue' }, 'tunnel-port', 'tunnel-port'],
    [80, { tunnelType: 'gue' }, 'tunnel-port', 'tunnel-port'],
    [80, { upperThreshold: 2 ** 31 }, 'threshold', undefined],
    [
      80,
      { forwarding: 'tunnel', tunnelType: 'gue', tunnelPort: 9, tunnelFlags: both },
      'checksum',
      undefined,
    ],
    [80, { forwarding: 'tunnel', tunnelType: 'gre', tunnelFlags: both }, undefined, undefined],
  ]
  it.each(cases)('on port %j with %j breaks %s, raw %s', (port, more, rule, raw) => {
    expect(serverLegality(WEB, at(port), server(more))).toBe(rule)
    expect(serverLegality(WEB, at(port), server(more), true)).toBe(raw)
  })

  it('of a firewall mark may have any port', () => {
    expect(serverLegality(MARK, at(81), server())).toBeUndefined()
  })

  it('of the other address family needs a tunnel', () => {
    for (const raw of [false, true]) {
      expect(serverLegality(WEB, at(80, '2001:db8::1'), server(), raw)).toBe('family')
      expect(
        serverLegality(WEB, at(80, '2001:db8::1'), server({ forwarding: 'tunnel' }), raw),
      ).toBeUndefined()
    }
  })
})

describe('unused settings get their defaults', () => {
  it.each<[Partial<ServiceConfiguration>, Partial<ServiceConfiguration>]>([
    [{ timeout: 77, netmask: '0.0.0.0' as Netmask }, {}],
    [{ flags: 0x80000040 }, {}],
    [
      { flags: PERSISTENT | 0x40, timeout: 77, netmask: '0.0.0.0' as Netmask },
      { flags: PERSISTENT, timeout: 77, netmask: '0.0.0.0' as Netmask },
    ],
    [{ netmask: '64' as Netmask }, { netmask: '128' as Netmask }],
  ])('of a service: %j', (given, normal) => {
    expect(normalService(config(given))).toEqual(config(normal))
  })

  it.each<[Partial<DestinationConfiguration>, Partial<DestinationConfiguration>]>([
    [{ tunnelType: 'gue', tunnelPort: 9, tunnelFlags: 3 }, {}],
    [
      { forwarding: 'tunnel', tunnelType: 'gre', tunnelPort: 9, tunnelFlags: 0xffff },
      { forwarding: 'tunnel', tunnelType: 'gre', tunnelFlags: 1 },
    ],
    [
      { forwarding: 'tunnel', tunnelType: 'gue', tunnelPort: 9, tunnelFlags: 0xffff },
      { forwarding: 'tunnel', tunnelType: 'gue', tunnelPort: 9, tunnelFlags: 3 },
    ],
    [{ forwarding: 'tunnel', tunnelPort: 9, tunnelFlags: 1 }, { forwarding: 'tunnel' }],
  ])('of a server: %j', (given, normal) => {
    expect(normalServer(server(given))).toEqual(server(normal))
  })
})

// Decoding of a real kernel's replies; for any other bytes, a value or an error of a known class.

import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { IpvsClient } from '../../lib/ipvs/client.ts'
import type { Address } from '../../lib/model/address.ts'
import { DecodeError, KernelError, TransportError } from '../../lib/model/errors.ts'
import type { ServiceId } from '../../lib/model/service.ts'
import { NO_STATS } from '../../lib/model/stats.ts'
import type { Capture } from '../support/fake-kernel/capture.ts'
import * as captures from '../support/fake-kernel/captures.ts'
import { replay } from '../support/replay.ts'

const open = (capture: Capture, change?: (replies: Uint8Array[]) => Uint8Array[]) =>
  IpvsClient.open({ transport: replay(capture, change) })

const web: ServiceId = { family: 'inet', protocol: 'tcp', address: '192.0.2.1' as Address, port: 80 }
const discard: ServiceId = { family: 'inet', protocol: 'udp', address: '192.0.2.1' as Address, port: 9 }

const traffic = {
  ...NO_STATS,
  connections: 1n,
  inPackets: 10n,
  outPackets: 10n,
  inBytes: 1280n,
  outBytes: 1560n,
  inPacketRate: 1n,
  outPacketRate: 1n,
  inByteRate: 120n,
  outByteRate: 146n,
}

describe('decodes from the replies of a real kernel', () => {
  it('its version and table size', async () => {
    const client = await open(captures.timeouts)
    expect(client.info).toEqual({ version: 0x010201, connectionTableSize: 4096 })
    expect(await client.timeouts()).toEqual({ tcp: 900, tcpFin: 120, udp: 300 })
  })

  it('timeouts', async () => {
    const client = await open(captures.timeoutsSet)
    expect(await client.timeouts()).toEqual({ tcp: 7200, tcpFin: 120, udp: 15 })
  })

  it('empty lists of services and daemons', async () => {
    expect(await (await open(captures.noServices)).services()).toEqual([])
    expect(await (await open(captures.noDaemons)).daemons()).toEqual([])
  })

  it('services', async () => {
    const services = await (await open(captures.services)).services()
    // biome-ignore format: a table
    expect(services.map(({ id, config }) => ({ ...id, ...config }))).toEqual([
      { family: 'inet', protocol: 'tcp', address: '192.0.2.1', port: 80,
        scheduler: 'wlc', flags: 1, timeout: 300, netmask: '255.255.255.0', engine: '' },
      { family: 'inet6', protocol: 'tcp', address: '2001:db8::1', port: 443,
        scheduler: 'sh', flags: 0x19, timeout: 600, netmask: '64', engine: '' },
      { family: 'inet', protocol: 'udp', address: '192.0.2.1', port: 5060,
        scheduler: 'rr', flags: 5, timeout: 60, netmask: '255.255.255.255', engine: 'sip' },
      { family: 'inet', protocol: 'sctp', address: '192.0.2.1', port: 9,
        scheduler: 'sed', flags: 0, timeout: 0, netmask: '255.255.255.255', engine: '' },
      { family: 'inet6', fwmark: 7,
        scheduler: 'mh', flags: 0x10, timeout: 0, netmask: '128', engine: '' },
      { family: 'inet', fwmark: 4294967295,
        scheduler: 'lblcr', flags: 0, timeout: 0, netmask: '255.255.255.255', engine: '' },
    ])
    for (const { observed } of services) expect(observed).toEqual({ stats: NO_STATS })
  })

  it('one service', async () => {
    const { id } = await (await open(captures.service)).service(web)
    expect(id).toEqual(web)
  })

  it('destinations', async () => {
    const destinations = await (await open(captures.destinations)).destinations(web)
    // biome-ignore format: a table
    expect(destinations.map(({ id, config }) => ({ ...id, ...config }))).toEqual([
      { family: 'inet6', address: '2001:db8::9', port: 80, forwarding: 'tunnel', weight: 1,
        upperThreshold: 0, lowerThreshold: 0, tunnelType: 'ipip', tunnelPort: 0, tunnelFlags: 0 },
      { family: 'inet', address: '198.51.100.5', port: 80, forwarding: 'route', weight: 1,
        upperThreshold: 0, lowerThreshold: 0, tunnelType: 'ipip', tunnelPort: 0, tunnelFlags: 0 },
      { family: 'inet', address: '198.51.100.4', port: 8080, forwarding: 'masquerade', weight: 0,
        upperThreshold: 0, lowerThreshold: 0, tunnelType: 'ipip', tunnelPort: 0, tunnelFlags: 0 },
      { family: 'inet', address: '198.51.100.3', port: 80, forwarding: 'tunnel', weight: 1,
        upperThreshold: 1000, lowerThreshold: 10, tunnelType: 'gre', tunnelPort: 0, tunnelFlags: 1 },
      { family: 'inet', address: '198.51.100.2', port: 80, forwarding: 'tunnel', weight: 2147483647,
        upperThreshold: 0, lowerThreshold: 0, tunnelType: 'gue', tunnelPort: 6080, tunnelFlags: 2 },
      { family: 'inet', address: '198.51.100.1', port: 80, forwarding: 'tunnel', weight: 3,
        upperThreshold: 0, lowerThreshold: 0, tunnelType: 'ipip', tunnelPort: 0, tunnelFlags: 0 },
    ])
  })

  it('counters and rates, if they are wanted', async () => {
    const { observed } = await (await open(captures.serviceAfterTraffic)).service(discard)
    expect(observed).toEqual({ stats: traffic })
    const servers = await (await open(captures.destinationsAfterTraffic)).destinations(discard)
    expect(servers.map((server) => server.observed)).toEqual([
      { activeConnections: 0, inactiveConnections: 1, persistentConnections: 0, stats: traffic },
    ])
    const bare = await (await open(captures.serviceAfterTraffic)).service(discard, { stats: false })
    expect(bare.observed).toEqual({ stats: NO_STATS })
  })

  it('daemons', async () => {
    expect(await (await open(captures.daemons)).daemons()).toEqual([
      {
        state: 'master',
        interface: 'd0',
        syncId: 5,
        maxLength: 1472,
        group: '224.0.0.81',
        port: 8848,
        ttl: 1,
      },
      {
        state: 'backup',
        interface: 'd0',
        syncId: 255,
        maxLength: 1200,
        group: 'ff02::51',
        port: 8849,
        ttl: 3,
      },
    ])
  })

  it('the errno of a missing service', async () => {
    await expect((await open(captures.noService)).service(web)).rejects.toMatchObject({
      name: 'KernelError',
      errno: 3,
      code: 'ESRCH',
      request: 'GET_SERVICE',
    })
  })

  it('the errno of a second dump at the same time', async () => {
    const [first, ...others] = captures.secondDump.replies
    const refused = { request: captures.secondDump.request, replies: [...others, first!] }
    const failure = await (await open(refused)).destinations(discard).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'EBUSY' })
  })
})

/** Each exchange, and the call that reads it. */
const EXCHANGES: readonly (readonly [string, Capture, (client: IpvsClient) => Promise<unknown>])[] = [
  ['services', captures.services, (client) => client.services()],
  ['a service', captures.service, (client) => client.service(web)],
  ['destinations', captures.destinations, (client) => client.destinations(web)],
  ['daemons', captures.daemons, (client) => client.daemons()],
  ['timeouts', captures.timeouts, (client) => client.timeouts()],
  ['counters', captures.destinationsAfterTraffic, (client) => client.destinations(discard)],
  ['a refusal', captures.noService, (client) => client.service(web)],
]

const isOurs = (error: unknown) =>
  error instanceof DecodeError || error instanceof KernelError || error instanceof TransportError

/** The outcome of the call: a value or an error of a known class. */
async function outcome(
  capture: Capture,
  call: (client: IpvsClient) => Promise<unknown>,
  change: (replies: Uint8Array[]) => Uint8Array[],
): Promise<unknown> {
  const client = await open(capture, change)
  try {
    return await call(client)
  } catch (error) {
    if (!isOurs(error)) throw error
    return error
  }
}

describe.each(EXCHANGES)('any reply to %s is decoded or refused', (_, capture, call) => {
  it('with any bytes changed', async () => {
    const edit = fc.tuple(fc.nat(), fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 3, 4, 255)))
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
        await outcome(capture, call, (replies) => {
          const all = Uint8Array.from(replies.flatMap((datagram) => [...datagram]))
          for (const [place, value] of edits) all[place % all.length] = value
          let end = 0
          return replies.map(({ length }) => {
            end += length
            return all.slice(end - length, end)
          })
        })
      }),
      { numRuns: 400 },
    )
  })

  it('cut anywhere', async () => {
    const [first, ...others] = capture.replies
    for (let length = 0; length < Math.min(first!.length, 500); length++) {
      const result = await outcome(capture, call, ([datagram]) => [datagram!.slice(0, length), ...others])
      expect(result).toBeInstanceOf(Error)
    }
  })

  it('with random bytes instead of a datagram', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (rubbish) => {
        await outcome(capture, call, ([, ...others]) => [rubbish, ...others])
      }),
      { numRuns: 200 },
    )
  })
})

/** Replaces the first occurrence of some bytes. */
const replace =
  (before: string, after: string) =>
  (replies: Uint8Array[]): Uint8Array[] =>
    replies.map((datagram) => {
      const hex = Buffer.from(datagram).toString('hex')
      const at = hex.indexOf(before)
      return at < 0
        ? datagram
        : new Uint8Array(Buffer.from(hex.slice(0, at) + after + hex.slice(at + before.length), 'hex'))
    })

describe('numbers without a name read as what the kernel does with them', () => {
  it.each([
    [
      'a forwarding method: nothing is sent',
      '0800030002000000',
      '0800030006000000',
      { forwarding: 'bypass' },
    ],
    ['a tunnel type: IPIP', '05000d0001000000', '05000d0009000000', { tunnelType: 'ipip' }],
  ])('%s', async (_, before, after, expected) => {
    const client = await open(captures.destinations, replace(before, after))
    const configs = (await client.destinations(web)).map(({ config }) => config)
    const whole = await (await open(captures.destinations)).destinations(web)
    const changed = configs.filter((config, i) => !isDeepStrictEqual(config, whole[i]?.config))
    expect(changed).toEqual([expect.objectContaining(expected)])
  })
})

describe('errors name the attribute', () => {
  it.each([
    ['SERVICE/PROTOCOL', 'unknown value 7', '0600020006000000', '0600020007000000'],
    ['SERVICE/AF', 'unknown value 3', '0600010002000000', '0600010003000000'],
    ['SERVICE/AF', '4 bytes instead of 2', '0600010002000000', '0800010002000000'],
    ['SERVICE/SCHED_NAME', 'an unterminated string', '08000600776c6300', '08000600776c6377'],
    ['SERVICE/NETMASK', 'missing', '08000900ffffff00', '08003e00ffffff00'],
    ['SERVICE/PORT', '3 bytes instead of 2', '0600040000500000', '0700040000500000'],
    ['SERVICE', 'attribute 3 has length 65535, 320 bytes are left', '14000300c0000201', 'ffff0300c0000201'],
    ['SERVICE', 'attribute 3 has length 3, 320 bytes are left', '14000300c0000201', '03000300c0000201'],
    ['SERVICE/STATS', 'attribute 1 has length 0, 92 bytes are left', '0800010000000000', '0000010000000000'],
    ['SERVICE/STATS/CONNS', '8 bytes instead of 4', '0800010000000000080002', '0c00010000000000080002'],
    ['GET_SERVICE/SERVICE', 'neither an address nor a fwmark', '0600040000500000', '06003e0000500000'],
  ])('%s: %s', async (path, problem, before, after) => {
    const client = await open(captures.service, replace(before, after))
    await expect(client.service(web)).rejects.toMatchObject({
      name: 'DecodeError',
      path,
      problem,
      message: `malformed reply from the kernel: ${path}: ${problem}`,
    })
  })
})

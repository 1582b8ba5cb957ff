// The bytes of changes, attribute by attribute; derived by hand from linux/ip_vs.h.

import { describe, expect, it } from '@jest/globals'
import { requestOf } from '../../lib/ipvs/requests.ts'
import type { Address } from '../../lib/model/address.ts'
import type { Change } from '../../lib/model/change.ts'
import type { DestinationConfiguration } from '../../lib/model/destination.ts'
import type { Netmask } from '../../lib/model/netmask.ts'
import type { ServiceId } from '../../lib/model/service.ts'
import { AttributeWriter, received } from '../../lib/netlink/attributes.ts'
import * as captures from '../support/fake-kernel/captures.ts'

function bytes(change: Change): string {
  const writer = new AttributeWriter()
  requestOf(change).write?.(writer)
  return Buffer.from(writer.written).toString('hex')
}

/** Hex without the blanks that make it legible. */
const hex = (...parts: readonly string[]) => parts.join('').replaceAll(' ', '')

const web: ServiceId = { family: 'inet', protocol: 'tcp', address: '192.0.2.1' as Address, port: 80 }
const mark6: ServiceId = { family: 'inet6', fwmark: 0xfffffffe }

const WEB = hex(
  '0600 0100 0200 0000', // AF: inet
  '0600 0200 0600 0000', // PROTOCOL: tcp
  '1400 0300 c0000201 00000000 00000000 00000000', // ADDR
  '0600 0400 0050 0000', // PORT, in network order
)
const MARK6 = hex('0600 0100 0a00 0000', '0800 0500 feff ffff')

const server = (more: Partial<DestinationConfiguration>): Change => ({
  kind: 'add-server',
  service: web,
  server: { family: 'inet', address: '198.51.100.2' as Address, port: 8080 },
  config: {
    forwarding: 'masquerade',
    weight: 1,
    upperThreshold: 0,
    lowerThreshold: 0,
    tunnelType: 'ipip',
    tunnelPort: 0,
    tunnelFlags: 0,
    ...more,
  },
})
const SERVER_ID = hex(
  '0600 0b00 0200 0000', // ADDR_FAMILY: inet
  '1400 0100 c6336402 00000000 00000000 00000000', // ADDR
  '0600 0200 1f90 0000', // PORT
)
const nested = (type: string, payload: string) => {
  const length = Buffer.alloc(2)
  length.writeUInt16LE(payload.length / 2 + 4)
  return length.toString('hex') + type + payload
}

const CASES: readonly (readonly [string, Change, string])[] = [
  ['delete a service', { kind: 'delete-service', service: web }, nested('0100', WEB)],
  ['delete one by fwmark', { kind: 'delete-service', service: mark6 }, nested('0100', MARK6)],
  [
    'add a service',
    {
      kind: 'add-service',
      service: web,
      config: { scheduler: 'wlc', flags: 5, timeout: 300, netmask: '255.255.0.0' as Netmask, engine: 'sip' },
    },
    nested(
      '0100',
      hex(
        WEB,
        '0800 0600 776c6300', // SCHED_NAME
        '0c00 0700 05000000 ffffffff', // FLAGS and their mask
        '0800 0800 2c010000', // TIMEOUT
        '0800 0900 ffff0000', // NETMASK, in network order
        '0800 0b00 73697000', // PE_NAME
      ),
    ),
  ],
  [
    'edit one of IPv6, with a name of the greatest length',
    {
      kind: 'edit-service',
      service: mark6,
      config: {
        scheduler: 'averyveryverylo',
        flags: 0,
        timeout: 0,
        netmask: '64' as Netmask,
        engine: '',
      },
    },
    nested(
      '0100',
      hex(
        MARK6,
        `1400 0600 ${Buffer.from('averyveryverylo').toString('hex')}00`,
        '0c00 0700 00000000 ffffffff',
        '0800 0800 00000000',
        '0800 0900 40000000', // NETMASK: a length, in host order
      ),
    ),
  ],
  [
    'add a server',
    server({ weight: 2147483647, upperThreshold: 1000, lowerThreshold: 10 }),
    nested('0100', WEB) +
      nested(
        '0200',
        hex(
          SERVER_ID,
          '0800 0300 00000000', // FWD_METHOD
          '0800 0400 ffffff7f', // WEIGHT
          '0800 0500 e8030000', // U_THRESH
          '0800 0600 0a000000', // L_THRESH
        ),
      ),
  ],
  [
    'with a tunnel',
    server({ forwarding: 'tunnel', tunnelType: 'gue', tunnelPort: 6080, tunnelFlags: 2 }),
    nested('0100', WEB) +
      nested(
        '0200',
        hex(
          SERVER_ID,
          '0800 0300 02000000 0800 0400 01000000 0800 0500 00000000 0800 0600 00000000',
          '0500 0d00 01000000', // TUN_TYPE
          '0600 0e00 17c0 0000', // TUN_PORT, in network order
          '0600 0f00 0200 0000', // TUN_FLAGS
        ),
      ),
  ],
  [
    'delete a server of the other family',
    {
      kind: 'delete-server',
      service: web,
      server: { family: 'inet6', address: '2001:db8::9' as Address, port: 80 },
    },
    nested('0100', WEB) +
      nested(
        '0200',
        hex('0600 0b00 0a00 0000', '1400 0100 20010db8 00000000 00000000 00000009', '0600 0200 0050 0000'),
      ),
  ],
  ['zero all', { kind: 'zero' }, ''],
  ['zero one', { kind: 'zero', service: web }, nested('0100', WEB)],
  ['flush', { kind: 'flush' }, ''],
  [
    'timeouts',
    { kind: 'set', timeouts: { tcp: 7200, tcpFin: 0, udp: 15 } },
    hex('0800 0400 201c0000', '0800 0500 00000000', '0800 0600 0f000000'),
  ],
  [
    'start a daemon',
    { kind: 'start-daemon', daemon: { state: 'master', interface: 'eth0', syncId: 255 } },
    nested('0300', hex('0800 0100 01000000', '0900 0200 6574683000 000000', '0800 0300 ff000000')),
  ],
  [
    'with all settings',
    {
      kind: 'start-daemon',
      daemon: {
        state: 'backup',
        interface: 'averyverylonŲ',
        syncId: 1,
        maxLength: 1200,
        group: '224.0.0.99' as Address,
        port: 8849,
        ttl: 3,
      },
    },
    nested(
      '0300',
      hex(
        '0800 0100 02000000',
        '1300 0200 6176657279766572796c6f6ec5b2 00 00',
        '0800 0300 01000000',
        '0600 0400 b004 0000', // SYNC_MAXLEN
        '0800 0500 e0000063', // MCAST_GROUP
        '0600 0700 9122 0000', // MCAST_PORT, in host order
        '0500 0800 03000000', // MCAST_TTL
      ),
    ),
  ],
  [
    'and an IPv6 group',
    {
      kind: 'start-daemon',
      daemon: { state: 'master', interface: 'lo', syncId: 0, group: 'ff02::51' as Address },
    },
    nested(
      '0300',
      hex(
        '0800 0100 01000000 0700 0200 6c6f0000 0800 0300 00000000',
        '1400 0600 ff020000 00000000 00000000 00000051', // MCAST_GROUP6
      ),
    ),
  ],
  ['stop a daemon', { kind: 'stop-daemon', state: 'backup' }, nested('0300', hex('0800 0100 02000000'))],
]

describe('encodes the changes', () => {
  it.each(CASES)('%s', (_, change, expected) => {
    expect(bytes(change)).toBe(expected)
  })

  it.each([
    ['add-service', 1, 'NEW_SERVICE'],
    ['edit-service', 2, 'SET_SERVICE'],
    ['delete-service', 3, 'DEL_SERVICE'],
    ['add-server', 5, 'NEW_DEST'],
    ['edit-server', 6, 'SET_DEST'],
    ['delete-server', 7, 'DEL_DEST'],
    ['start-daemon', 9, 'NEW_DAEMON'],
    ['stop-daemon', 10, 'DEL_DAEMON'],
    ['set', 12, 'SET_CONFIG'],
    ['zero', 16, 'ZERO'],
    ['flush', 17, 'FLUSH'],
  ])('%s is command %d, %s', (kind, command, name) => {
    expect(requestOf({ kind } as Change)).toMatchObject({ command, name })
  })
})

describe('names', () => {
  const named = (scheduler: string): Change => ({
    kind: 'add-service',
    service: web,
    config: { scheduler, flags: 0, timeout: 0, netmask: '255.255.255.255' as Netmask, engine: '' },
  })
  it('are UTF-8', () => {
    expect(bytes(named('wrŲ'))).toContain('0900 0600 7772c5b200'.replaceAll(' ', ''))
  })

  it.each(['w'.repeat(16), 'Ų'.repeat(8), 'rr\0x', '\0'])('%j is refused', (scheduler) => {
    expect(() => bytes(named(scheduler))).toThrow(TypeError)
  })
})

describe('the requests are those of the reference', () => {
  it('a service: the same bytes, but for the flag of nested attributes that the kernel does not ask for', () => {
    const change: Change = {
      kind: 'add-service',
      service: web,
      config: { scheduler: 'rr', flags: 0, timeout: 0, netmask: '255.255.255.255' as Netmask, engine: '' },
    }
    const first = captures.refused.request
    const { view } = received(first)
    const message = Buffer.from(first.subarray(20, view.getUint32(0, true))).toString('hex')
    expect(bytes(change)).toBe(message.replace(/^54000180/, '54000100'))
  })
})

it('of consecutive servers that share a service and configurations, they are those of each alone', () => {
  const written = { configs: new Map() }
  const services = [web, mark6]
  const configs = Array.from({ length: 200 }, (_, i) => {
    const { config } = server({
      weight: i,
      tunnelType: i % 2 === 0 ? 'gue' : 'ipip',
      tunnelPort: i,
    }) as Extract<Change, { kind: 'add-server' }>
    return config
  })
  for (let i = 0; i < 600; i++) {
    const family = i % 3 === 0 ? 'inet6' : 'inet'
    const address = (family === 'inet' ? `192.0.2.${i % 250}` : `2001:db8::${i}`) as Address
    const change: Change = {
      kind: i % 2 === 0 ? 'add-server' : 'edit-server',
      service: services[(i >> 3) % 2]!,
      server: { family, address, port: i },
      config: configs[(i * 7) % configs.length]!,
    }
    const writer = new AttributeWriter()
    requestOf(change, written).write?.(writer)
    expect(Buffer.from(writer.written).toString('hex')).toBe(bytes(change))
  }
  // A file of servers that are all different takes no memory for them.
  expect(written.configs.size).toBe(128)
})

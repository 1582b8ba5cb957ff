// The classic listing: the reference's bytes, for cases that a session without traffic and names cannot show.

import { describe, expect, it } from '@jest/globals'
import type { Address } from '../../lib/model/address.ts'
import type { Destination, ForwardingMethod } from '../../lib/model/destination.ts'
import type { View } from '../../lib/model/listing-format.ts'
import type { Stats } from '../../lib/model/stats.ts'
import type { VirtualService } from '../../lib/model/virtual-service.ts'
import { formatDaemons, formatTimeouts } from '../../lib/output/director-listing.ts'
import { type KnownNames, NUMBERS } from '../../lib/output/endpoints.ts'
import { formatInfo, formatTable } from '../../lib/output/table-listing.ts'
import { tableOf } from '../support/table.ts'

interface Options {
  readonly view?: View
  readonly exact?: boolean
  readonly sort?: boolean
  readonly names?: KnownNames
}

const list = (table: readonly VirtualService[], { names = NUMBERS, ...options }: Options = {}) =>
  [...formatTable(table, { view: 'route', exact: false, sort: true, ...options }, names)].join('')

/** The rows below the titles. */
const rows = (table: readonly VirtualService[], options?: Options) =>
  list(table, options).split('\n').slice(2, -1)

/** The same table with other observations and settings of its only destination. */
function withDestination(
  table: readonly VirtualService[],
  change: (destination: Destination) => Destination,
): VirtualService[] {
  return table.map(({ service, destinations }) => ({ service, destinations: destinations.map(change) }))
}

describe('names', () => {
  const HOSTS: Readonly<Record<string, string>> = {
    '127.0.0.1': 'localhost',
    '192.0.2.7': 'a-very-long-host-name-that-goes-on-and-on.example.com',
    '2001:db8::7': 'six-very-long-host-name-that-goes-on-and-on.example.com',
  }
  const SERVICES: Readonly<Record<string, string>> = { '80/tcp': 'http', '53/udp': 'domain' }
  const names: KnownNames = {
    host: (address) => HOSTS[address],
    service: (port, protocol) => SERVICES[`${port}/${protocol}`],
  }
  const table = tableOf(`
    -A -t 192.0.2.7:80
    -a -t 192.0.2.7:80 -r 192.0.2.7:81 -m
    -A -t [2001:db8::7]:80
    -a -t [2001:db8::7]:80 -r [2001:db8::7]:82 -m
    -a -t [2001:db8::7]:80 -r [2001:db8:1111:2222:3333:4444:5555:6666]:8888 -m
  `)

  it('that are too long are cut', () => {
    expect(rows(table, { names })).toEqual([
      'TCP  a-very-long-host-name-that-g wlc',
      '  -> a-very-long-host-name-that-g Masq    1      0          0         ',
      'TCP  [six-very-long-host-name-that-goes-on-and-on.example.com]:h wlc',
      '  -> [six-very-long-host-name-that-goes-on-and-on.example.com]:8 Masq    1      0          0         ',
      '  -> [2001:db8:1111:2222:3333:4444:5555:6666]:8888 Masq    1      0          0         ',
    ])
  })

  it('in every view', () => {
    expect(rows(table, { names, view: 'stats' })).toEqual([
      'TCP  a-very-long-host-name-that-g        0        0        0        0        0',
      '  -> a-very-long-host-name-that-g        0        0        0        0        0',
      'TCP  [six-very-long-host-name-that-goes-on-and-on.example.com]:h        0        0        0        0        0',
      '  -> [six-very-long-host-name-that-goes-on-and-on.example.com]:8        0        0        0        0        0',
      '  -> [2001:db8:1111:2222:3333:4444:5555:6666]:8888        0        0        0        0        0',
    ])
    expect(rows(table, { names, view: 'thresholds' }).slice(1, 2)).toEqual([
      '  -> a-very-long-host-name-that-g 0          0          0          0         ',
    ])
  })

  it('of ports belong to the service’s protocol, and a fwmark has none', () => {
    const mixed = tableOf(`
      -A -t 127.0.0.1:80
      -a -t 127.0.0.1:80 -r 127.0.0.1:53 -m
      -A -u 127.0.0.1:53
      -A --sctp-service 127.0.0.1:80
      -A -f 1
      -a -f 1 -r 127.0.0.1:80
    `)
    expect(rows(mixed, { names })).toEqual([
      'TCP  localhost:http wlc',
      '  -> localhost:53                 Masq    1      0          0         ',
      'UDP  localhost:domain wlc',
      'SCTP localhost:80 wlc',
      'FWM  1 wlc',
      '  -> localhost:80                 Route   1      0          0         ',
    ])
  })
})

describe('counters', () => {
  const stats: Stats = {
    connections: 123456789n,
    inPackets: 99999999n,
    outPackets: 12345678901n,
    inBytes: 123456789012345n,
    outBytes: 18446744073709551615n,
    connectionRate: 149999999n,
    inPacketRate: 150000000n,
    outPacketRate: 150000001n,
    inByteRate: 500000000n,
    outByteRate: 949000000n,
  }
  const table = withDestination(
    tableOf('-A -t 10.1.0.1:80\n-a -t 10.1.0.1:80 -r 10.1.0.33:80'),
    (destination) => ({
      ...destination,
      observed: { ...destination.observed, stats },
    }),
  ).map(({ service, destinations }) => ({
    service: { ...service, observed: { stats } },
    destinations,
  }))

  it('are cut to nine characters with a suffix', () => {
    expect(list(table, { view: 'stats' })).toBe(
      'Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes\n' +
        '  -> RemoteAddress:Port\n' +
        'TCP  10.1.0.1:80                   123456K 99999999   12345M     123T18446744T\n' +
        '  -> 10.1.0.33:80                  123456K 99999999   12345M     123T18446744T\n',
    )
  })

  it('of rates, three are never cut on a real server’s line', () => {
    expect(list(table, { view: 'rate' })).toBe(
      'Prot LocalAddress:Port                 CPS    InPPS   OutPPS    InBPS   OutBPS\n' +
        '  -> RemoteAddress:Port\n' +
        'TCP  10.1.0.1:80                   149999K  150000K  150000K  500000K  949000K\n' +
        '  -> 10.1.0.33:80                 149999999 150000000 150000001  500000K  949000K\n',
    )
  })

  it('are whole with --exact', () => {
    expect(rows(table, { view: 'stats', exact: true })[0]).toBe(
      'TCP  10.1.0.1:80                  123456789 99999999 12345678901 123456789012345 18446744073709551615',
    )
  })
})

describe('real servers', () => {
  const table = tableOf('-A -t 10.1.0.1:80\n-a -t 10.1.0.1:80 -r 10.1.0.33:80')

  it.each([
    ['masquerade', 'Masq   '],
    ['local', 'Local  '],
    ['tunnel', 'Tunnel '],
    ['route', 'Route  '],
    ['bypass', 'Bypass '],
  ] as const)('forwarding: %s', (forwarding: ForwardingMethod, text) => {
    const changed = withDestination(table, (it) => ({ ...it, config: { ...it.config, forwarding } }))
    expect(rows(changed)[1]).toBe(`  -> 10.1.0.33:80                 ${text} 1      0          0         `)
  })

  it('their connections', () => {
    const changed = withDestination(table, (it) => ({
      ...it,
      observed: {
        ...it.observed,
        activeConnections: 5,
        inactiveConnections: 12345678901,
        persistentConnections: 3,
      },
    }))
    expect(rows(changed)[1]).toBe('  -> 10.1.0.33:80                 Route   1      5          12345678901')
    expect(rows(changed, { view: 'persistent-conn' })[1]).toBe(
      '  -> 10.1.0.33:80                 1         3           5          12345678901',
    )
  })

  it.each([
    ['ipip', 0, 0, 'ipip         '],
    ['gue', 6080, 0, 'gue:6080:-c  '],
    ['gue', 65535, 2, 'gue:65535:r+c'],
    ['gre', 0, 1, 'gre:+c       '],
  ] as const)('tunnel %s %d %d', (tunnelType, tunnelPort, tunnelFlags, text) => {
    const changed = withDestination(table, (it) => ({
      ...it,
      config: { ...it.config, forwarding: 'tunnel', tunnelType, tunnelPort, tunnelFlags },
    }))
    expect(rows(changed, { view: 'tun-info' })[1]).toBe(
      `  -> 10.1.0.33:80                 Tunnel  ${text} 1      0          0         `,
    )
  })
})

describe('the listing', () => {
  it('keeps the order of the kernel without sorting', () => {
    const table = tableOf(
      '-A -f 9\n-A -t 10.0.0.1:80\n-A -t 192.168.0.1:80\n-a -f 9 -r 9.9.9.9\n-a -f 9 -r 8.8.8.8',
    )
    const names = (options: Options) => rows(table, options).map((row) => row.split(/ +/)[1])
    expect(names({ sort: false })).toEqual(['9', '->', '->', '10.0.0.1:80', '192.168.0.1:80'])
    expect(rows(table, { sort: false })[1]).toContain('9.9.9.9:0')
    expect(names({})).toEqual(['192.168.0.1:80', '10.0.0.1:80', '9', '->', '->'])
    expect(rows(table)[3]).toContain('8.8.8.8:0')
  })

  it('a fwmark is unsigned', () => {
    expect(rows(tableOf('-A -f 4294967295'))).toEqual(['FWM  4294967295 wlc'])
  })

  it('has empty brackets for flags that the scheduler has no name for', () => {
    expect(rows(tableOf('-A -t 7.7.7.7:80 -s sh -b flag-3'))).toEqual(['TCP  7.7.7.7:80 sh ()'])
  })

  it('yields many services in chunks', () => {
    const many = tableOf(Array.from({ length: 5000 }, (_, i) => `-A -f ${i + 1}`).join('\n'))
    const pieces = [...formatTable(many, { view: 'route', exact: false, sort: true }, NUMBERS)]
    expect(pieces.length).toBeGreaterThan(1)
    expect(pieces.join('').split('\n')).toHaveLength(5003)
  })

  it('the version', () => {
    expect(formatInfo({ version: 0x010201, connectionTableSize: 4096 })).toBe(
      'IP Virtual Server version 1.2.1 (size=4096)\n',
    )
  })
})

describe('timeouts and daemons', () => {
  it('timeouts', () => {
    expect(formatTimeouts({ tcp: 900, tcpFin: 120, udp: 300 })).toBe(
      'Timeout (tcp tcpfin udp): 900 120 300\n',
    )
  })

  it('daemons, without the settings that old kernels do not report', () => {
    const common = { interface: 'lo', syncId: 5 }
    expect(
      formatDaemons([
        { state: 'master', ...common, maxLength: 1472, group: '224.0.0.81' as Address, port: 8848, ttl: 1 },
        { state: 'backup', ...common, maxLength: 1024, group: 'ff02::5' as Address, port: 1, ttl: 255 },
        { state: 'backup', ...common },
      ]),
    ).toBe(
      'master sync daemon (mcast=lo, syncid=5, maxlen=1472, group=224.0.0.81, port=8848, ttl=1)\n' +
        'backup sync daemon (mcast=lo, syncid=5, maxlen=1024, group=ff02::5, port=1, ttl=255)\n' +
        'backup sync daemon (mcast=lo, syncid=5)\n',
    )
  })

  it('prints nothing without daemons', () => {
    expect(formatDaemons([])).toBe('')
  })
})

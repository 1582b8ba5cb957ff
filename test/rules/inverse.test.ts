// Saved rules and the table are each other's inverse; and what a rule file's lines are.

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { parse } from '../../lib/grammar/parse.ts'
import { addressFromBytes } from '../../lib/model/address.ts'
import { type DestinationConfiguration, destinationKey } from '../../lib/model/destination.ts'
import { hostNetmask, netmaskFromAddress, netmaskFromPrefix } from '../../lib/model/netmask.ts'
import { isFwmark, type ServiceConfiguration, type ServiceId, serviceKey } from '../../lib/model/service.ts'
import type { VirtualService } from '../../lib/model/virtual-service.ts'
import { type KnownNames, NUMBERS } from '../../lib/output/endpoints.ts'
import { formatRules } from '../../lib/rules/rule-lines.ts'
import { ruleLines } from '../../lib/rules/split-lines.ts'
import { tableOf } from '../support/table.ts'

// A busy machine is no failure.
const text = (table: readonly VirtualService[], names: KnownNames = NUMBERS) =>
  [...formatRules(table, names)].join('')

const PERSISTENT = 1
const ONEPACKET = 4

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
// Few different bytes make the short forms of addresses likely.
const sparse = (length: number) =>
  fc
    .array(fc.constantFrom(0, 0, 0, 1, 0xff), { minLength: length, maxLength: length })
    .map((list) => Uint8Array.from(list))
const address = (family: 'inet' | 'inet6') => {
  const length = family === 'inet' ? 4 : 16
  return fc.oneof(bytes(length), sparse(length)).map((value) => addressFromBytes(value, family))
}
const family = fc.constantFrom('inet' as const, 'inet6' as const)
const port = fc.oneof(fc.constantFrom(0, 80, 65535), fc.nat(65535))
const number = (max: number) => fc.oneof(fc.constantFrom(0, 1, max), fc.nat(max))

const serviceId: fc.Arbitrary<ServiceId> = family.chain((of) =>
  fc.oneof(
    fc.record({
      family: fc.constant(of),
      protocol: fc.constantFrom('tcp' as const, 'udp' as const, 'sctp' as const),
      address: address(of),
      port,
    }),
    fc.record({ family: fc.constant(of), fwmark: fc.integer({ min: 1, max: 0xffffffff }) }),
  ),
)

/** The flags that each scheduler has names for; of the others, all three. */
const SCHEDULERS = { rr: 0x38, wlc: 0x38, sh: 0x18, mh: 0x18 } as const

/** What can be said of a service in words: netmask and timeout only if it is persistent. */
function serviceConfig(id: ServiceId): fc.Arbitrary<ServiceConfiguration> {
  const netmask =
    id.family === 'inet'
      ? address('inet').map(netmaskFromAddress)
      : fc.integer({ min: 1, max: 128 }).map(netmaskFromPrefix)
  const mustPersist = !isFwmark(id) && id.port === 0
  const mayBeOnePacket = isFwmark(id) || id.protocol === 'udp'
  return fc
    .record({
      scheduler: fc.constantFrom(...(Object.keys(SCHEDULERS) as (keyof typeof SCHEDULERS)[])),
      persistent: mustPersist ? fc.constant(true) : fc.boolean(),
      onePacket: mayBeOnePacket ? fc.boolean() : fc.constant(false),
      bits: fc.nat(0x3f),
      timeout: fc.integer({ min: 1, max: 31 * 24 * 60 * 60 }),
      netmask: fc.oneof(fc.constant(hostNetmask(id.family)), netmask),
      engine: fc.constantFrom('', 'sip'),
    })
    .map(({ scheduler, persistent, onePacket, bits, timeout, netmask: mask, engine }) => ({
      scheduler,
      flags: (persistent ? PERSISTENT : 0) | (onePacket ? ONEPACKET : 0) | (bits & SCHEDULERS[scheduler]),
      timeout: persistent ? timeout : 0,
      netmask: persistent ? mask : hostNetmask(id.family),
      engine,
    }))
}

const tunnel: fc.Arbitrary<Pick<DestinationConfiguration, 'tunnelType' | 'tunnelPort' | 'tunnelFlags'>> =
  fc.oneof(
    fc.constant({ tunnelType: 'ipip' as const, tunnelPort: 0, tunnelFlags: 0 }),
    fc.record({
      tunnelType: fc.constant('gue' as const),
      tunnelPort: fc.integer({ min: 1, max: 65535 }),
      tunnelFlags: fc.constantFrom(0, 1, 2),
    }),
    fc.record({
      tunnelType: fc.constant('gre' as const),
      tunnelPort: fc.constant(0),
      tunnelFlags: fc.constantFrom(0, 1),
    }),
  )

/** A server that the kernel could have of this service. */
const server = (service: ServiceId) =>
  fc.constantFrom('masquerade' as const, 'route' as const, 'tunnel' as const).chain((forwarding) => {
    const families = forwarding === 'tunnel' ? family : fc.constant(service.family)
    const anyPort = forwarding === 'masquerade' || isFwmark(service)
    return families.chain((of) =>
      fc.record({
        id: fc.record({
          family: fc.constant(of),
          address: address(of),
          port: anyPort ? port : fc.constant(service.port),
        }),
        config: fc
          .record({
            weight: number(0x7fffffff),
            upperThreshold: number(0x7fffffff),
            lowerThreshold: number(0x7fffffff),
            tunnel,
          })
          .map(({ tunnel: of, ...rest }) => ({
            forwarding,
            ...rest,
            ...(forwarding === 'tunnel'
              ? of
              : { tunnelType: 'ipip' as const, tunnelPort: 0, tunnelFlags: 0 }),
          })),
      }),
    )
  })

const virtualServer = serviceId.chain((id) =>
  fc.record({
    service: fc.record({ id: fc.constant(id), config: serviceConfig(id) }),
    destinations: fc.uniqueArray(server(id), { maxLength: 4, selector: (each) => destinationKey(each.id) }),
  }),
)
const table = fc.uniqueArray(virtualServer, {
  maxLength: 6,
  selector: ({ service }) => serviceKey(service.id),
}) as unknown as fc.Arbitrary<VirtualService[]>

/** What a table is but for what was observed. */
const wanted = (servers: readonly VirtualService[]) =>
  servers.map(({ service, destinations }) => ({
    service: { id: service.id, config: service.config },
    destinations: destinations.map(({ id, config }) => ({ id, config })),
  }))

describe('saving and reading', () => {
  it('give the same table', () => {
    fc.assert(
      fc.property(table, (servers) => {
        expect(wanted(tableOf(text(servers)))).toEqual(wanted(servers))
      }),
      { numRuns: 500 },
    )
  })

  it('give the same text', () => {
    fc.assert(
      fc.property(table, (servers) => {
        const saved = text(servers)
        expect(text(tableOf(saved))).toBe(saved)
      }),
      { numRuns: 200 },
    )
  })

  it('lines have the words that programs count: seven of a plain service, ten of a plain server', () => {
    const [service, plain, limited] = text(
      tableOf(`
        -A -t 192.0.2.1:80 -p
        -a -t 192.0.2.1:80 -r 198.51.100.1
        -a -t 192.0.2.1:80 -r 198.51.100.2 -i -x 5 -y 3
      `),
    ).split('\n')
    expect(service).toBe('-A -t 192.0.2.1:80 -s wlc -p 360')
    expect(service!.split(' ')).toHaveLength(7)
    expect(plain).toBe('-a -t 192.0.2.1:80 -r 198.51.100.1:80 -g -w 1')
    // -x and -y come last, and only if they are set.
    expect(limited).toBe('-a -t 192.0.2.1:80 -r 198.51.100.2:80 -i -w 1 --tun-type ipip -x 5 -y 3')
  })

  it('what the kernel chose of itself is saved as what it was chosen for', () => {
    const [only] = tableOf('-A -t 192.0.2.1:80\n-a -t 192.0.2.1:80 -r 127.0.0.1')
    for (const forwarding of ['local', 'bypass'] as const) {
      const destinations = only!.destinations.map((each) => ({
        ...each,
        config: { ...each.config, forwarding },
      }))
      expect(text([{ ...only!, destinations }])).toContain('-r 127.0.0.1:80 -g -w 1\n')
    }
  })

  it('with names', () => {
    const names: KnownNames = {
      host: (host) => (host === '127.0.0.1' ? 'localhost' : undefined),
      service: (of, protocol) => (`${of}/${protocol}` === '80/tcp' ? 'http' : undefined),
    }
    const saved = text(
      tableOf('-A -t 127.0.0.1:80\n-a -t 127.0.0.1:80 -r 10.0.0.1:80 -m\n-A -f 1\n-a -f 1 -r 127.0.0.1:80'),
      names,
    )
    expect(saved).toBe(
      '-A -t localhost:http -s wlc\n-a -t localhost:http -r 10.0.0.1:http -m -w 1\n' +
        '-A -f 1 -s wlc\n-a -f 1 -r localhost:80 -g -w 1\n',
    )
  })
})

describe('lines', () => {
  const read = (rules: string) =>
    [...ruleLines(rules)].map(({ number: n, words }) => `${n} ${words.join('|')}`)

  it.each([
    ['', []],
    ['\n', []],
    ['   \n\n-C\n\n', ['3 -C']],
    ['-C', ['1 -C']],
    ['-C\r\n-Z\r\n', ['1 -C', '2 -Z']],
    ['-A\t-t\t1.1.1.1:85   -s\trr\n-C', ['1 -A|-t|1.1.1.1:85|-s|rr', '2 -C']],
    ['# comment\n-C\n  # another\n#\n-Z', ['2 -C', '5 -Z']],
    ['-A -t 1.1.4.3:80 # foo', ['1 -A|-t|1.1.4.3:80|#|foo']],
    ['ipvsadm -A -t 1.1.1.1:82\nipvsadm\n', ['1 -A|-t|1.1.1.1:82']],
    ['-A ipvsadm -s ipvsadm\n', ['1 -A|-s']],
    ['/sbin/ipvsadm -C\n', ['1 /sbin/ipvsadm|-C']],
    ['-A "a b"\n', ['1 -A|"a|b"']],
    ['\f-A\v-t\n', ['1 \f-A\v-t']],
  ])('%j', (rules, expected) => {
    expect(read(rules)).toEqual(expected)
  })

  it('of a megabyte are lines', () => {
    const [line] = ruleLines(`-A -t 1.1.2.1:80${' '.repeat(1 << 20)}-s rr\n`)
    expect(parse(line!.words, { host: () => null, port: () => undefined })).toMatchObject({
      kind: 'add-service',
    })
  })

  it('whatever the text is, each line is read once, in order', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (rubbish) => {
        const numbers = [...ruleLines(rubbish)].map(({ number: n }) => n)
        expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b))
        expect(Math.max(0, ...numbers)).toBeLessThanOrEqual(rubbish.split('\n').length)
      }),
    )
  })
})

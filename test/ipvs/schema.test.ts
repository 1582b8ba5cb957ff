// The rules of the schema and of its derivations: encoder and decoder are inverses, differences miss no field.

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { decode, differences, encode } from '../../lib/ipvs/codec.ts'
import { DAEMON, DESTINATION, SERVICE, TIMEOUTS } from '../../lib/ipvs/schema.ts'
import * as uapi from '../../lib/ipvs/uapi.ts'
import { type Address, addressFromBytes } from '../../lib/model/address.ts'
import { DESTINATION_DEFAULTS } from '../../lib/model/defaults.ts'
import { netmaskFromAddress, netmaskFromPrefix } from '../../lib/model/netmask.ts'
import { AttributeWriter, received } from '../../lib/netlink/attributes.ts'
import * as header from '../support/fake-kernel/constants.ts'

const int = (max: number) => fc.integer({ min: 0, max })
const U32 = 0xffffffff
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const inet = bytes(4).map((value) => addressFromBytes(value, 'inet'))
const inet6 = bytes(16).map((value) => addressFromBytes(value, 'inet6'))
const word = fc.string({
  unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz0123456789-_'),
  minLength: 1,
  maxLength: 15,
})

/** An address with its family. */
const located = fc.oneof(
  fc.record({ family: fc.constant('inet' as const), address: inet }),
  fc.record({ family: fc.constant('inet6' as const), address: inet6 }),
)

const serviceConfig = (family: 'inet' | 'inet6') =>
  fc.record({
    scheduler: word,
    flags: int(0x3f).map((flags) => flags & ~2),
    timeout: int(U32),
    netmask:
      family === 'inet'
        ? inet.map(netmaskFromAddress)
        : fc.integer({ min: 1, max: 128 }).map(netmaskFromPrefix),
    engine: fc.oneof(fc.constant(''), word),
  })

const serverConfig = fc.record({
  forwarding: fc.constantFrom('masquerade', 'local', 'tunnel', 'route', 'bypass'),
  weight: int(0x7fffffff),
  upperThreshold: int(U32),
  lowerThreshold: int(U32),
  tunnelType: fc.constantFrom('ipip', 'gue', 'gre'),
  tunnelPort: int(65535),
  tunnelFlags: int(65535),
})

const daemon = fc.record(
  {
    state: fc.constantFrom('master', 'backup'),
    interface: word,
    syncId: int(255),
    maxLength: int(65535),
    group: fc.oneof(inet, inet6),
    port: int(65535),
    ttl: int(255),
  },
  { requiredKeys: ['state', 'interface', 'syncId'] },
)

describe('encoder and decoder are each other’s inverse', () => {
  /** Observations as the kernel would add them: the decoder wants them. */
  const observe = (writer: AttributeWriter) => {
    for (const attribute of [
      uapi.DEST_ATTR.ACTIVE_CONNS,
      uapi.DEST_ATTR.INACT_CONNS,
      uapi.DEST_ATTR.PERSIST_CONNS,
    ]) {
      const at = writer.begin(attribute)
      writer.u32(0)
      writer.end(at)
    }
  }

  it('services by address', () => {
    const service = located.chain(({ family, address }) =>
      fc.record({
        id: fc.record({
          family: fc.constant(family),
          protocol: fc.constantFrom('tcp', 'udp', 'sctp'),
          address: fc.constant(address),
          port: int(65535),
        }),
        config: serviceConfig(family),
      }),
    )
    fc.assert(
      fc.property(service, ({ id, config }) => {
        const writer = new AttributeWriter(1)
        encode(writer, SERVICE.schema.id, id, id.family)
        encode(writer, SERVICE.schema.config, config, id.family)
        const data = received(writer.written.slice())
        expect(decode(SERVICE, data, 0, data.bytes.length)).toMatchObject({ id, config })
      }),
    )
  })

  it('services by fwmark', () => {
    fc.assert(
      fc.property(int(U32), fc.constantFrom('inet', 'inet6'), (fwmark, family) => {
        const id = { family, fwmark }
        const writer = new AttributeWriter()
        encode(writer, SERVICE.schema.id, id, family)
        const config = { scheduler: 'rr', flags: 0, timeout: 0, netmask: netmaskFromPrefix(64), engine: '' }
        encode(writer, SERVICE.schema.config, config, family)
        const data = received(writer.written.slice())
        expect(decode(SERVICE, data, 0, data.bytes.length).id).toEqual(id)
      }),
    )
  })

  it('destinations', () => {
    fc.assert(
      fc.property(located, int(65535), serverConfig, (where, port, config) => {
        const id = { ...where, port }
        const writer = new AttributeWriter()
        encode(writer, DESTINATION.schema.id, id, id.family)
        encode(writer, DESTINATION.schema.config, config, id.family)
        observe(writer)
        const data = received(writer.written.slice())
        expect(decode(DESTINATION, data, 0, data.bytes.length)).toMatchObject({ id, config })
      }),
    )
  })

  it.each([5, 6, 7, 0x105])('forwarding method %d, which the kernel keeps, is bypass', (method) => {
    const writer = new AttributeWriter()
    const config = { ...DESTINATION_DEFAULTS, weight: 3 }
    encode(writer, DESTINATION.schema.id, { family: 'inet', address: '10.0.0.1' as Address, port: 1 }, 'inet')
    encode(writer, DESTINATION.schema.config, config, 'inet')
    // The last of two attributes counts.
    const at = writer.begin(uapi.DEST_ATTR.FWD_METHOD)
    writer.u32(method)
    writer.end(at)
    observe(writer)
    const data = received(writer.written.slice())
    const decoded = decode(DESTINATION, data, 0, data.bytes.length)
    expect(decoded.config).toEqual({ ...config, forwarding: 'bypass' })
  })

  it('daemons', () => {
    fc.assert(
      fc.property(daemon, (all) => {
        const writer = new AttributeWriter()
        encode(writer, DAEMON.schema.all, all, 'inet')
        const data = received(writer.written.slice())
        expect(decode(DAEMON, data, 0, data.bytes.length).all).toEqual(all)
      }),
    )
  })

  it('timeouts', () => {
    fc.assert(
      fc.property(fc.record({ tcp: int(U32), tcpFin: int(U32), udp: int(U32) }), (all) => {
        const writer = new AttributeWriter()
        encode(writer, TIMEOUTS.schema.all, all, 'inet')
        const data = received(writer.written.slice())
        expect(decode(TIMEOUTS, data, 0, data.bytes.length).all).toEqual(all)
      }),
    )
  })
})

describe('differences', () => {
  const config = {
    forwarding: 'route',
    weight: 1,
    upperThreshold: 0,
    lowerThreshold: 0,
    tunnelType: 'ipip',
    tunnelPort: 0,
    tunnelFlags: 0,
  } as const
  const other = {
    forwarding: 'masquerade',
    weight: 2,
    upperThreshold: 3,
    lowerThreshold: 4,
    tunnelType: 'gue',
    tunnelPort: 5,
    tunnelFlags: 6,
  } as const

  it('are none between equal records', () => {
    expect(differences(DESTINATION.schema.config, config, { ...config })).toEqual([])
  })

  it.each(Object.keys(other) as (keyof typeof other)[])('%s', (field) => {
    const changed = { ...config, [field]: other[field] }
    expect(differences(DESTINATION.schema.config, config, changed)).toEqual([field])
  })

  it('of fields that only one has', () => {
    const bare = { state: 'master', interface: 'lo', syncId: 0 } as const
    const full = { ...bare, group: 'ff02::1' as Address, ttl: 1 }
    expect(differences(DAEMON.schema.all, bare, full)).toEqual(['group', 'ttl'])
  })
})

describe('the kernel’s numbers', () => {
  // The fake kernel's table was read off the headers a second time.
  it('of commands', () => {
    expect(uapi.CMD).toEqual(header.CMD)
  })

  it.each([
    ['SVC_ATTR', uapi.SVC_ATTR, header.SVC],
    ['DEST_ATTR', uapi.DEST_ATTR, header.DEST],
    ['DAEMON_ATTR', uapi.DAEMON_ATTR, header.DAEMON],
    ['INFO_ATTR', uapi.INFO_ATTR, header.INFO],
    ['CMD_ATTR', uapi.CMD_ATTR, header.TOP],
  ] as const)('%s', (_, first, second) => {
    expect(first).toEqual(expect.objectContaining(second))
  })

  it('are used once within each schema', () => {
    for (const { schema } of [SERVICE, DESTINATION, DAEMON, TIMEOUTS]) {
      const numbers = Object.values(schema)
        .flatMap((group) => Object.values(group).flat())
        .map((row) => (row as { attribute: number }).attribute)
      expect(new Set(numbers).size).toBe(numbers.length)
    }
  })
})

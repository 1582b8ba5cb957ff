// Generated tables: every value of every attribute that the kernel keeps, whichever program has set it.
import fc from 'fast-check'
import { IpvsClient } from '../../lib/ipvs/client.ts'
import { addressFromBytes, type Family } from '../../lib/model/address.ts'
import type { Change } from '../../lib/model/change.ts'
import {
  type Destination,
  type DestinationConfiguration,
  destinationKey,
} from '../../lib/model/destination.ts'
import { SVC_F } from '../../lib/model/flags.ts'
import { MAX_INT, MAX_TIMEOUT, MAX_UINT } from '../../lib/model/limits.ts'
import { hostNetmask, netmaskFromAddress, netmaskFromPrefix } from '../../lib/model/netmask.ts'
import {
  type Service,
  type ServiceConfiguration,
  type ServiceId,
  serviceKey,
} from '../../lib/model/service.ts'
import { FakeKernel } from './fake-kernel/fake-kernel.ts'

/** A service with its real servers, without observations. */
export interface WantedTableEntry {
  readonly service: Pick<Service, 'id' | 'config'>
  readonly destinations: readonly Pick<Destination, 'id' | 'config'>[]
}

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
// Few different bytes make the short forms of addresses likely.
const sparse = (length: number) =>
  fc
    .array(fc.constantFrom(0, 0, 0, 1, 0xff), { minLength: length, maxLength: length })
    .map((list) => Uint8Array.from(list))
const address = (family: Family, prefix: readonly number[] = []) => {
  const length = family === 'inet' ? 4 : 16
  return fc.oneof(bytes(length), sparse(length)).map((value) => {
    value.set(prefix)
    return addressFromBytes(value, family)
  })
}
/** The kernel takes no other servers. */
const unicast = (family: Family) => address(family, family === 'inet' ? [10] : [0x20, 0x01])
const family = fc.constantFrom<Family>('inet', 'inet6')
const port = fc.oneof(fc.constantFrom(0, 80, 65535), fc.nat(65535))
const number = (...bounds: number[]) =>
  fc.oneof(fc.constantFrom(0, 1, ...bounds), fc.integer({ min: 0, max: Math.max(...bounds) }))

const serviceId: fc.Arbitrary<ServiceId> = family.chain((of) =>
  fc.oneof(
    fc.record({
      family: fc.constant(of),
      protocol: fc.constantFrom('tcp' as const, 'udp' as const, 'sctp' as const),
      address: address(of),
      port,
    }),
    fc.record({ family: fc.constant(of), fwmark: fc.integer({ min: 1, max: MAX_UINT }) }),
  ),
)

const serviceConfig = (of: Family): fc.Arbitrary<ServiceConfiguration> =>
  fc.record({
    scheduler: fc.constantFrom('rr', 'wlc', 'sh', 'mh', 'none'),
    // The kernel keeps HASHED for itself.
    flags: fc
      .oneof(fc.nat(0x3f), fc.integer({ min: 0, max: MAX_UINT }))
      .map((f) => (f & ~SVC_F.HASHED) >>> 0),
    timeout: number(360, MAX_TIMEOUT, MAX_TIMEOUT + 1, MAX_UINT),
    netmask: fc.oneof(
      fc.constant(hostNetmask(of)),
      of === 'inet'
        ? address('inet').map(netmaskFromAddress)
        : fc.integer({ min: 1, max: 128 }).map(netmaskFromPrefix),
    ),
    engine: fc.constantFrom('', 'sip'),
  })

const serverConfig: fc.Arbitrary<DestinationConfiguration> = fc
  .record({
    forwarding: fc.constantFrom('masquerade', 'local', 'tunnel', 'route', 'bypass'),
    weight: number(MAX_INT),
    upperThreshold: number(MAX_INT, MAX_INT + 1, MAX_UINT),
    lowerThreshold: number(MAX_INT, MAX_INT + 1, MAX_UINT),
    tunnelType: fc.constantFrom('ipip', 'gue', 'gre'),
    tunnelPort: port,
    tunnelFlags: fc.oneof(fc.nat(3), fc.nat(0xffff)),
  })
  .map((config) => ({
    ...config,
    // Limits of the kernel: a type with a port has one, the upper threshold is the greater one.
    tunnelPort: config.tunnelType === 'gue' ? Math.max(config.tunnelPort, 1) : config.tunnelPort,
    upperThreshold: Math.max(config.upperThreshold, config.lowerThreshold),
  }))

/** Only a tunnel leads to the other address family. */
const server = (service: ServiceId) =>
  serverConfig.chain((config) =>
    (config.forwarding === 'tunnel' ? family : fc.constant(service.family)).chain((of) =>
      fc.record({
        id: fc.record({
          family: fc.constant(of),
          address: unicast(of),
          port: 'port' in service ? fc.oneof(fc.constant(service.port), port) : port,
        }),
        config: fc.constant(config),
      }),
    ),
  )

/** Any table that a program could make through the kernel's interface. */
export const anyTable: fc.Arbitrary<WantedTableEntry[]> = fc.uniqueArray(
  serviceId.chain((id) =>
    fc.record({
      service: fc.record({ id: fc.constant(id), config: serviceConfig(id.family) }),
      destinations: fc.uniqueArray(server(id), {
        maxLength: 4,
        selector: (each) => destinationKey(each.id),
      }),
    }),
  ),
  { maxLength: 6, selector: ({ service }) => serviceKey(service.id) },
)

const changes = (table: readonly WantedTableEntry[]): Change[] =>
  table.flatMap(({ service, destinations }) => [
    { kind: 'add-service', service: service.id, config: service.config },
    ...destinations.map(
      ({ id, config }): Change => ({ kind: 'add-server', service: service.id, server: id, config }),
    ),
  ])

/** A fake kernel whose table another program has made. */
export async function kernelWith(table: readonly WantedTableEntry[]): Promise<FakeKernel> {
  const kernel = new FakeKernel()
  const client = await IpvsClient.open({ transport: kernel.connect() })
  const failed = (await client.applyAll(changes(table))).find((failure) => failure !== undefined)
  if (failed !== undefined) throw failed
  client.close()
  return kernel
}

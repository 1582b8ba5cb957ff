// Scenarios: a client's calls on an empty table, with assertions, and its observations, as plain data. The same ones run
// on the fake kernel and on a real one, with equal observations.
import assert from 'node:assert/strict'
import type { IpvsClient } from '../../lib/ipvs/client.ts'
import type { Address } from '../../lib/model/address.ts'
import type { Change } from '../../lib/model/change.ts'
import { DESTINATION_DEFAULTS } from '../../lib/model/defaults.ts'
import {
  type DestinationConfiguration,
  type DestinationId,
  destinationKey,
} from '../../lib/model/destination.ts'
import type { KernelError } from '../../lib/model/errors.ts'
import { hostNetmask } from '../../lib/model/netmask.ts'
import { type ServiceConfiguration, type ServiceId, serviceKey } from '../../lib/model/service.ts'

export interface Scenario {
  readonly name: string
  /** @param second another client of the same table */
  run(client: IpvsClient, second: IpvsClient): Promise<unknown>
}

const familyOf = (address: string) => (address.includes(':') ? 'inet6' : 'inet')

export function at(address: string, port: number, protocol: 'tcp' | 'udp' | 'sctp' = 'tcp'): ServiceId {
  return { family: familyOf(address), protocol, address: address as Address, port }
}

export function mark(fwmark: number, family: 'inet' | 'inet6' = 'inet'): ServiceId {
  return { family, fwmark }
}

export function server(address: string, port: number): DestinationId {
  return { family: familyOf(address), address: address as Address, port }
}

export function addService(service: ServiceId, config: Partial<ServiceConfiguration> = {}): Change {
  return {
    kind: 'add-service',
    service,
    config: {
      scheduler: 'rr',
      flags: 0,
      timeout: 0,
      netmask: hostNetmask(service.family),
      engine: '',
      ...config,
    },
  }
}

export function addServer(
  service: ServiceId,
  destination: DestinationId,
  config: Partial<DestinationConfiguration> = {},
): Change {
  return {
    kind: 'add-server',
    service,
    server: destination,
    config: {
      ...DESTINATION_DEFAULTS,
      forwarding: 'masquerade',
      ...config,
    },
  }
}

/** The change that gives an entry these settings instead of adding it with them. */
export function edit(change: Change): Change {
  if (change.kind === 'add-service') return { ...change, kind: 'edit-service' }
  if (change.kind === 'add-server') return { ...change, kind: 'edit-server' }
  throw new TypeError(`cannot be edited: ${change.kind}`)
}

/** Makes changes, none of which may be refused. */
export async function make(client: IpvsClient, ...changes: readonly Change[]): Promise<void> {
  assert.deepEqual(await client.applyAll(changes), [])
}

/** Makes a change that the kernel must refuse with this errno. */
export async function refused(client: IpvsClient, change: Change, code: string): Promise<void> {
  await assert.rejects(client.apply(change), (error: KernelError) => {
    assert.equal(error.name, 'KernelError')
    assert.equal(error.code, code, JSON.stringify(change))
    return true
  })
}

/** The whole table without observations and in a fixed order, as JSON can say it. */
export async function table(client: IpvsClient): Promise<unknown> {
  const servers = await client.table()
  const services = servers.map(({ service, destinations }) => ({
    key: serviceKey(service.id),
    ...service.id,
    ...service.config,
    destinations: destinations
      .map(({ id, config }) => ({ key: destinationKey(id), ...id, ...config }))
      .sort(byKey),
  }))
  return services.sort(byKey)
}

/** Everything that can be read. */
export async function everything(client: IpvsClient): Promise<unknown> {
  const daemons = await client.daemons()
  return {
    table: await table(client),
    timeouts: await client.timeouts(),
    daemons: [...daemons].sort((a, b) => (a.state < b.state ? -1 : 1)),
  }
}

const byKey = (a: { key: string }, b: { key: string }) => (a.key < b.key ? -1 : 1)

/** Back to an empty table and the kernel's defaults, for the next scenario. */
export async function reset(client: IpvsClient): Promise<void> {
  await client.applyAll([
    { kind: 'flush' },
    { kind: 'stop-daemon', state: 'master' },
    { kind: 'stop-daemon', state: 'backup' },
    { kind: 'set', timeouts: { tcp: 900, tcpFin: 120, udp: 300 } },
  ])
}

export async function perform(scenario: Scenario, client: IpvsClient, second: IpvsClient): Promise<unknown> {
  const seen = await scenario.run(client, second)
  return { seen: seen ?? null, left: await everything(second) }
}

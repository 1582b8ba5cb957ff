// Facts of directors, for the tests of the checks.
import { diagnose } from '../../../lib/doctor/checks.ts'
import { NO_CONNECTIONS } from '../../../lib/doctor/facts/connections.ts'
import { parseIptables } from '../../../lib/doctor/facts/iptables-rules.ts'
import type { Network } from '../../../lib/doctor/facts/network.ts'
import type { PacketFilter } from '../../../lib/doctor/facts/packet-filter.ts'
import type { Facts } from '../../../lib/doctor/facts.ts'
import { type Address, parseAddress } from '../../../lib/model/address.ts'
import { DESTINATION_DEFAULTS } from '../../../lib/model/defaults.ts'
import type { Destination, ForwardingMethod } from '../../../lib/model/destination.ts'
import type { SyncDaemon } from '../../../lib/model/director.ts'
import { hostNetmask } from '../../../lib/model/netmask.ts'
import type { Prefix } from '../../../lib/model/prefix.ts'
import { NO_STATS } from '../../../lib/model/stats.ts'
import type { VirtualService } from '../../../lib/model/virtual-service.ts'
import type { NoRoute, Route } from '../../../lib/netlink/route-connection.ts'

export const onLink = { type: 'unicast', link: 2, gateway: undefined, mtu: undefined } as const
export const local = { type: 'local', link: 1, gateway: undefined, mtu: undefined } as const

/** A director that has 192.0.2.1 on lo and reaches 10.0.0.0/24 through lan. */
export const NETWORK: Network = {
  routes: new Map<Address, Route>([
    [parseAddress('192.0.2.1')!, local],
    [parseAddress('127.0.0.1')!, local],
    [parseAddress('10.0.0.2')!, onLink],
    [parseAddress('10.0.0.3')!, onLink],
  ]),
  local: [],
  links: new Map([
    [1, { index: 1, name: 'lo', flags: 0x49, mtu: 65536, kind: undefined }],
    [2, { index: 2, name: 'lan', flags: 0x1043, mtu: 1500, kind: 'veth' }],
  ]),
}

/** The same with another answer for one address. */
export function network(address: string, route: Route | NoRoute, local: readonly Prefix[] = []): Network {
  return { ...NETWORK, routes: new Map([...NETWORK.routes, [parseAddress(address)!, route]]), local }
}

export function server(
  address: string,
  config: Partial<Destination['config']> = {},
  connections = 0,
): Destination {
  return {
    id: { family: address.includes(':') ? 'inet6' : 'inet', address: parseAddress(address)!, port: 80 },
    config: {
      ...DESTINATION_DEFAULTS,
      forwarding: 'tunnel',
      ...config,
    },
    observed: {
      activeConnections: connections,
      inactiveConnections: 0,
      persistentConnections: 0,
      stats: NO_STATS,
    },
  }
}

export function service(
  address: string,
  destinations: readonly Destination[],
  flags = 0,
  scheduler = 'wlc',
): VirtualService {
  return {
    service: {
      id: { family: 'inet', protocol: 'tcp', address: parseAddress(address)!, port: 80 },
      config: { scheduler, flags, timeout: 300, netmask: hostNetmask('inet'), engine: '' },
      observed: { stats: NO_STATS },
    },
    destinations,
  }
}

export function facts(some: Partial<Facts>, files: Readonly<Record<string, string>> = {}): Facts {
  return {
    unavailable: undefined,
    missingRight: undefined,
    table: [],
    daemons: [],
    timeouts: undefined,
    buckets: 4096,
    connections: NO_CONNECTIONS,
    network: NETWORK,
    firewall: [],
    probes: new Map(),
    merging: [],
    elsewhere: [],
    file: (path) => files[path],
    ...some,
  }
}

export const found = (some: Partial<Facts>, files?: Readonly<Record<string, string>>) =>
  diagnose(facts(some, files)).map(({ check, finding }) => `${check.id}: ${finding.fix}`)

export const healthy = [service('192.0.2.1', [server('10.0.0.2')])]
export const nat = (method: ForwardingMethod = 'masquerade') => [
  service('192.0.2.1', [server('10.0.0.2', { forwarding: method })]),
]

export const iptables = (text: string): PacketFilter[] => [
  { families: ['inet'], chains: parseIptables(text) },
]

export const marked: VirtualService = {
  ...healthy[0]!,
  service: { ...healthy[0]!.service, id: { family: 'inet', fwmark: 7 } },
}

export const FORWARDING_OFF = { '/proc/sys/net/ipv4/ip_forward': '0\n' }

export const daemon = (state: SyncDaemon['state'], syncId = 0): SyncDaemon => ({
  state,
  interface: 'lan',
  syncId,
})

/** The same service with a connection counted. */
export function counted({ service, destinations }: VirtualService): VirtualService {
  return {
    service: { ...service, observed: { stats: { ...service.observed.stats, connections: 1n } } },
    destinations,
  }
}

/** A case: its name, the facts, the files, and for a reported one the finding. */
export type SoundCase = readonly [string, Partial<Facts>, Readonly<Record<string, string>>]
export type FoundCase = readonly [...SoundCase, unknown]

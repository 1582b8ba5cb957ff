// The fake's state as plain data that a test can compare, print and pin: text for addresses and a fixed order.

import { addressText } from './addresses.ts'
import { AF_INET, AF_INET6 } from './constants.ts'
import type { Daemon, DestinationSettings, ServiceSettings, Tables, Timeouts } from './tables.ts'

export interface ServiceSnapshot extends Omit<ServiceSettings, 'netmask'> {
  /** A dotted mask for IPv4, a prefix length for IPv6. */
  readonly netmask: string | number
  readonly destinations: Readonly<Record<string, DestinationSettings>>
}

export interface Snapshot {
  /** By `tcp 192.0.2.1:80`, `sctp [2001:db8::1]:9`, `fwmark 7`, `fwmark6 7`. */
  readonly services: Readonly<Record<string, ServiceSnapshot>>
  readonly timeouts: Timeouts
  readonly daemons: { readonly master?: DaemonSnapshot; readonly backup?: DaemonSnapshot }
}

export type DaemonSnapshot = Omit<Daemon, 'state' | 'groupFamily' | 'group'> & { readonly group: string }

/** The entries in the order of their names, since objects are printed in the order they were filled. */
const sorted = <T>(entries: Iterable<[string, T]>): Record<string, T> =>
  Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)))

function netmaskOf(af: number, netmask: number): string | number {
  if (af === AF_INET6) return netmask
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, netmask, true)
  return addressText(AF_INET, bytes)
}

function daemonOf(daemon: Daemon): DaemonSnapshot {
  const { state: _state, groupFamily, group, ...rest } = daemon
  return { ...rest, group: addressText(groupFamily, group) }
}

export function snapshot(tables: Tables): Snapshot {
  const services = [...tables.services].map(([name, service]): [string, ServiceSnapshot] => {
    const destinations = [...service.destinations].map(
      ([server, destination]): [string, DestinationSettings] => [server, { ...destination.settings }],
    )
    const netmask = netmaskOf(service.af, service.settings.netmask)
    return [name, { ...service.settings, netmask, destinations: sorted(destinations) }]
  })
  return {
    services: sorted(services),
    timeouts: { ...tables.timeouts },
    daemons: {
      ...(tables.master && { master: daemonOf(tables.master) }),
      ...(tables.backup && { backup: daemonOf(tables.backup) }),
    },
  }
}

// THE table of the columns of the listings: the value of each, and the columns of each view with their widths.
import type { Destination, DestinationConfiguration, ForwardingMethod } from '../model/destination.ts'
import { TUNNEL_FLAG } from '../model/flags.ts'
import type { View } from '../model/listing-format.ts'
import type { Stats } from '../model/stats.ts'

export interface Column {
  readonly title: string
  /** A shorter title for `--table`. Default: the title. */
  readonly short?: string
  /** The field whose value it is, and the texts for its values if it is not a number. Undefined: it is composed. */
  readonly field?: readonly [group: Group, name: string]
  readonly texts?: Readonly<Record<string, string>>
  readonly value: (destination: Destination) => string | number
}

type Group = 'config' | 'observed'
type NumberOf<G extends Group> = {
  [K in keyof Destination[G]]: Destination[G][K] extends number ? K & string : never
}[keyof Destination[G]]

/** A number of the record. */
const number = <G extends Group>(group: G, name: NumberOf<G>) => ({
  field: [group, name] as const,
  value: (destination: Destination) => destination[group][name] as number,
})

const FORWARDING: Readonly<Record<ForwardingMethod, string>> = {
  masquerade: 'Masq',
  local: 'Local',
  tunnel: 'Tunnel',
  route: 'Route',
  bypass: 'Bypass',
}

export const COLUMNS = {
  forwarding: {
    title: 'Forward',
    field: ['config', 'forwarding'],
    texts: FORWARDING,
    value: ({ config }) => FORWARDING[config.forwarding],
  },
  tunnel: { title: 'TunnelInfo', short: 'Tunnel', value: ({ config }) => tunnelInfo(config) },
  weight: { title: 'Weight', ...number('config', 'weight') },
  upperThreshold: { title: 'Uthreshold', short: 'Upper', ...number('config', 'upperThreshold') },
  lowerThreshold: { title: 'Lthreshold', short: 'Lower', ...number('config', 'lowerThreshold') },
  persistentConnections: {
    title: 'PersistConn',
    short: 'Persist',
    ...number('observed', 'persistentConnections'),
  },
  activeConnections: { title: 'ActiveConn', short: 'Active', ...number('observed', 'activeConnections') },
  inactiveConnections: { title: 'InActConn', short: 'InAct', ...number('observed', 'inactiveConnections') },
} as const satisfies Record<string, Column>

export type ColumnName = keyof typeof COLUMNS

const CHECKSUMS: Readonly<Record<number, string>> = {
  [TUNNEL_FLAG.NOCSUM]: '-c',
  [TUNNEL_FLAG.CSUM]: '+c',
  [TUNNEL_FLAG.REMCSUM]: 'r+c',
}

function tunnelInfo({ forwarding, tunnelType, tunnelPort, tunnelFlags }: DestinationConfiguration): string {
  if (forwarding !== 'tunnel') return 'n/a'
  const checksum = CHECKSUMS[tunnelFlags] ?? CHECKSUMS[TUNNEL_FLAG.NOCSUM]
  switch (tunnelType) {
    case 'ipip':
      return 'ipip'
    case 'gue':
      return `gue:${tunnelPort}:${checksum}`
    case 'gre':
      return `gre:${checksum}`
  }
}

/** A view of real servers: its columns with their widths. */
export interface ServerView {
  readonly columns: readonly (readonly [ColumnName, width: number])[]
  /** The line of the column titles: the services', padded like the rows, or the servers'. */
  readonly titles: 'services' | 'servers'
}

/** A view of counters: of services and real servers alike. */
export interface CounterView {
  readonly counters: readonly (readonly [keyof Stats, title: string])[]
  /** Counters that the reference never abbreviates on a real server's line. */
  readonly wholeOnServers?: readonly (keyof Stats)[]
}

export const VIEWS: Readonly<Record<View, ServerView | CounterView>> = {
  route: {
    columns: [
      ['forwarding', 7],
      ['weight', 6],
      ['activeConnections', 10],
      ['inactiveConnections', 10],
    ],
    titles: 'servers',
  },
  'tun-info': {
    columns: [
      ['forwarding', 7],
      ['tunnel', 13],
      ['weight', 6],
      ['activeConnections', 10],
      ['inactiveConnections', 10],
    ],
    titles: 'servers',
  },
  thresholds: {
    columns: [
      ['upperThreshold', 10],
      ['lowerThreshold', 10],
      ['activeConnections', 10],
      ['inactiveConnections', 10],
    ],
    titles: 'services',
  },
  'persistent-conn': {
    columns: [
      ['weight', 9],
      ['persistentConnections', 11],
      ['activeConnections', 10],
      ['inactiveConnections', 10],
    ],
    titles: 'services',
  },
  stats: {
    counters: [
      ['connections', 'Conns'],
      ['inPackets', 'InPkts'],
      ['outPackets', 'OutPkts'],
      ['inBytes', 'InBytes'],
      ['outBytes', 'OutBytes'],
    ],
  },
  rate: {
    counters: [
      ['connectionRate', 'CPS'],
      ['inPacketRate', 'InPPS'],
      ['outPacketRate', 'OutPPS'],
      ['inByteRate', 'InBPS'],
      ['outByteRate', 'OutBPS'],
    ],
    wholeOnServers: ['connectionRate', 'inPacketRate', 'outPacketRate'],
  },
}

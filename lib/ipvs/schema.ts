// One row per attribute, from which encoder, decoder and comparison derive. The model's interfaces have the same
// fields; a field missing on either side is a compile error.

import type { DestinationConfiguration, DestinationId, DestinationObservation } from '../model/destination.ts'
import type { Info, SyncDaemon, Timeouts } from '../model/director.ts'
import { IFNAME_MAXLEN, PENAME_MAXLEN, SCHEDNAME_MAXLEN } from '../model/limits.ts'
import type {
  AddressServiceId,
  FwmarkServiceId,
  ServiceConfiguration,
  ServiceObservation,
} from '../model/service.ts'
import { NO_STATS, type Stats } from '../model/stats.ts'
import * as kind from './attribute-types.ts'
import { type AttributeType, codec, type FieldsOf, type Row } from './codec.ts'
import {
  CMD_ATTR,
  CONN_F,
  DAEMON_ATTR,
  DEST_ATTR,
  INFO_ATTR,
  IPPROTO,
  STATE,
  STATS_ATTR,
  SVC_ATTR,
  TUNNEL_TYPE,
} from './uapi.ts'

/** A row of the attribute with that name in `enumeration`. */
function row<T, E extends Readonly<Record<string, number>>, X extends Partial<Row<T>>>(
  enumeration: E,
  name: keyof E & string,
  kind: AttributeType<T>,
  more: X = {} as X,
) {
  return { attribute: enumeration[name]!, name, kind, ...more }
}

const optional = { optional: true } as const
const absent = <T>(value: T) => ({ absent: value })
const costly = { costly: true } as const

/** Counters of the given width; those of bytes always have 64 bits. */
export const stats = (width: 4 | 8, path: string) => {
  const packets = kind.counter(width)
  const bytes = kind.counter(8)
  return codec(path, {
    all: {
      connections: row(STATS_ATTR, 'CONNS', packets),
      inPackets: row(STATS_ATTR, 'INPKTS', packets),
      outPackets: row(STATS_ATTR, 'OUTPKTS', packets),
      inBytes: row(STATS_ATTR, 'INBYTES', bytes),
      outBytes: row(STATS_ATTR, 'OUTBYTES', bytes),
      connectionRate: row(STATS_ATTR, 'CPS', packets),
      inPacketRate: row(STATS_ATTR, 'INPPS', packets),
      outPacketRate: row(STATS_ATTR, 'OUTPPS', packets),
      inByteRate: row(STATS_ATTR, 'INBPS', packets),
      outByteRate: row(STATS_ATTR, 'OUTBPS', packets),
    } satisfies FieldsOf<Stats>,
  })
}

/** The 64-bit counters come after the 32-bit ones in a reply and replace them (kernels before 4.1 have none). */
const statsRows = (enumeration: typeof SVC_ATTR | typeof DEST_ATTR, owner: string) => [
  row(
    enumeration,
    'STATS',
    kind.nested(() => stats(4, `${owner}/STATS`)),
    { ...costly, ...absent(NO_STATS) },
  ),
  row(
    enumeration,
    'STATS64',
    kind.nested(() => stats(8, `${owner}/STATS64`)),
    { ...costly, ...absent(NO_STATS) },
  ),
]

export const SERVICE = codec(
  'SERVICE',
  {
    id: {
      family: row(SVC_ATTR, 'AF', kind.addressFamily),
      protocol: row(
        SVC_ATTR,
        'PROTOCOL',
        kind.named(kind.u16, { tcp: IPPROTO.TCP, udp: IPPROTO.UDP, sctp: IPPROTO.SCTP }),
        optional,
      ),
      address: row(SVC_ATTR, 'ADDR', kind.address, optional),
      port: row(SVC_ATTR, 'PORT', kind.be16, optional),
      fwmark: row(SVC_ATTR, 'FWMARK', kind.u32, optional),
    } satisfies FieldsOf<AddressServiceId & FwmarkServiceId>,
    config: {
      scheduler: row(SVC_ATTR, 'SCHED_NAME', kind.string(SCHEDNAME_MAXLEN)),
      flags: row(SVC_ATTR, 'FLAGS', kind.serviceFlags),
      timeout: row(SVC_ATTR, 'TIMEOUT', kind.u32),
      netmask: row(SVC_ATTR, 'NETMASK', kind.netmask),
      engine: row(SVC_ATTR, 'PE_NAME', kind.string(PENAME_MAXLEN), absent('')),
    } satisfies FieldsOf<ServiceConfiguration>,
    observed: { stats: statsRows(SVC_ATTR, 'SERVICE') } satisfies FieldsOf<ServiceObservation>,
  },
  SVC_ATTR.AF,
)

export const DESTINATION = codec(
  'DEST',
  {
    id: {
      family: row(DEST_ATTR, 'ADDR_FAMILY', kind.addressFamily),
      address: row(DEST_ATTR, 'ADDR', kind.address),
      port: row(DEST_ATTR, 'PORT', kind.be16),
    } satisfies FieldsOf<DestinationId>,
    config: {
      forwarding: row(
        DEST_ATTR,
        'FWD_METHOD',
        kind.named(
          kind.u32,
          {
            masquerade: CONN_F.MASQ,
            local: CONN_F.LOCALNODE,
            tunnel: CONN_F.TUNNEL,
            route: CONN_F.DROUTE,
            bypass: CONN_F.BYPASS,
          },
          // The kernel accepts any number, and sends nothing for an unknown one.
          { mask: CONN_F.FWD_MASK, otherwise: 'bypass' },
        ),
      ),
      weight: row(DEST_ATTR, 'WEIGHT', kind.i32),
      upperThreshold: row(DEST_ATTR, 'U_THRESH', kind.u32),
      lowerThreshold: row(DEST_ATTR, 'L_THRESH', kind.u32),
      tunnelType: row(
        DEST_ATTR,
        'TUN_TYPE',
        kind.named(
          kind.u8,
          { ipip: TUNNEL_TYPE.IPIP, gue: TUNNEL_TYPE.GUE, gre: TUNNEL_TYPE.GRE },
          // The kernel takes any number, and treats those that are not listed as this one (ip_vs_tunnel_xmit).
          { otherwise: 'ipip' },
        ),
        absent('ipip' as const),
      ),
      tunnelPort: row(DEST_ATTR, 'TUN_PORT', kind.be16, absent(0)),
      tunnelFlags: row(DEST_ATTR, 'TUN_FLAGS', kind.u16, absent(0)),
    } satisfies FieldsOf<DestinationConfiguration>,
    observed: {
      activeConnections: row(DEST_ATTR, 'ACTIVE_CONNS', kind.u32),
      inactiveConnections: row(DEST_ATTR, 'INACT_CONNS', kind.u32),
      persistentConnections: row(DEST_ATTR, 'PERSIST_CONNS', kind.u32),
      stats: statsRows(DEST_ATTR, 'DEST'),
    } satisfies FieldsOf<DestinationObservation>,
  },
  DEST_ATTR.ADDR_FAMILY,
)

/** The same without observations. */
export const SERVICE_SETTINGS = codec(
  SERVICE.path,
  { id: SERVICE.schema.id, config: SERVICE.schema.config },
  SVC_ATTR.AF,
)
export const DESTINATION_SETTINGS = codec(
  DESTINATION.path,
  { id: DESTINATION.schema.id, config: DESTINATION.schema.config },
  DEST_ATTR.ADDR_FAMILY,
)

export const DAEMON = codec('DAEMON', {
  all: {
    state: row(DAEMON_ATTR, 'STATE', kind.named(kind.u32, { master: STATE.MASTER, backup: STATE.BACKUP })),
    interface: row(DAEMON_ATTR, 'MCAST_IFN', kind.string(IFNAME_MAXLEN)),
    syncId: row(DAEMON_ATTR, 'SYNC_ID', kind.u32),
    maxLength: row(DAEMON_ATTR, 'SYNC_MAXLEN', kind.u16, optional),
    group: [
      row(DAEMON_ATTR, 'MCAST_GROUP', kind.addressOf('inet'), optional),
      row(DAEMON_ATTR, 'MCAST_GROUP6', kind.addressOf('inet6'), optional),
    ],
    port: row(DAEMON_ATTR, 'MCAST_PORT', kind.u16, optional),
    ttl: row(DAEMON_ATTR, 'MCAST_TTL', kind.u8, optional),
  } satisfies FieldsOf<SyncDaemon>,
})

export const TIMEOUTS = codec('CONFIG', {
  all: {
    tcp: row(CMD_ATTR, 'TIMEOUT_TCP', kind.u32),
    tcpFin: row(CMD_ATTR, 'TIMEOUT_TCP_FIN', kind.u32),
    udp: row(CMD_ATTR, 'TIMEOUT_UDP', kind.u32),
  } satisfies FieldsOf<Timeouts>,
})

export const INFO = codec('INFO', {
  all: {
    version: row(INFO_ATTR, 'VERSION', kind.u32),
    connectionTableSize: row(INFO_ATTR, 'CONN_TAB_SIZE', kind.u32),
  } satisfies FieldsOf<Info>,
})

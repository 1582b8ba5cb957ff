// The meaning of an IPVS request: its attributes in the terms of the tables, with the kernel's checks in the
// kernel's order (ip_vs_genl_parse_service, ip_vs_genl_parse_dest, ip_vs_genl_new_daemon in ip_vs_ctl.c).

import { Attributes, DAEMON_POLICY, DESTINATION_POLICY, type Policy, SERVICE_POLICY } from './attributes.ts'
import {
  AF_INET,
  AF_INET6,
  CONN_F_FWD_MASK,
  DAEMON,
  DEST,
  IPPROTO_TCP,
  Refusal,
  refuse,
  SVC,
  TOP,
} from './constants.ts'
import type {
  Daemon,
  DestinationKey,
  DestinationSettings,
  Service,
  ServiceKey,
  ServiceSettings,
  Tables,
} from './tables.ts'

/** Features that kernels older than the tested one do not have. */
export interface Abilities {
  stats64: boolean
  tunnelAttributes: boolean
  addressFamily: boolean
}

/** Any error inside a nest is EINVAL: the callers in the kernel do not pass the parser's error on. */
function nest(top: Attributes, type: number, policy: Policy): Attributes {
  const value = top.raw(type) ?? refuse('EINVAL')
  try {
    return new Attributes(value, policy)
  } catch (error) {
    if (error instanceof Refusal) refuse('EINVAL')
    throw error
  }
}

/** 16 bytes, of which IPv4 has only the first four; the others are ignored. */
function addressOf(given: Attributes, type: number, af: number): Uint8Array {
  const address = given.bytes(type, 16)
  return af === AF_INET ? address.fill(0, 4) : address
}

export function readService(
  top: Attributes,
  tables: Tables,
): { key: ServiceKey; found: Service | undefined; settings: () => ServiceSettings } {
  const given = nest(top, TOP.SERVICE, SERVICE_POLICY)
  const byMark = given.has(SVC.FWMARK)
  if (!given.has(SVC.AF) || !(byMark || given.has(SVC.PORT, SVC.PROTOCOL, SVC.ADDR))) refuse('EINVAL')
  const af = given.u16(SVC.AF)
  if (af !== AF_INET && af !== AF_INET6) refuse('EAFNOSUPPORT')
  const key: ServiceKey = byMark
    ? { af, protocol: IPPROTO_TCP, address: new Uint8Array(16), port: 0, fwmark: given.u32(SVC.FWMARK) }
    : {
        af,
        protocol: given.u16(SVC.PROTOCOL),
        address: addressOf(given, SVC.ADDR, af),
        port: given.u16be(SVC.PORT),
        fwmark: 0,
      }
  const found = tables.find(key)
  const settings = (): ServiceSettings => {
    if (!given.has(SVC.SCHED_NAME, SVC.FLAGS, SVC.TIMEOUT, SVC.NETMASK)) refuse('EINVAL')
    const { buffer } = given.bytes(SVC.FLAGS, 8)
    const [flags = 0, mask = 0] = new Uint32Array(buffer)
    return {
      scheduler: given.text(SVC.SCHED_NAME),
      pe: given.text(SVC.PE_NAME),
      flags: (((found?.settings.flags ?? 0) & ~mask) | (flags & mask)) >>> 0,
      timeout: given.u32(SVC.TIMEOUT),
      netmask: given.u32(SVC.NETMASK),
    }
  }
  return { key, found, settings }
}

export function readDestination(
  top: Attributes,
  serviceFamily: number,
  isFull: boolean,
  abilities: Abilities,
): { key: DestinationKey; settings: DestinationSettings } {
  const given = nest(top, TOP.DEST, DESTINATION_POLICY)
  if (!given.has(DEST.ADDR, DEST.PORT)) refuse('EINVAL')
  if (isFull && !given.has(DEST.FWD_METHOD, DEST.WEIGHT, DEST.U_THRESH, DEST.L_THRESH)) refuse('EINVAL')
  const af = (abilities.addressFamily && given.u16(DEST.ADDR_FAMILY)) || serviceFamily
  if (af !== AF_INET && af !== AF_INET6) refuse('EAFNOSUPPORT')
  const tunnels = abilities.tunnelAttributes
  return {
    key: { af, address: addressOf(given, DEST.ADDR, af), port: given.u16be(DEST.PORT) },
    settings: {
      method: given.u32(DEST.FWD_METHOD) & CONN_F_FWD_MASK,
      weight: given.u32(DEST.WEIGHT) | 0, // a signed number there
      upper: given.u32(DEST.U_THRESH),
      lower: given.u32(DEST.L_THRESH),
      tunnelType: tunnels ? given.u8(DEST.TUN_TYPE) : 0,
      tunnelPort: tunnels ? given.u16be(DEST.TUN_PORT) : 0,
      tunnelFlags: tunnels ? given.u16(DEST.TUN_FLAGS) : 0,
    },
  }
}

const DEFAULT_GROUP = Uint8Array.of(224, 0, 0, 81)

export function readDaemon(top: Attributes): Daemon {
  const given = nest(top, TOP.DAEMON, DAEMON_POLICY)
  if (!given.has(DAEMON.STATE, DAEMON.MCAST_IFN, DAEMON.SYNC_ID)) refuse('EINVAL')
  let group: Uint8Array = DEFAULT_GROUP
  let groupFamily = AF_INET
  if (given.has(DAEMON.MCAST_GROUP)) {
    group = given.bytes(DAEMON.MCAST_GROUP, 4)
    if (((group[0] ?? 0) & 0xf0) !== 0xe0) refuse('EINVAL')
  } else if (given.has(DAEMON.MCAST_GROUP6)) {
    group = given.bytes(DAEMON.MCAST_GROUP6, 16)
    groupFamily = AF_INET6
    if (group[0] !== 0xff) refuse('EINVAL')
  }
  return {
    state: given.u32(DAEMON.STATE),
    interface: given.text(DAEMON.MCAST_IFN),
    syncId: given.u32(DAEMON.SYNC_ID),
    maxLength: given.u16(DAEMON.SYNC_MAXLEN),
    groupFamily,
    group,
    port: given.u16(DAEMON.MCAST_PORT),
    ttl: given.u8(DAEMON.MCAST_TTL),
  }
}

export function readDaemonState(top: Attributes): number {
  const given = nest(top, TOP.DAEMON, DAEMON_POLICY)
  return given.has(DAEMON.STATE) ? given.u32(DAEMON.STATE) : refuse('EINVAL')
}

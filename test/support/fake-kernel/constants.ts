// The numbers of the protocol, duplicated on purpose: taken from linux/netlink.h, linux/genetlink.h and
// linux/ip_vs.h for the fake alone, so that a mistake in the project's table cannot cancel itself out.

import { constants } from 'node:os'

export const { errno: ERRNO } = constants

/** A system call or request that the kernel refuses; `errno` is positive. */
export class Refusal extends Error {
  constructor(
    readonly errno: number,
    message = `errno ${errno}`,
  ) {
    super(message)
  }
}

export const refuse = (name: keyof typeof ERRNO): never => {
  throw new Refusal(ERRNO[name], name)
}

export const AF_INET = 2
export const AF_INET6 = 10
export const IPPROTO_TCP = 6

export const NLMSG_HEADER = 16
export const GENL_HEADER = 4
export const NLMSG_ERROR = 2
export const NLMSG_DONE = 3
export const NLMSG_MIN_TYPE = 0x10

export const NLM_F_REQUEST = 0x01
export const NLM_F_MULTI = 0x02
export const NLM_F_ACK = 0x04
export const NLM_F_ECHO = 0x08
export const NLM_F_DUMP_INTR = 0x10
export const NLM_F_DUMP = 0x300
export const NLM_F_CAPPED = 0x100

export const CTRL = { id: 0x10, NEWFAMILY: 1, GETFAMILY: 3 } as const
export const CTRL_ATTR = { ID: 1, NAME: 2, VERSION: 3, HDRSIZE: 4, MAXATTR: 5, OPS: 6 } as const
export const CTRL_OP = { ID: 1, FLAGS: 2 } as const
/** Bits of CTRL_OP.FLAGS. */
export const CAP = { ADMIN: 0x01, DO: 0x02, DUMP: 0x04, POLICY: 0x08 } as const

/** The command numbers by their name, IPVS_CMD_ left off. */
export const CMD = {
  NEW_SERVICE: 1,
  SET_SERVICE: 2,
  DEL_SERVICE: 3,
  GET_SERVICE: 4,
  NEW_DEST: 5,
  SET_DEST: 6,
  DEL_DEST: 7,
  GET_DEST: 8,
  NEW_DAEMON: 9,
  DEL_DAEMON: 10,
  GET_DAEMON: 11,
  SET_CONFIG: 12,
  GET_CONFIG: 13,
  SET_INFO: 14,
  GET_INFO: 15,
  ZERO: 16,
  FLUSH: 17,
} as const
export type CommandName = keyof typeof CMD

export const TOP = {
  SERVICE: 1,
  DEST: 2,
  DAEMON: 3,
  TIMEOUT_TCP: 4,
  TIMEOUT_TCP_FIN: 5,
  TIMEOUT_UDP: 6,
} as const

export const SVC = {
  AF: 1,
  PROTOCOL: 2,
  ADDR: 3,
  PORT: 4,
  FWMARK: 5,
  SCHED_NAME: 6,
  FLAGS: 7,
  TIMEOUT: 8,
  NETMASK: 9,
  STATS: 10,
  PE_NAME: 11,
  STATS64: 12,
} as const

export const DEST = {
  ADDR: 1,
  PORT: 2,
  FWD_METHOD: 3,
  WEIGHT: 4,
  U_THRESH: 5,
  L_THRESH: 6,
  ACTIVE_CONNS: 7,
  INACT_CONNS: 8,
  PERSIST_CONNS: 9,
  STATS: 10,
  ADDR_FAMILY: 11,
  STATS64: 12,
  TUN_TYPE: 13,
  TUN_PORT: 14,
  TUN_FLAGS: 15,
} as const

export const DAEMON = {
  STATE: 1,
  MCAST_IFN: 2,
  SYNC_ID: 3,
  SYNC_MAXLEN: 4,
  MCAST_GROUP: 5,
  MCAST_GROUP6: 6,
  MCAST_PORT: 7,
  MCAST_TTL: 8,
} as const

export const STATS_PAD = 11
export const INFO = { VERSION: 1, CONN_TAB_SIZE: 2 } as const

export const SVC_F_HASHED = 0x0002
export const CONN_F_FWD_MASK = 0x0007
export const CONN_F_TUNNEL = 0x0002
export const TUNNEL_GUE = 1
export const STATE_MASTER = 1
export const STATE_BACKUP = 2

// The kernel's message constants, with their names in linux/ip_vs.h (6.1). Flags and lengths that the model
// uses are in lib/model/.

/** enum: generic netlink commands (IPVS_CMD_*) */
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

/** IPVS_CMD_ATTR_* */
export const CMD_ATTR = {
  SERVICE: 1,
  DEST: 2,
  DAEMON: 3,
  TIMEOUT_TCP: 4,
  TIMEOUT_TCP_FIN: 5,
  TIMEOUT_UDP: 6,
} as const

/** IPVS_SVC_ATTR_* */
export const SVC_ATTR = {
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

/** IPVS_DEST_ATTR_* */
export const DEST_ATTR = {
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

/** IPVS_DAEMON_ATTR_* */
export const DAEMON_ATTR = {
  STATE: 1,
  MCAST_IFN: 2,
  SYNC_ID: 3,
  SYNC_MAXLEN: 4,
  MCAST_GROUP: 5,
  MCAST_GROUP6: 6,
  MCAST_PORT: 7,
  MCAST_TTL: 8,
} as const

/** IPVS_STATS_ATTR_* */
export const STATS_ATTR = {
  CONNS: 1,
  INPKTS: 2,
  OUTPKTS: 3,
  INBYTES: 4,
  OUTBYTES: 5,
  CPS: 6,
  INPPS: 7,
  OUTPPS: 8,
  INBPS: 9,
  OUTBPS: 10,
} as const

/** IPVS_INFO_ATTR_* */
export const INFO_ATTR = {
  VERSION: 1,
  CONN_TAB_SIZE: 2,
} as const

/** Forwarding methods: the low bits of a destination's connection flags (IP_VS_CONN_F_*) */
export const CONN_F = {
  FWD_MASK: 0x07,
  MASQ: 0,
  LOCALNODE: 1,
  TUNNEL: 2,
  DROUTE: 3,
  BYPASS: 4,
} as const

/** IP_VS_CONN_F_TUNNEL_TYPE_* */
export const TUNNEL_TYPE = { IPIP: 0, GUE: 1, GRE: 2 } as const

/** IP_VS_STATE_* */
export const STATE = { MASTER: 1, BACKUP: 2 } as const

/** linux/socket.h */
export const AF = { INET: 2, INET6: 10 } as const

/** linux/in.h */
export const IPPROTO = { TCP: 6, UDP: 17, SCTP: 132 } as const

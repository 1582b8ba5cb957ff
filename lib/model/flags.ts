// Flags of services and of tunnels as the kernel numbers them (linux/ip_vs.h).

/** Virtual service flags (IP_VS_SVC_F_*) */
export const SVC_F = {
  PERSISTENT: 0x01,
  HASHED: 0x02,
  ONEPACKET: 0x04,
  SCHED1: 0x08,
  SCHED2: 0x10,
  SCHED3: 0x20,
} as const

/** IP_VS_TUNNEL_ENCAP_FLAG_* */
export const TUNNEL_FLAG = { NOCSUM: 0, CSUM: 1, REMCSUM: 2 } as const

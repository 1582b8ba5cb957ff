// Limits of values, and the sizes of the kernel's name buffers.

/** The longest timeout, in seconds: 31 days. */
export const MAX_TIMEOUT = 31 * 24 * 60 * 60
/** The default persistence timeout, in seconds: a multiple of the template timer's minute. */
export const DEFAULT_PERSISTENCE = 360
/** The largest payload of a UDP datagram over IPv4. */
export const MAX_SYNC_LENGTH = 65507
export const MAX_INT = 2 ** 31 - 1
export const MAX_UINT = 2 ** 32 - 1

/** Lengths of names with their final NUL, in bytes (IP_VS_SCHEDNAME_MAXLEN, IP_VS_PENAME_MAXLEN, IP_VS_IFNAME_MAXLEN). */
export const SCHEDNAME_MAXLEN = 16
export const PENAME_MAXLEN = 16
export const IFNAME_MAXLEN = 16

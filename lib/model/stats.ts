// Counters and rates of a service or a destination.

/** Counters since the last zeroing, and rates per second over the last two seconds or so, as the kernel estimates them. */
export interface Stats {
  readonly connections: bigint
  readonly inPackets: bigint
  readonly outPackets: bigint
  readonly inBytes: bigint
  readonly outBytes: bigint
  readonly connectionRate: bigint
  readonly inPacketRate: bigint
  readonly outPacketRate: bigint
  readonly inByteRate: bigint
  readonly outByteRate: bigint
}

/** Stands in for counters that were not asked for. */
export const NO_STATS: Stats = Object.freeze({
  connections: 0n,
  inPackets: 0n,
  outPackets: 0n,
  inBytes: 0n,
  outBytes: 0n,
  connectionRate: 0n,
  inPacketRate: 0n,
  outPacketRate: 0n,
  inByteRate: 0n,
  outByteRate: 0n,
})

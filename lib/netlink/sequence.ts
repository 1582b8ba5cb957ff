// Sequence numbers of requests: from 1 to 2^32 - 1, then from 1 again. Notifications of the kernel have 0.

const MOST = 0xffffffff

/** A first number that other processes cannot predict, so that they cannot forge the kernel's answers. */
export const randomSequence = (): number => 1 + Math.floor(Math.random() * MOST)

/** The number `distance` after `base`. */
export function sequenceAfter(sequence: number, distance: number): number {
  const sum = sequence + distance
  return sum > MOST ? sum - MOST : sum
}

/** The distance from `base` to `sequence`; large if `sequence` is earlier, -1 if it is 0. */
export function sequenceDistance(base: number, sequence: number): number {
  if (sequence === 0) return -1
  return sequence >= base ? sequence - base : sequence - base + MOST
}

// Sequence numbers of requests: from 1 to 2^32 - 1, then from 1 again. The kernel's own messages have 0.

const MOST = 0xffffffff

/** A first number that other processes cannot foresee, so that they cannot answer in the kernel's place. */
export const randomSequence = (): number => 1 + Math.floor(Math.random() * MOST)

/** The number that lies `distance` after another one. */
export function sequenceAfter(sequence: number, distance: number): number {
  const sum = sequence + distance
  return sum > MOST ? sum - MOST : sum
}

/** The count of numbers from `base` to `sequence`; a large one if `sequence` lies before, none (-1) if it is 0. */
export function sequenceDistance(base: number, sequence: number): number {
  if (sequence === 0) return -1
  return sequence >= base ? sequence - base : sequence - base + MOST
}

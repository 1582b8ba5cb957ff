// Sequence numbers: all but 0, around the end of 32 bits.

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { randomSequence, sequenceAfter, sequenceDistance } from '../../lib/netlink/sequence.ts'

const MOST = 0xffffffff

describe('sequence numbers', () => {
  it.each([
    [1, 0, 1],
    [1, 1, 2],
    [MOST - 1, 1, MOST],
    [MOST, 1, 1],
    [MOST, 128, 128],
    [MOST - 1, 3, 2],
  ])('%d and %d more is %d', (from, distance, to) => {
    expect(sequenceAfter(from, distance)).toBe(to)
    expect(sequenceDistance(from, to)).toBe(distance)
  })

  it('are never 0, and 0 is at no distance', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: MOST }), fc.nat(100_000), (from, distance) => {
        const to = sequenceAfter(from, distance)
        expect(to).toBeGreaterThanOrEqual(1)
        expect(to).toBeLessThanOrEqual(MOST)
        expect(sequenceDistance(from, to)).toBe(distance)
      }),
    )
    expect(sequenceDistance(1, 0)).toBe(-1)
    expect(sequenceDistance(MOST, 0)).toBe(-1)
  })

  it('are far away when they lie before', () => {
    expect(sequenceDistance(5, 4)).toBe(MOST - 1)
  })

  it('start at random', () => {
    const first = Array.from({ length: 100 }, randomSequence)
    expect(new Set(first).size).toBeGreaterThan(90)
    expect(first.every((number) => Number.isInteger(number) && number >= 1 && number <= MOST)).toBe(true)
  })
})

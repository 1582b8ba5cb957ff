// Work that is shared by all who ask at about the same time.
import { describe, expect, it } from '@jest/globals'
import { shared } from '../../lib/serve/shared.ts'

describe('shared work', () => {
  it('is done once for all who ask in a while, and again after a failure', async () => {
    let now = 0
    let done = 0
    let fails = true
    const read = shared(
      100,
      async () => {
        done++
        if (fails) throw new Error('no')
        return done
      },
      () => now,
    )
    await expect(Promise.all([read(), read()])).rejects.toThrow('no')
    fails = false
    expect(await Promise.all([read(), read(), read()])).toEqual([2, 2, 2])
    now = 99
    expect(await read()).toBe(2)
    now = 101
    expect(await read()).toBe(3)
  })
})

// Work that is shared by all who ask at about the same time.
import { describe, expect, it } from '@jest/globals'
import { batched } from '../../lib/serve/batched.ts'
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

describe('batched work', () => {
  it('is done once for all who ask in the time of the work before, and for each thing once', async () => {
    const done: string[][] = []
    const ends: (() => void)[] = []
    const ask = batched(
      (name: string) => name,
      async (names) => {
        done.push([...names])
        await new Promise<void>((resolve) => ends.push(resolve))
        if (names.includes('broken')) throw new Error('broken')
        return new Map(names.map((name) => [name, name === 'none' ? new Error('none') : name.toUpperCase()]))
      },
    )
    const settle = async () => {
      for (let i = 0; i < 20; i++) await null
    }
    const first = [ask('a'), ask('b')]
    await settle()
    const more = [ask('a'), ask('c'), ask('none').catch(String), ask('c')]
    await settle()
    expect(done).toEqual([['a', 'b']])
    ends[0]!()
    await settle()
    expect(done).toEqual([
      ['a', 'b'],
      ['c', 'none'],
    ])
    const last = [ask('broken').catch(String), ask('d').catch(String)]
    ends[1]!()
    expect(await Promise.all([...first, ...more])).toEqual(['A', 'B', 'A', 'C', 'Error: none', 'C'])
    await settle()
    ends[2]!()
    expect(await Promise.all(last)).toEqual(['Error: broken', 'Error: broken'])
    const again = ask('d')
    await settle()
    ends[3]!()
    expect(await again).toBe('D')
  })
})

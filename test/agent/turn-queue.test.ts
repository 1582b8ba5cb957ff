// The order of the loop's turns.
import { expect, it } from '@jest/globals'
import { TurnQueue } from '../../lib/agent/turn-queue.ts'

it('a turn that is overdue begins without its timer, which is late on a busy event loop', async () => {
  let now = 0
  const timers = new Set<() => void>()
  const turns: (readonly string[] | undefined)[] = []
  const clock = {
    now: () => now,
    wall: () => new Date(now),
    timer: (_: number, callback: () => void) => {
      timers.add(callback)
      return () => void timers.delete(callback)
    },
  }
  const queue = new TurnQueue(clock, async (only) => void turns.push(only && [...only]))
  queue.dueFor('a', 20)
  now = 20
  queue.beginOverdue()
  await queue.settled()
  expect(turns).toEqual([])
  now = 21
  queue.beginOverdue()
  await queue.settled()
  expect(turns).toEqual([['a']])
  expect(timers.size).toBe(0)
  queue.beginOverdue()
  await queue.settled()
  expect(turns).toHaveLength(1)
})

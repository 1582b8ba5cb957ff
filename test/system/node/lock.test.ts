// The lock of a network namespace: one holder, others that wait, and the same name for every runtime.

import { connect } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { lockName } from '../../../lib/system/lock-name.ts'
import { acquireLock } from '../../../lib/system/node/lock.ts'

const name = `ipvsadm-test-${process.pid}`

async function take(holder: string, wait = 0) {
  const outcome = await acquireLock(name, holder, wait)
  if (!('lock' in outcome)) throw new Error(`held by ${outcome.holder}`)
  return outcome.lock
}

describe('the lock', () => {
  it('is held by one, who introduces itself', async () => {
    const lock = await take('process 1: me')
    expect(await acquireLock(name, 'process 2: you', 0.2)).toEqual({ holder: 'process 1: me' })
    lock.release()
  })

  it.each([0, 1, 2, 3])('is known to a process that was held up after %d turns', async (turns) => {
    const lock = await take('process 1: me')
    const asked = acquireLock(name, 'process 2: you', 0.2)
    for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate)
    const end = performance.now() + 600
    while (performance.now() < end);
    expect(await asked).toEqual({ holder: 'process 1: me' })
    lock.release()
  })

  it('goes to one of those that wait, when it is free', async () => {
    const first = await take('first', 1)
    let holders = 0
    const waiting = Array.from({ length: 5 }, async (_, i) => {
      const lock = await take(`waiter ${i}`, 60)
      expect(++holders).toBe(1)
      await new Promise((resolve) => setTimeout(resolve, 10))
      holders--
      lock.release()
    })
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(holders).toBe(0)
    first.release()
    await Promise.all(waiting)
  })

  it('survives a visitor that goes away', async () => {
    const lock = await take('x'.repeat(10_000))
    const visitor = connect(lockName(name))
    await new Promise((resolve) => visitor.once('connect', resolve))
    visitor.destroy()
    lock.release()
  })

  it('has a name of the full length that the kernel knows', () => {
    expect(lockName('a')).toBe(`\0a${'.'.repeat(106)}`)
    expect(lockName(name)).toHaveLength(108)
  })
})

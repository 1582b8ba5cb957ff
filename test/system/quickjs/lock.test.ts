// The lock's holder in the executable, with functions of the host that a test gives.
import { expect, it, jest } from '@jest/globals'

const EMFILE = -24

it('a holder without a descriptor for a connection tries once, and not for ever', async () => {
  const accept = jest.fn(() => EMFILE)
  const close = jest.fn()
  let turn = () => false
  const host = {
    unixListen: () => 5,
    accept,
    close,
    now: () => 0,
    setWaiter: (waiter: () => boolean) => {
      turn = waiter
    },
    // Every descriptor is ready.
    poll: (entries: Int32Array) => {
      for (let i = 2; i < entries.length; i += 3) entries[i] = 1
    },
  }
  jest.doMock('host', () => host, { virtual: true })
  const { acquireLock } = await import('../../../lib/system/quickjs/lock.ts')
  const outcome = await acquireLock('name', 'holder', 0)
  expect([turn(), turn(), turn()]).toEqual([true, false, false])
  expect(accept).toHaveBeenCalledTimes(1)
  if ('lock' in outcome) outcome.lock.release()
  expect(close.mock.calls).toEqual([[5]])
})

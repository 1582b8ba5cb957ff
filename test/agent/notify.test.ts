// Messages to systemd.
import { expect, it } from '@jest/globals'
import { notifier } from '../../lib/agent/notify.ts'

async function sent(env: Record<string, string>) {
  const runs: unknown[] = []
  const notify = notifier(env, 42, async (...words) => void runs.push(words))
  await notify.send('READY=1', 'STATUS=all is well')
  return { runs, watchdog: notify.watchdog }
}

it('go to the socket of the environment, by its own program', async () => {
  expect(
    await sent({ NOTIFY_SOCKET: '/run/systemd/notify', WATCHDOG_USEC: '30000000', PATH: '/bin' }),
  ).toEqual({
    runs: [
      [
        '/usr/bin/systemd-notify',
        ['READY=1', 'STATUS=all is well'],
        { NOTIFY_SOCKET: '/run/systemd/notify' },
      ],
    ],
    watchdog: 30_000,
  })
})

it('are not sent where systemd has not started the agent', async () => {
  expect(await sent({})).toEqual({ runs: [], watchdog: undefined })
})

it('have no watchdog that is meant for another process', async () => {
  const env = { NOTIFY_SOCKET: '@x', WATCHDOG_USEC: '30000000' }
  expect((await sent({ ...env, WATCHDOG_PID: '41' })).watchdog).toBeUndefined()
  expect((await sent({ ...env, WATCHDOG_PID: '42' })).watchdog).toBe(30_000)
})

it('are sent one after the other', async () => {
  const ends: (() => void)[] = []
  const runs: unknown[] = []
  const notify = notifier({ NOTIFY_SOCKET: '@x' }, 42, (_, words) => {
    runs.push(words)
    return new Promise((resolve) => ends.push(resolve))
  })
  notify.send('RELOADING=1')
  const ready = notify.send('READY=1')
  await Promise.resolve()
  expect(runs).toEqual([['RELOADING=1']])
  ends[0]?.()
  await new Promise(setImmediate)
  expect(runs).toEqual([['RELOADING=1'], ['READY=1']])
  ends[1]?.()
  await ready
})

it('go on after one that could not be sent', async () => {
  const runs: unknown[] = []
  const notify = notifier({ NOTIFY_SOCKET: '@x' }, 42, async (_, words) => {
    runs.push(words)
    if (runs.length === 1) throw new Error('spawn ENOMEM')
  })
  await notify.send('WATCHDOG=1')
  await notify.send('WATCHDOG=1')
  expect(runs).toHaveLength(2)
})

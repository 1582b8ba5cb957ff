// Messages to systemd.
import { expect, it } from '@jest/globals'
import { notifier } from '../../lib/agent/notify.ts'

function sent(env: Record<string, string>) {
  const runs: unknown[] = []
  const notify = notifier(env, 42, (...words) => runs.push(words))
  notify.send('READY=1', 'STATUS=all is well')
  return { runs, watchdog: notify.watchdog }
}

it('go to the socket of the environment, by its own program', () => {
  expect(sent({ NOTIFY_SOCKET: '/run/systemd/notify', WATCHDOG_USEC: '30000000', PATH: '/bin' })).toEqual({
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

it('are not sent where systemd has not started the agent', () => {
  expect(sent({})).toEqual({ runs: [], watchdog: undefined })
})

it('have no watchdog that is meant for another process', () => {
  const env = { NOTIFY_SOCKET: '@x', WATCHDOG_USEC: '30000000' }
  expect(sent({ ...env, WATCHDOG_PID: '41' }).watchdog).toBeUndefined()
  expect(sent({ ...env, WATCHDOG_PID: '42' }).watchdog).toBe(30_000)
})

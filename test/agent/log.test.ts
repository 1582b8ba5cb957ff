// The lines of the log.
import { expect, it } from '@jest/globals'
import type { LogFormat, LogLevel } from '../../lib/agent/config/config.ts'
import { logger } from '../../lib/agent/log.ts'
import { TestClock } from './support/test-clock.ts'

function lines(format: LogFormat, level: LogLevel, journal: boolean) {
  const written: string[] = []
  const log = logger({ format, level, journal }, new TestClock(), (line) => written.push(line))
  log('debug', 'turn')
  log('info', 'server-up', { server: 'tcp 192.0.2.1 80', detail: undefined, ms: 3 })
  log('error', 'refused', { problem: 'a "word"\nand\\another\u001b[1m', code: '' })
  return written.join('')
}

it('is logfmt with the time, a line an event', () => {
  expect(lines('logfmt', 'info', false)).toBe(
    'time=2026-01-01T00:00:01.000Z level=info event=server-up server="tcp 192.0.2.1 80" ms=3\n' +
      'time=2026-01-01T00:00:01.000Z level=error event=refused problem="a \\"word\\"\\\\x0aand\\\\another\\\\x1b[1m" code=""\n',
  )
})

it('is JSON, with priorities instead of the time where the journal reads it', () => {
  const written = lines('json', 'info', true).split('\n')
  expect(written[0]).toBe('<6>{"level":"info","event":"server-up","server":"tcp 192.0.2.1 80","ms":3}')
  expect(JSON.parse(written[1]!.replace('<3>', '')).problem).toBe('a "word"\nand\\another\u001b[1m')
})

it('leaves out what is below its level', () => {
  expect(lines('logfmt', 'error', true)).toMatch(/^<3>level=error event=refused [^\n]*\n$/)
})

it('has no control characters, in JSON either', () => {
  const written: string[] = []
  const log = logger({ format: 'json', level: 'info', journal: false }, new TestClock(), (line) =>
    written.push(line),
  )
  const holder = 'a\u009b31m\u007f\u2028\u202e\ud83d\ude00'
  log('warning', 'table-locked', { holder })
  expect(written.join('').trimEnd()).toMatch(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u)
  expect(JSON.parse(written.join('')).holder).toBe(holder)
})

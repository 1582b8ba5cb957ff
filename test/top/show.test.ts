// The live view on a fake terminal: every way to end it, and its output.
import { describe, expect, it } from '@jest/globals'
import { type Interruption, type System, type TerminalEvents, WriteError } from '../../lib/system/system.ts'
import { ENTER, LEAVE } from '../../lib/top/drawing.ts'
import { type SampleSource, show } from '../../lib/top/show.ts'
import type { Sample } from '../../lib/top/tracks.ts'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'
import { run } from '../support/run.ts'
import { until } from '../support/until.ts'

/** Longer than any test: a second sample is read only when the view is woken. */
const LONG = 60_000
const EMPTY: Sample = { services: [], destinations: new Map(), connections: [] }

/** A terminal whose events the test makes. */
class Screen {
  written = ''
  columns = 80
  rows = 6
  /** Sessions that are open, and listeners of signals. */
  open = 0
  listeners = 0
  unwritable = false
  events: TerminalEvents | undefined
  signal: (signal: Interruption) => void = () => {}

  readonly machine: Partial<System> = {
    outputTerminal: () => ({ columns: this.columns, rows: this.rows }),
    openTerminal: (events) => {
      this.open++
      this.events = events
      return { close: () => void this.open-- }
    },
    onInterrupt: (listener) => {
      this.listeners++
      this.signal = listener
      return () => void this.listeners--
    },
    writeOutput: (text) => {
      if (this.unwritable) throw new WriteError('EIO: i/o error, write')
      this.written += text
    },
  }

  type(text: string): void {
    this.events?.input(Buffer.from(text))
  }
}

/** Lets the view go on. */
const turn = () => new Promise((resolve) => setTimeout(resolve, 1))

function shown(source: Partial<SampleSource> = {}, screen = new Screen(), interval = LONG) {
  const samples: (string | undefined)[] = []
  const whole: SampleSource = {
    async sample(attention, connectionsOf) {
      samples.push(connectionsOf)
      return (await source.sample?.(attention, connectionsOf)) ?? EMPTY
    },
  }
  const end = show(whole, interval, screen.machine as System)
  // It may reject before the test waits for it.
  end.catch(() => {})
  return { screen, samples, end }
}

/** The terminal is restored. */
function expectRestored({ written, open, listeners }: Screen): void {
  expect(written.startsWith(ENTER)).toBe(true)
  expect(written.endsWith(LEAVE)).toBe(true)
  expect(written.split(LEAVE)).toHaveLength(2)
  expect([open, listeners]).toEqual([0, 0])
}

describe('show', () => {
  it.each([
    ['q', 'q'],
    ['Ctrl-C', '\u0003'],
    ['Ctrl-C while a filter is typed', '/x\u0003'],
  ])('ends with %s', async (_what, keys) => {
    const { screen, end } = shown()
    screen.type(keys)
    expect(await end).toBe('quit')
    expectRestored(screen)
  })

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('ends with %s', async (signal) => {
    const { screen, end } = shown()
    screen.signal(signal)
    expect(await end).toBe(signal)
    expectRestored(screen)
  })

  it('ends when the terminal has no more input', async () => {
    const { screen, end } = shown()
    screen.events?.ended()
    expect(await end).toBe('quit')
    expectRestored(screen)
  })

  it.each([
    ['at once', 1],
    ['after a while', 3],
  ])('rejects with what reading fails with, %s', async (_when, nth) => {
    let reads = 0
    const sample = async () => {
      if (++reads === nth) throw new Error('the kernel has gone')
      return EMPTY
    }
    const { screen, end } = shown({ sample }, new Screen(), 1)
    await expect(end).rejects.toThrow('the kernel has gone')
    expectRestored(screen)
  })

  it.each([
    ['from the start', () => {}],
    ['at a key', (screen: Screen) => screen.type('?')],
    ['at a new size', (screen: Screen) => screen.events?.resized()],
  ])('rejects when stdout cannot be written, %s', async (when, act) => {
    const screen = new Screen()
    screen.unwritable = when === 'from the start'
    const { end } = shown({}, screen)
    await turn()
    screen.unwritable = true
    screen.columns++
    act(screen)
    await expect(end).rejects.toThrow(WriteError)
    expect([screen.open, screen.listeners]).toEqual([0, 0])
  })

  it('does not begin without a terminal', async () => {
    const screen = new Screen()
    const machine = { ...screen.machine, openTerminal: () => undefined }
    expect(await show({ sample: async () => EMPTY }, LONG, machine as unknown as System)).toBe('no-terminal')
    expect([screen.written, screen.listeners]).toEqual(['', 0])
  })

  it('does nothing more when it has ended', async () => {
    let answer: (sample: Sample) => void = () => {}
    const { screen, end, samples } = shown({ sample: () => new Promise((resolve) => (answer = resolve)) })
    screen.type('q')
    await end
    const { written } = screen
    answer(EMPTY)
    screen.type('?')
    screen.events?.resized()
    await turn()
    expect([screen.written, samples.length]).toEqual([written, 1])
  })

  it('draws for a key, a sample and a size, and nothing without a change', async () => {
    const { screen, end } = shown()
    await turn()
    const since = () => screen.written.slice(before.length)
    let before = screen.written
    screen.type('x')
    expect(since()).toBe('')
    screen.type('/')
    expect(since()).toContain('filter: _')
    before = screen.written
    screen.columns = 60
    screen.events?.resized()
    expect(since()).toContain('\u001b[6;1H')
    screen.type('\u0003')
    await end
  })

  it('takes an escape for the key after a moment', async () => {
    const { screen, end } = shown()
    screen.type('/abc')
    screen.type('\u001b')
    const before = screen.written
    await until(() => screen.written !== before, end)
    expect(screen.written.slice(before.length)).not.toContain('filter: ')
    screen.type('q')
    expect(await end).toBe('quit')
  })

  it('reads the connections of another service as soon as they are requested', async () => {
    const kernel = new FakeKernel()
    await run(kernel, '-A -t 192.0.2.1:80')
    const screen = new Screen()
    const outcome = run(kernel, 'top --interval 86400', {
      machine: { ...screen.machine, readChunks: () => [LIST] },
    })
    await until(() => screen.written.includes('-t 192.0.2.1:80'), outcome)
    screen.type('c')
    await until(() => screen.written.includes('203.0.113.3:32769'), outcome)
    screen.type('q')
    expect(await outcome).toMatchObject({ status: 0, stderr: '' })
    expectRestored(screen)
  })
})

const LIST = Buffer.from(`Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData
TCP CB007103 8001 C0000201 0050 C6336401 1F90 ESTABLISHED     300
`)

describe('ipvsadm top', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('has a status for %s', async (signal, status) => {
    const screen = new Screen()
    const outcome = run(new FakeKernel(), 'top', { machine: screen.machine })
    await until(() => screen.written.includes('0 services'), outcome)
    screen.signal(signal)
    expect(await outcome).toMatchObject({ status, stderr: '' })
    expectRestored(screen)
  })

  it.each(['0', '0.05', '86401', '1e300', 'soon', ' '])('refuses the interval %j', async (interval) => {
    const { status, stderr } = await run(new FakeKernel(), ['top', '--interval', interval], {
      machine: new Screen().machine,
    })
    expect(status).toBe(2)
    expect(stderr).toContain('must be a number from 0.1 to 86400')
  })

  it('needs a terminal for input and for output', async () => {
    for (const missing of ['openTerminal', 'outputTerminal'] as const) {
      const machine = { ...new Screen().machine, [missing]: () => undefined }
      const outcome = await run(new FakeKernel(), 'top', { machine })
      expect(outcome).toMatchObject({ status: 2, stderr: 'top needs a terminal\n' })
    }
  })

  it('does not draw on a dumb terminal', async () => {
    const screen = new Screen()
    const machine = { ...screen.machine, openTerminal: () => undefined }
    const outcome = await run(new FakeKernel(), 'top', { machine, env: { TERM: 'dumb' } })
    expect(outcome).toMatchObject({ status: 2, stderr: 'top needs a terminal with a cursor; TERM is dumb\n' })
    expect(screen.written).toBe('')
  })

  it('reports the error of the kernel that ended it', async () => {
    const kernel = new FakeKernel()
    const screen = new Screen()
    const outcome = run(kernel, 'top --interval 0.1', { machine: screen.machine })
    await until(() => screen.written.includes('0 services'), outcome)
    kernel.failDumps(1, 13)
    expect(await outcome).toMatchObject({
      status: expect.any(Number),
      stderr: expect.stringContaining('Permission denied'),
    })
    expectRestored(screen)
  })
})

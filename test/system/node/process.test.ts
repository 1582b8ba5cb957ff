// The process: termination signals, the trace, the terminal.

import { afterEach, describe, expect, it } from '@jest/globals'
import { streams } from '../../../lib/system/files.ts'
import { processSystem } from '../../../lib/system/node/process.ts'
import { nodeSystem } from '../../../lib/system/node/system.ts'
import { tracer } from '../../../lib/system/trace.ts'

const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const

describe('a signal that asks to end', () => {
  const before = SIGNALS.map((signal) => process.listeners(signal))
  afterEach(() => {
    for (const [i, signal] of SIGNALS.entries()) {
      for (const listener of process.listeners(signal)) {
        if (!before[i]!.includes(listener)) process.removeListener(signal, listener)
      }
    }
  })

  it.each(SIGNALS)(
    '%s goes to the listener until that is removed; then the default ends the process again',
    (signal) => {
      const caught: string[] = []
      const end = processSystem.onInterrupt((name) => caught.push(name))
      process.emit(signal, signal)
      expect(caught).toEqual([signal])
      end()
      expect(process.listeners(signal)).toEqual(before[SIGNALS.indexOf(signal)])
      expect(caught).toEqual([signal])
    },
  )

  it('leaves no listener behind', () => {
    for (let i = 0; i < 20; i++) processSystem.onInterrupt(() => {})()
    for (const [i, signal] of SIGNALS.entries()) {
      expect(process.listenerCount(signal)).toBe(before[i]!.length)
    }
  })
})

describe('the trace', () => {
  it('is written if enabled', () => {
    let text = ''
    const trace = tracer({ IPVSADM_TRACE: '1' }, (more) => {
      text += more
    })
    trace?.('one')
    trace?.('two')
    expect(text).toMatch(/^trace: +\d+\.\d\d ms {2}one\ntrace: +\d+\.\d\d ms {2}two\n$/)
    expect(tracer({ IPVSADM_TRACE: '0' }, () => {})).toBeUndefined()
    expect(tracer({}, () => {})).toBeUndefined()
  })
})

describe('the machine', () => {
  it('has this process’s id, rights and environment', () => {
    expect(nodeSystem.processId).toBe(process.pid)
    expect(nodeSystem.privileged).toBe(process.geteuid?.() === 0)
    expect(nodeSystem.env.PATH).toBe(process.env.PATH)
  })
})

describe('output', () => {
  it('is the whole text of any length, and the error of a full device', () => {
    const written: number[] = []
    const io = (write: (descriptor: number, bytes: Uint8Array) => number) =>
      streams({ open: () => 0, close: () => {}, read: () => 0, write })
    const text = 'Ų€'.repeat(10_000)
    // A pipe takes a part at a time.
    io((descriptor, bytes) => {
      const count = Math.min(bytes.length, 4099)
      for (const byte of bytes.subarray(0, count)) written.push(byte)
      expect(descriptor).toBe(1)
      return count
    }).writeOutput(text)
    expect(Buffer.from(written).toString()).toBe(text)
    const failing = (code: string) =>
      io(() => {
        throw Object.assign(new Error(`${code}: failed, write`), { code })
      })
    expect(() => failing('ENOSPC').writeOutput('text')).toThrow(
      expect.objectContaining({ name: 'WriteError' }),
    )
    expect(() => failing('EPIPE').writeError('text')).toThrow(expect.objectContaining({ name: 'BrokenPipe' }))
  })

  it('waits for a descriptor that is not ready', () => {
    let busy = 3
    let written = 0
    const io = streams({
      open: () => 0,
      close: () => {},
      read(_, buffer) {
        if (busy-- > 0) throw Object.assign(new Error('EAGAIN'), { code: 'EAGAIN' })
        if (written > 0) throw Object.assign(new Error('EOF'), { code: 'EOF' })
        buffer.set(Buffer.from('text'))
        written = 4
        return 4
      },
      write: () => 0,
    })
    expect(`${Buffer.from(io.readInput())}`).toBe('text')
  })
})

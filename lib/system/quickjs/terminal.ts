// Keys and size of the terminal on stdin and stdout.
import { isTerminal, rawMode, read, restoreMode, windowSize } from 'host'
import type { Terminal, TerminalEvents, TerminalSession } from '../system.ts'
import { EAGAIN } from './calls.ts'
import { watch } from './event-loop.ts'
import { onSignals, SIGWINCH } from './signals.ts'

const STDIN = 0
const STDOUT = 1
/** More than a key or a pasted line. */
const BLOCK = 4096

export function outputTerminal(): Terminal | undefined {
  if (!isTerminal(STDOUT)) return undefined
  const size = new Int32Array(2)
  windowSize(STDOUT, size)
  return { columns: size[0] || 80, rows: size[1] || 24 }
}

export function openTerminal(events: TerminalEvents): TerminalSession | undefined {
  if (!isTerminal(STDIN) || !isTerminal(STDOUT) || rawMode(STDIN) < 0) return undefined
  const block = new Uint8Array(BLOCK)
  const unwatch = watch(STDIN, () => {
    const count = read(STDIN, block)
    if (count > 0) events.input(block.slice(0, count))
    // A terminal gives EIO after a hang-up.
    else if (count !== EAGAIN) {
      unwatch()
      events.ended()
    }
  })
  const unheard = onSignals([SIGWINCH], () => events.resized())
  return {
    close() {
      unwatch()
      unheard()
      restoreMode()
    },
  }
}

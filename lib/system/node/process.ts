// The process as Node gives it: environment, signals, lock, terminal.
import type { Interruption, System } from '../system.ts'

const INTERRUPTIONS: readonly Interruption[] = ['SIGHUP', 'SIGINT', 'SIGTERM']

export const processSystem = {
  privileged: process.geteuid?.() === 0,
  env: process.env,
  processId: process.pid,
  async lock(name, holder, wait) {
    const { acquireLock } = await import('./lock.ts')
    return await acquireLock(name, holder, wait)
  },
  onInterrupt(listener) {
    for (const signal of INTERRUPTIONS) process.on(signal, listener)
    return () => {
      for (const signal of INTERRUPTIONS) process.removeListener(signal, listener)
    }
  },
} satisfies Partial<System>

/** The size of the terminal that stdout is. */
export function terminalSize() {
  const { columns, rows } = process.stdout
  return { columns: columns || 80, rows: rows || 24 }
}

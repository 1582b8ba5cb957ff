// What both runtimes have in common.
import type { Interruption, System } from './system.ts'

const INTERRUPTIONS: readonly Interruption[] = ['SIGINT', 'SIGTERM']

export const processSystem = {
  privileged: process.geteuid?.() === 0,
  env: process.env,
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

/** Of stdout, which must be one. */
export function terminalSize() {
  const { columns, rows } = process.stdout
  return { columns: columns || 80, rows: rows || 24 }
}

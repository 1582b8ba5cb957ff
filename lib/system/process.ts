// What both runtimes have in common.
import type { Interruption, System } from './system.ts'

/** What loads ip_vs. It gets nothing of this process's environment, in which others could tell it what to load. */
export const MODPROBE = {
  path: '/sbin/modprobe',
  words: ['--', 'ip_vs'],
  env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
} as const

const INTERRUPTIONS: readonly Interruption[] = ['SIGINT', 'SIGTERM']

/** A signal between the work and the process's end must not make it end as if the work had not been done. */
const tooLate = () => {}

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
      for (const signal of INTERRUPTIONS) {
        process.removeListener(signal, tooLate).on(signal, tooLate).removeListener(signal, listener)
      }
    }
  },
} satisfies Partial<System>

/** Of stdout, which must be one. */
export function terminalSize() {
  const { columns, rows } = process.stdout
  return { columns: columns || 80, rows: rows || 24 }
}

/** With IPVSADM_TRACE=1: writes how many milliseconds each part took, the first one from the process's start. */
export function tracer(write: (text: string) => void): System['trace'] {
  if (process.env.IPVSADM_TRACE !== '1') return undefined
  let last = 0
  return (part) => {
    const now = performance.now()
    write(`trace: ${(now - last).toFixed(2).padStart(8)} ms  ${part}\n`)
    last = now
  }
}

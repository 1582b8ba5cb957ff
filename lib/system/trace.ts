// IPVSADM_TRACE=1: the milliseconds of each part of the work, the first from the start of the process.
import type { System } from './system.ts'

export function tracer(env: System['env'], write: (text: string) => void): System['trace'] {
  if (env.IPVSADM_TRACE !== '1') return undefined
  let last = 0
  return (part) => {
    const now = performance.now()
    write(`trace: ${(now - last).toFixed(2).padStart(8)} ms  ${part}\n`)
    last = now
  }
}

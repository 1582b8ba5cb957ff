// IPVSADM_TRACE=1: the milliseconds that each part of the work took, the first one from the process's start.
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

// The loading of ip_vs, not at every turn: modprobe writes its own line to the log when it fails.
import type { System } from '../system/system.ts'
import type { Clock } from './clock.ts'

/** Milliseconds between two attempts. */
const PAUSE = 60_000

export function loadNowAndThen(
  { loadModule }: Pick<System, 'loadModule'>,
  clock: Clock,
): () => Promise<void> {
  let last = Number.NEGATIVE_INFINITY
  return async () => {
    const now = clock.now()
    if (now - last < PAUSE) return
    last = now
    await loadModule()
  }
}

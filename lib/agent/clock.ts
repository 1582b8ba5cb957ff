// Time as the agent's parts see it: an interface, so that tests can turn the clock themselves.

export interface Clock {
  /** Milliseconds since some moment. Never runs backwards, whatever is done to the date. */
  now(): number
  /** The date, for people: logs and status. Nothing is decided by it. */
  wall(): Date
  /** Calls back once, after so many milliseconds; the function that it returns cancels that. */
  timer(milliseconds: number, callback: () => void): () => void
}

/** The longest time that a timer of Node can wait. */
const LONGEST = 2 ** 31 - 1

export const realClock: Clock = {
  now: () => performance.now(),
  wall: () => new Date(),
  timer(milliseconds, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(milliseconds, 0), LONGEST))
    return () => clearTimeout(timer)
  },
}

/** Resolves after the time, or as soon as the signal is given. */
export function sleep(clock: Clock, milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve()
    const end = () => {
      cancel()
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const cancel = clock.timer(milliseconds, end)
    signal?.addEventListener('abort', end, { once: true })
  })
}

// Waiting for what a test asserts: looks again and again. A wait ends with its test, so that a test that has failed leaves no
// loop behind, and with the work that was to bring it about.
import { afterAll, afterEach } from '@jest/globals'

/** Milliseconds between two looks. */
const PAUSE = 5

let testing = new AbortController()
const endTest = () => {
  testing.abort()
  testing = new AbortController()
}
afterEach(endTest)
afterAll(endTest)

/**
 * Waits until something is so; returns the milliseconds that it took.
 * @param work rejects when this ends before
 */
export async function until(met: () => boolean | Promise<boolean>, work?: Promise<unknown>): Promise<number> {
  const start = performance.now()
  const { signal } = testing
  let isOver = false
  const end = () => {
    isOver = true
  }
  work?.then(end, end)
  for (;;) {
    // One more look when the work has ended: it may have brought it about.
    const isLast = isOver
    if (await met()) return performance.now() - start
    if (isLast) await work
    if (isLast || signal.aborted) {
      throw new Error(`the ${isLast ? 'work' : 'test'} has ended before it was so: ${met}`)
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE))
  }
}

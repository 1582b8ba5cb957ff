// Turns of the event loop between exchanges with the kernel, which answers at once: without them thousands of exchanges
// in a row would keep timers and other sockets waiting.

/** The time after which the event loop gets a turn, in milliseconds. */
const LONGEST_WORK = 10

// Not every runtime has setImmediate; a timer of 0 ms takes longer.
const soon: (callback: () => void) => unknown =
  globalThis.setImmediate ?? ((callback) => setTimeout(callback, 0))

export class TurnTaking {
  #since = performance.now()

  /** A promise of the event loop's next turn, when it is time for one. */
  due(): Promise<void> | undefined {
    if (performance.now() - this.#since < LONGEST_WORK) return undefined
    return new Promise((resolve) => {
      soon(() => {
        this.#since = performance.now()
        resolve()
      })
    })
  }
}

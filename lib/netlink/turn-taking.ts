// Yields to the event loop between exchanges with the kernel, which answers at once: otherwise thousands of exchanges
// in a row would delay timers and other sockets.

/** Milliseconds after which the event loop gets a turn before the next exchange. */
const BETWEEN_EXCHANGES = 20
/**
 * The same within an exchange. Longer, because a datagram is waiting: the event loop may read it, which costs a
 * millisecond on a slow machine.
 */
const WITHIN_EXCHANGE = 35

/** The number of exchanges, or of datagrams of one exchange, between two readings of the clock. */
const CALLS = 8

// Not every runtime has setImmediate; a timer of 0 ms takes longer.
const soon: (callback: () => void) => unknown =
  globalThis.setImmediate ?? ((callback) => setTimeout(callback, 0))

export class TurnTaking {
  /** When the clock was first read after the event loop's last turn; undefined: it has not been read since. */
  #since: number | undefined
  #exchanges = 0
  #datagrams = 0

  /** A promise of the event loop's next turn, if one is due before an exchange. */
  between(): Promise<void> | undefined {
    this.#datagrams = 0
    return this.#exchanges++ % CALLS === 0 ? this.#after(BETWEEN_EXCHANGES) : undefined
  }

  /** The same before a datagram within an exchange; short exchanges are not interrupted. */
  within(): Promise<void> | undefined {
    return ++this.#datagrams % CALLS === 0 ? this.#after(WITHIN_EXCHANGE) : undefined
  }

  #after(milliseconds: number): Promise<void> | undefined {
    // Reading the clock can take as long as an exchange.
    const now = performance.now()
    if (this.#since === undefined) {
      this.#since = now
      soon(() => {
        this.#since = undefined
      })
      return undefined
    }
    if (now - this.#since < milliseconds) return undefined
    return new Promise((resolve) => soon(resolve))
  }
}

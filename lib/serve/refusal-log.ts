// Lines of the audit on requests that were refused: some at once, and a count of the others, so that a flood of them does not
// fill a disk.

/** Milliseconds for which so many lines are written. */
const PERIOD = 60_000
const MOST = 10

export class RefusalLog {
  readonly #write: (line: string) => void
  #lines = 0
  #others = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(write: (line: string) => void) {
    this.#write = write
  }

  add(line: string): void {
    this.#timer ??= setTimeout(() => this.close(), PERIOD).unref()
    if (++this.#lines <= MOST) this.#write(line)
    else this.#others++
  }

  /** Ends the period: writes the count. */
  close(): void {
    clearTimeout(this.#timer)
    if (this.#others > 0) this.#write(`admin: ${this.#others} more refused in this minute`)
    this.#lines = 0
    this.#others = 0
    this.#timer = undefined
  }
}

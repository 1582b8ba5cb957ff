// The wait for an answer, a timeout, or the closing of the connection.
import { TransportError } from '../model/errors.ts'
import { closedError } from './transport.ts'

/** The longest delay of a timer, in milliseconds: a longer one fires at once. */
export const LONGEST_TIMER = 2 ** 31 - 1

export class AnswerTimer {
  readonly #timeout: number
  #fail: ((error: TransportError) => void) | undefined
  #isClosed = false

  /** @param timeout in milliseconds, from 1 to LONGEST_TIMER; or Infinity. Throws a RangeError for any other. */
  constructor(timeout: number) {
    if (!(timeout >= 1 && (timeout <= LONGEST_TIMER || timeout === Number.POSITIVE_INFINITY))) {
      throw new RangeError(`answerTimeout must be from 1 to ${LONGEST_TIMER} ms, or Infinity`)
    }
    this.#timeout = timeout
  }

  async wait<T>(answer: Promise<T>): Promise<T> {
    if (this.#isClosed) {
      // Closed during the receive, whose failure has no other handler.
      answer.catch(() => {})
      throw closedError()
    }
    let timer: ReturnType<typeof setTimeout> | undefined
    const failure = new Promise<never>((_, reject) => {
      this.#fail = reject
      if (this.#timeout === Number.POSITIVE_INFINITY) return
      const silence = () => reject(new TransportError('the kernel does not answer', 'ETIMEDOUT'))
      timer = setTimeout(silence, this.#timeout)
    })
    try {
      return await Promise.race([answer, failure])
    } catch (error) {
      // A closed socket may fail with another message.
      this.check()
      throw error
    } finally {
      clearTimeout(timer)
      this.#fail = undefined
    }
  }

  /** Throws a TransportError if the connection is closed. */
  check(): void {
    if (this.#isClosed) throw closedError()
  }

  /** Ends the wait. False if it was closed before. */
  close(): boolean {
    if (this.#isClosed) return false
    this.#isClosed = true
    this.#fail?.(closedError())
    return true
  }
}

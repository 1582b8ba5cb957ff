// Injected faults. Counts begin at 1 and at the moment of the call.

/** Values that fall due after a given number of events. */
class Schedule<T> {
  #pending: { left: number; value: T }[] = []

  add(n: number, value: T): void {
    if (!Number.isInteger(n) || n < 1) throw new RangeError(`counted from 1, not from ${n}`)
    this.#pending.push({ left: n, value })
  }

  /** One more event; the values that fall due with it. */
  next(): T[] {
    for (const each of this.#pending) each.left -= 1
    const due = this.#pending.filter((each) => each.left === 0)
    this.#pending = this.#pending.filter((each) => each.left > 0)
    return due.map((each) => each.value)
  }
}

/** The changed reply datagram; undefined: it never arrives. */
export type ReplyChange = (datagram: Uint8Array) => Uint8Array | undefined

/** The place of the flag of an interrupted dump: its last entry so far, or its DONE. */
export type InterruptionPlace = 'entry' | 'done'

export class Faults {
  readonly requests = new Schedule<number>()
  readonly replies = new Schedule<ReplyChange>()
  #interruptions: { times: number; place: InterruptionPlace } = { times: 0, place: 'entry' }
  #failingDumps = { times: 0, errno: 0 }

  interruptDumps(times: number, place: InterruptionPlace): void {
    this.#interruptions = { times, place }
  }

  failDumps(times: number, errno: number): void {
    this.#failingDumps = { times, errno }
  }

  /** Called once for a dump that begins. */
  forDump(): { interruption: InterruptionPlace | undefined; errno: number } {
    const interruption = this.#interruptions.times-- > 0 ? this.#interruptions.place : undefined
    const errno = this.#failingDumps.times-- > 0 ? this.#failingDumps.errno : 0
    return { interruption, errno }
  }

  /** The reply as it will arrive. */
  change(datagram: Uint8Array): Uint8Array | undefined {
    let changed: Uint8Array | undefined = datagram
    for (const change of this.replies.next()) changed = changed && change(changed)
    return changed
  }
}

// Queues of the schedule.

/** Gives first what is due first. A binary heap, so that ten thousand servers cost no timer each. */
export class DueQueue<T> {
  readonly #heap: { readonly at: number; readonly value: T }[] = []

  /** The earliest moment; infinity if the queue is empty. */
  get next(): number {
    return this.#heap[0]?.at ?? Number.POSITIVE_INFINITY
  }

  add(at: number, value: T): void {
    const heap = this.#heap
    const item = { at, value }
    let place = heap.push(item) - 1
    while (place > 0) {
      const parent = (place - 1) >> 1
      const above = heap[parent]
      if (above === undefined || above.at <= at) break
      heap[place] = above
      place = parent
    }
    heap[place] = item
  }

  /** Removes and gives what is due first; undefined if the queue is empty. */
  take(): T | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || first === last) return first?.value
    let place = 0
    for (;;) {
      const left = 2 * place + 1
      const right = heap[left + 1]
      const child = right !== undefined && right.at < (heap[left]?.at ?? 0) ? left + 1 : left
      const below = heap[child]
      if (below === undefined || below.at >= last.at) break
      heap[place] = below
      place = child
    }
    heap[place] = last
    return first.value
  }
}

/** Gives first what came first. */
export class Line<T> {
  #items: (T | undefined)[] = []
  #first = 0

  add(item: T): void {
    this.#items.push(item)
  }

  take(): T | undefined {
    const item = this.#items[this.#first]
    if (this.#first === this.#items.length) return undefined
    this.#items[this.#first++] = undefined
    // Half of the items are gone: the rest moves to the front.
    if (this.#first * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#first)
      this.#first = 0
    }
    return item
  }
}

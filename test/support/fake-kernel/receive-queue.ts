// Datagrams that wait in a socket, and their loss on overflow (netlink_attachskb, netlink_overrun and
// netlink_recvmsg in af_netlink.c).

/** The size of a datagram in a receive buffer: its bookkeeping, and its bytes with theirs in a power of two. */
const cost = (length: number): number => 256 + 2 ** Math.ceil(Math.log2(length + 320))

export class ReceiveQueue {
  readonly #capacity: number
  #datagrams: Uint8Array[] = []
  #used = 0
  /** Since the overflow: all is dropped until the queue has been emptied. */
  #isCongested = false
  #hasLost = false

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get length(): number {
    return this.#datagrams.length
  }

  /** The kernel makes no more of a dump until the buffer is half empty. */
  get isHalfEmpty(): boolean {
    return this.#used <= this.#capacity / 2
  }

  push(datagram: Uint8Array): void {
    if (this.#isCongested || this.#used + cost(datagram.length) > this.#capacity) {
      this.#hasLost ||= !this.#isCongested
      this.#isCongested = true
    } else {
      this.#used += cost(datagram.length)
      this.#datagrams.push(datagram)
    }
  }

  /** A loss is reported once, and before the remaining datagrams. */
  takeLoss(): boolean {
    const hasLost = this.#hasLost
    this.#hasLost = false
    return hasLost
  }

  shift(): Uint8Array | undefined {
    const datagram = this.#datagrams.shift()
    if (datagram) this.#used -= cost(datagram.length)
    if (this.#datagrams.length === 0) this.#isCongested = false
    return datagram
  }
}

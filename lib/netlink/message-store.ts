// Messages that are kept until they are sent, in blocks of bytes: an object for each takes more memory than the message.
const FIRST = 1024
const LARGEST = 64 * 1024

export class MessageStore {
  readonly #blocks: Uint8Array[] = []
  /** The length of the last block's content. */
  #used = 0
  // The next message to take:
  #block = 0
  #at = 0

  add(message: Uint8Array): void {
    let block = this.#blocks[this.#blocks.length - 1]
    if (block === undefined || this.#used + message.length > block.length) {
      const size = block === undefined ? FIRST : Math.min(2 * block.length, LARGEST)
      if (block !== undefined) this.#blocks[this.#blocks.length - 1] = block.subarray(0, this.#used)
      block = new Uint8Array(Math.max(size, message.length))
      this.#blocks.push(block)
      this.#used = 0
    }
    block.set(message, this.#used)
    this.#used += message.length
  }

  /** The first message that has not been taken, of which there must be one. */
  take(): Uint8Array {
    if (this.#at === this.#blocks[this.#block]!.length) {
      this.#block++
      this.#at = 0
    }
    const block = this.#blocks[this.#block]!
    const start = this.#at
    // A message begins with its length.
    const view = new DataView(block.buffer, block.byteOffset + start, 4)
    this.#at = start + view.getUint32(0, true)
    return block.subarray(start, this.#at)
  }
}

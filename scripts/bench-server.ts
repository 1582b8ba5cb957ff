// `ipvsadm serve` over a fake kernel in another process: descriptor 3 is its netlink socket, with frames as datagrams.
//
//   scripts/bench-serve runs it with the netlink port of the socket
import { readSync, writeSync } from 'node:fs'
import { RECEIVE_BUFFER, type Transport } from '../lib/netlink/transport.ts'
import { run } from '../lib/serve/serve-command.ts'
import { nodeSystem } from '../lib/system/node/system.ts'

const SOCKET = 3
const LENGTH = 4

/** Blocks until the answer is there: the kernel's is when a send returns. */
class BlockingTransport implements Transport {
  readonly port = Number(process.argv[2])
  readonly #frame = Buffer.alloc(LENGTH + RECEIVE_BUFFER)
  readonly #received = Buffer.alloc(4 * RECEIVE_BUFFER)
  #start = 0
  #end = 0

  send(datagram: Uint8Array): void {
    this.#frame.writeUInt32LE(datagram.length)
    this.#frame.set(datagram, LENGTH)
    const length = LENGTH + datagram.length
    if (writeSync(SOCKET, this.#frame, 0, length) !== length) throw new Error('a datagram was cut off')
  }

  receive(): Uint8Array {
    this.#fill(LENGTH)
    const length = this.#received.readUInt32LE(this.#start)
    this.#fill(LENGTH + length)
    const start = this.#start + LENGTH
    this.#start = start + length
    return this.#received.subarray(start, this.#start)
  }

  close(): void {}

  /** Reads until so many bytes are there. */
  #fill(length: number): void {
    if (this.#end - this.#start >= length) return
    this.#received.copyWithin(0, this.#start, this.#end)
    this.#end -= this.#start
    this.#start = 0
    while (this.#end < length) {
      const read = readSync(SOCKET, this.#received, this.#end, this.#received.length - this.#end, null)
      if (read === 0) process.exit()
      this.#end += read
    }
  }
}

const HEADING = Buffer.from('Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires\n')

await run(
  { listen: '127.0.0.1:0' },
  {
    ...nodeSystem,
    loadModule: async () => {},
    transport: async () => new BlockingTransport(),
    readChunks: () => [HEADING],
  },
)

// A fake kernel behind a descriptor of a child process whose netlink calls come here: native/fuzz/kernel-peer.c is the other
// side, and describes the calls and their answers.
import type { Duplex } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import type { FakeKernel } from './fake-kernel.ts'

const LENGTH = 4
const RECEIVE = 0x80000000
const ERROR = 0x80000000
const EAGAIN = 11

const number = (value: number) => {
  const bytes = Buffer.alloc(LENGTH)
  bytes.writeUInt32LE(value)
  return bytes
}

/** Its chunks; a child that ends with answers unread resets the stream. */
async function* untilClosed(stream: Duplex): AsyncGenerator<Buffer> {
  try {
    yield* stream
  } catch {}
}

/** Serves a socket of the kernel until the child closes the stream. */
export async function serveChild(kernel: FakeKernel, stream: Duplex): Promise<void> {
  const socket = kernel.connect()
  /** Asked of the socket, and not answered to the child. */
  let next: Promise<Uint8Array> | undefined
  const ask = () => {
    const asked = socket.receive()
    // The end of the socket rejects it, and nobody may wait then.
    asked.catch(() => {})
    return asked
  }

  /** The datagrams that are there, as many at most. Nothing comes later: without any the time is over at once. */
  async function receive(most: number): Promise<Uint8Array[]> {
    const datagrams: Uint8Array[] = []
    while (datagrams.length < most) {
      next ??= ask()
      try {
        const found = await Promise.race([next, setImmediate(undefined)])
        if (found === undefined) break
        datagrams.push(found)
      } catch (error) {
        // As the kernel does, the next call reports it.
        if (datagrams.length > 0) break
        next = undefined
        throw error
      }
      next = undefined
    }
    return datagrams
  }

  async function answer(call: number, bytes: Buffer): Promise<Buffer> {
    try {
      if (call < RECEIVE) {
        socket.send(bytes)
        return number(0)
      }
      const datagrams = await receive(call - RECEIVE)
      if (datagrams.length === 0) return number(ERROR + EAGAIN)
      const parts = datagrams.flatMap((datagram) => [number(datagram.length), datagram])
      return Buffer.concat([number(datagrams.length), ...parts])
    } catch (error) {
      const { errno } = error as { errno?: number }
      if (errno === undefined) throw error
      return number(ERROR + errno)
    }
  }

  try {
    stream.write(number(socket.port))
    let rest: Buffer = Buffer.alloc(0)
    for await (const chunk of untilClosed(stream)) {
      rest = Buffer.concat([rest, chunk])
      while (rest.length >= LENGTH) {
        const call = rest.readUInt32LE()
        const end = call < RECEIVE ? LENGTH + call : LENGTH
        if (rest.length < end) break
        const bytes = rest.subarray(LENGTH, end)
        rest = rest.subarray(end)
        stream.write(await answer(call, bytes))
      }
    }
  } finally {
    // A child that waits ends then.
    stream.destroy()
    socket.close()
  }
}

// The process of a fake kernel: serves a netlink socket over each pair of FIFOs that its parent names, until the parent
// disconnects. A frame is a length, 32 bits, little end first, and a datagram; the first one is the socket's port.
import { open, writeSync } from 'node:fs'
import { Socket } from 'node:net'
import { FakeKernel } from './fake-kernel.ts'
import { readFrames } from './frames.ts'

export interface Fifos {
  /** From the parent, and to it. */
  readonly requests: string
  readonly replies: string
}

const LENGTH = 4
const kernel = new FakeKernel()

function serve(requests: number, replies: number): void {
  const reply = (datagram: Uint8Array) => {
    const frame = Buffer.alloc(LENGTH + datagram.length)
    frame.writeUInt32LE(datagram.length)
    frame.set(datagram, LENGTH)
    for (let at = 0; at < frame.length; ) at += writeSync(replies, frame, at)
  }
  const transport = kernel.connect()
  reply(Buffer.from(`${transport.port}`))
  const socket = new Socket({ fd: requests, writable: false })
  socket.on('close', () => transport.close())
  readFrames(socket, (datagram) => {
    transport.send(datagram)
    // The log of requests is for tests in one process.
    kernel.requests.length = 0
  })
  const forward = async () => {
    for (;;) reply(await transport.receive())
  }
  // Ends when the transport is closed.
  forward().catch(() => {})
}

process.on('message', ({ requests, replies }: Fifos) => {
  open(requests, 'r', (_, reading) => open(replies, 'w', (_, writing) => serve(reading, writing)))
})
process.on('disconnect', () => process.exit())
process.send?.('ready')

// The process of a fake kernel: serves a netlink socket, in frames, over each pair of FIFOs that its parent names, until the
// parent disconnects. The first frame has the socket's port.
import { open } from 'node:fs'
import { Socket } from 'node:net'
import { FakeKernel } from './fake-kernel.ts'
import { readFrames, writeFrameSync } from './frames.ts'

export interface Fifos {
  /** From the parent, and to it. */
  readonly requests: string
  readonly replies: string
}

const kernel = new FakeKernel()
kernel.rememberPieces()

function serve(requests: number, replies: number): void {
  const transport = kernel.connect()
  writeFrameSync(replies, Buffer.from(`${transport.port}`))
  const socket = new Socket({ fd: requests, writable: false })
  socket.on('close', () => transport.close())
  readFrames(socket, (datagram) => {
    transport.send(datagram)
    // The log of requests is for tests in one process.
    kernel.requests.length = 0
  })
  const forward = async () => {
    for (;;) writeFrameSync(replies, await transport.receive())
  }
  // Ends when the transport is closed.
  forward().catch(() => {})
}

process.on('message', ({ requests, replies }: Fifos) => {
  open(requests, 'r', (_, reading) => open(replies, 'w', (_, writing) => serve(reading, writing)))
})
process.on('disconnect', () => process.exit())
process.send?.('ready')

// The process of a fake kernel: serves netlink sockets at the path of a Unix socket, until its parent disconnects.
// The first frame of a connection is the socket's port; after that a frame is a datagram.
import { createServer, type Socket } from 'node:net'
import { FakeKernel } from './fake-kernel.ts'
import { readFrames, writeFrame } from './frames.ts'

const [path] = process.argv.slice(2)
const kernel = new FakeKernel()

async function serve(socket: Socket): Promise<void> {
  const transport = kernel.connect()
  socket.on('error', () => socket.destroy())
  socket.on('close', () => transport.close())
  writeFrame(socket, Buffer.from(`${transport.port}`))
  readFrames(socket, (datagram) => {
    transport.send(datagram)
    // The log of requests is for tests in one process.
    kernel.requests.length = 0
  })
  while (!socket.destroyed) writeFrame(socket, await transport.receive())
}

createServer((socket) => {
  serve(socket).catch(() => socket.destroy())
}).listen(path, () => process.send?.('ready'))
process.on('disconnect', () => process.exit())

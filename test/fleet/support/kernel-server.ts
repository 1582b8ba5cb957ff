// Serves a fake kernel to agents in other processes: it outlives them. A frame is a length and a letter: `s` and a datagram
// to send, or `r` for the next answer.
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { FakeKernel } from '../../support/fake-kernel/fake-kernel.ts'
import { FrameReader, frame } from './frames.ts'

export class KernelServer {
  readonly kernel = new FakeKernel()
  readonly path: string
  readonly #server: Server
  readonly #guests = new Set<Socket>()

  private constructor(path: string) {
    this.path = path
    this.#server = createServer((guest) => this.#serve(guest))
  }

  static async start(folder: string, name: string): Promise<KernelServer> {
    const server = new KernelServer(join(folder, `kernel-${name}`))
    await new Promise<void>((resolve) => server.#server.listen(server.path, resolve))
    return server
  }

  stop(): void {
    this.#server.close()
    for (const guest of this.#guests) guest.destroy()
  }

  #serve(guest: Socket): void {
    this.#guests.add(guest)
    const socket = this.kernel.connect()
    const reader = new FrameReader()
    // One thing after the other.
    let work = Promise.resolve()
    guest.on('data', (bytes: Buffer) => {
      for (const one of reader.take(bytes)) {
        work = work.then(async () => {
          if (guest.destroyed) return
          if (one[0] === 's'.charCodeAt(0)) socket.send(one.subarray(1))
          else guest.write(frame(await socket.receive()))
        })
        work.catch(() => guest.destroy())
      }
    })
    guest.on('error', () => guest.destroy())
    guest.on('close', () => {
      this.#guests.delete(guest)
      socket.close()
    })
    guest.write(frame(Uint8Array.of(socket.port & 255, (socket.port >> 8) & 255)))
  }
}

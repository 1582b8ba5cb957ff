// A fake kernel in a process of its own, for benchmarks: its memory and processor time are not those of the caller.
//
//     const kernel = await startKernel('kernel.mjs', join(folder, 'kernel.sock'))    // a bundle of kernel-child.ts
//     const system = { ...nodeSystem, privileged: true, transport: () => kernel.connect() }
//     …
//     kernel.stop()
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { closedError, type Transport } from '../../../lib/netlink/transport.ts'
import { readFrames, writeFrame } from './frames.ts'

export interface KernelProcess {
  /** A socket of its own; all see the same tables. */
  connect(): Promise<Transport>
  stop(): void
}

/**
 * @param program a bundle of kernel-child.ts
 * @param path of a Unix socket, which is made
 * @param processor the process runs on this one alone; undefined: as its parent
 */
export async function startKernel(program: string, path: string, processor?: number): Promise<KernelProcess> {
  const words = [process.execPath, program, path]
  const pinned = processor === undefined ? words : ['taskset', '-c', `${processor}`, ...words]
  const child = spawn(pinned[0]!, pinned.slice(1), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('the fake kernel has ended')))
  ended.catch(() => {})
  await Promise.race([once(child, 'message'), ended])
  return {
    connect: () => SocketTransport.open(path),
    stop: () => child.disconnect(),
  }
}

class SocketTransport implements Transport {
  readonly port: number
  readonly #socket: Socket
  readonly #datagrams: Uint8Array[] = []
  #waiting: { resolve: (datagram: Uint8Array) => void; reject: (error: Error) => void } | undefined

  static async open(path: string): Promise<Transport> {
    const socket = connect(path)
    return new Promise((resolve, reject) => {
      let transport: SocketTransport | undefined
      socket.on('error', reject)
      readFrames(socket, (datagram) => {
        if (transport !== undefined) return transport.#arrive(datagram)
        transport = new SocketTransport(socket, Number(Buffer.from(datagram)))
        resolve(transport)
      })
    })
  }

  private constructor(socket: Socket, port: number) {
    this.#socket = socket
    this.port = port
    socket.on('close', () => this.#waiting?.reject(closedError()))
  }

  send(datagram: Uint8Array): void {
    if (this.#socket.destroyed) throw closedError()
    writeFrame(this.#socket, datagram)
  }

  receive(): Uint8Array | Promise<Uint8Array> {
    const next = this.#datagrams.shift()
    if (next !== undefined) return next
    if (this.#socket.destroyed) throw closedError()
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #arrive(datagram: Uint8Array): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    if (waiting === undefined) this.#datagrams.push(datagram)
    else waiting.resolve(datagram)
  }
}

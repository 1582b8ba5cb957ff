// A port of this machine that leads to a port of the guest, which has no network: its bytes go through a worker. One
// line tells the worker what has come here, and its answer what has come there.

import type { AddressInfo } from 'node:net'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Guest, Worker } from '../../support/guest.ts'

interface News {
  /** By the number of the connection, in base64. */
  readonly data: [number, string][]
  readonly ended: number[]
}

export class Tunnel {
  readonly #server: Server
  readonly #worker: Worker
  readonly #sockets = new Map<number, Socket>()
  #news: News & { readonly opened: number[] } = { opened: [], data: [], ended: [] }
  #serial = 0
  #running: Promise<void> | undefined

  private constructor(server: Server, worker: Worker) {
    this.#server = server
    this.#worker = worker
    server.on('connection', (socket) => this.#take(socket))
  }

  static async start(guest: Guest, port: number): Promise<Tunnel> {
    const script = join(__dirname, 'tunnel-worker.mjs')
    const worker = await guest.worker([process.execPath, script, `${port}`])
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new Tunnel(server, worker)
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`
  }

  async stop(): Promise<void> {
    this.#server.close()
    for (const socket of this.#sockets.values()) socket.destroy()
    this.#sockets.clear()
    await this.#running
    await this.#worker.close()
  }

  #take(socket: Socket): void {
    const id = ++this.#serial
    this.#sockets.set(id, socket)
    this.#news.opened.push(id)
    socket.on('data', (bytes) => this.#news.data.push([id, bytes.toString('base64')]))
    socket.on('error', () => {})
    socket.on('close', () => {
      if (this.#sockets.delete(id)) this.#news.ended.push(id)
    })
    this.#running ??= this.#carry().finally(() => {
      this.#running = undefined
    })
  }

  async #carry(): Promise<void> {
    while (this.#sockets.size + this.#news.ended.length > 0) {
      const told = this.#news
      this.#news = { opened: [], data: [], ended: [] }
      const { data, ended } = (await this.#worker.request(told)) as News
      for (const [id, text] of data) this.#sockets.get(id)?.write(Buffer.from(text, 'base64'))
      for (const id of ended) {
        const socket = this.#sockets.get(id)
        this.#sockets.delete(id)
        socket?.end()
      }
    }
  }
}

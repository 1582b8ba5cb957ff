// The network between a director and the members of a cluster: it can be cut, so that nothing gets through and nobody is
// told.
import { connect, createServer, type Server, type Socket } from 'node:net'

export class CuttableNetwork {
  readonly endpoints: string[] = []
  readonly #servers: Server[] = []
  readonly #sockets = new Set<Socket>()
  /** Pairs of sockets, and what is still to be joined. */
  #isCut = false

  static async to(endpoints: readonly string[]): Promise<CuttableNetwork> {
    const network = new CuttableNetwork()
    for (const endpoint of endpoints) {
      const port = Number(endpoint.split(':').at(-1))
      const server = createServer((near) => network.#join(near, port))
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const address = server.address()
      if (typeof address === 'object' && address !== null) {
        network.endpoints.push(`http://127.0.0.1:${address.port}`)
      }
      network.#servers.push(server)
    }
    return network
  }

  cut(): void {
    this.#isCut = true
    for (const socket of this.#sockets) socket.pause()
  }

  restore(): void {
    this.#isCut = false
    for (const socket of this.#sockets) socket.resume()
  }

  stop(): void {
    for (const server of this.#servers) server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #join(near: Socket, port: number): void {
    const far = connect(port, '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(from)
      from.on('data', (bytes: Buffer) => void to.write(bytes))
      from.on('end', () => to.end())
      from.on('error', () => to.destroy())
      from.on('close', () => {
        this.#sockets.delete(from)
        to.destroy()
      })
      if (this.#isCut) from.pause()
    }
  }
}

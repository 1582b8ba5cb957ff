// The sources of names on Node. Loads Node's modules on demand, because most commands look nothing up.
import type { Address } from '../../model/address.ts'
import type { DatagramEvents, DatagramSocket, LibraryResolver, NameSources } from '../names/sources.ts'

/** The maximum number of libuv threads for look-ups; each waits for one answer. */
const MOST_THREADS = 64

export function nodeNameSources(readFile: NameSources['readFile']): NameSources {
  return { readFile, connect, randomId, library }
}

function randomId(): number {
  return crypto.getRandomValues(new Uint16Array(1))[0]!
}

function connect(address: string, port: number, { receive, fail }: DatagramEvents): DatagramSocket {
  let close = () => {}
  let send: DatagramSocket['send'] = () => {}
  const ready = import('node:dgram').then(
    ({ createSocket }) =>
      new Promise<void>((resolve) => {
        const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
        const failed = () => {
          fail()
          resolve()
        }
        socket.on('message', receive)
        // The host refuses the port, or there is no route to it.
        socket.on('error', failed)
        socket.once('connect', resolve)
        close = () => socket.close()
        send = (message) => socket.send(message, (error) => error && fail())
        socket.connect(port, address)
      }),
  )
  return { ready, send: (message) => send(message), close: () => close() }
}

const library: LibraryResolver = {
  /** libuv reads the variable before its first thread. */
  prepare(count) {
    if (count > 4) process.env.UV_THREADPOOL_SIZE ??= String(Math.min(count, MOST_THREADS))
  },
  async address(host) {
    const { lookup } = await import('node:dns')
    const { isIPv4 } = await import('node:net')
    return await new Promise((resolve) => {
      lookup(host, { family: 4 }, (error, address) => {
        if (!error && isIPv4(address)) resolve(address as Address)
        else resolve(error?.code === 'EAI_AGAIN' ? undefined : null)
      })
    })
  },
  async name(address) {
    const { lookupService } = await import('node:dns')
    return await new Promise((resolve) => {
      lookupService(address, 0, (error, host) => resolve(error ? undefined : host))
    })
  },
}

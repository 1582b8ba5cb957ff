// Ports of 127.0.0.1 that are a test's own: no other test gets them, nor does the kernel give them to a connection.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'

/** The lowest port that is tried. */
const LOWEST = 10_000

/** Ports on which nothing listens until a program of the test does. */
export interface FreePorts {
  readonly ports: readonly number[]
  /** Others may have them. */
  release(): void
}

/** The lowest port that the kernel chooses by itself. */
function lowestChosen(): number {
  const [lowest] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'latin1').split(/\s+/)
  return Number(lowest)
}

/** A server that listens; undefined: the port is taken. */
async function listening(port: number, address: string): Promise<Server | undefined> {
  const server = createServer()
  const made = once(server, 'listening')
  server.listen({ port, host: address, exclusive: true })
  return await made.then(
    () => server,
    () => undefined,
  )
}

/**
 * Free ports, below those that the kernel chooses. The same port of 127.0.0.2 is occupied as long as they are used: by that
 * tests know those of each other.
 */
export async function freePorts(count: number): Promise<FreePorts> {
  const marks = new Map<number, Server>()
  const most = Math.max(lowestChosen() - LOWEST, 1000)
  while (marks.size < count) {
    const port = LOWEST + Math.floor(Math.random() * most)
    const mark = await listening(port, '127.0.0.2')
    if (mark === undefined) continue
    const own = await listening(port, '127.0.0.1')
    if (own === undefined) {
      mark.close()
      continue
    }
    await new Promise((resolve) => own.close(resolve))
    marks.set(port, mark.unref())
  }
  return {
    ports: [...marks.keys()],
    release: () => {
      for (const mark of marks.values()) mark.close()
    },
  }
}

export interface ClosedPort {
  readonly port: number
  release(): void
}

/** A port that refuses connections: that of the client's side of one, which nobody else can have. */
export async function closedPort(): Promise<ClosedPort> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [[guest]] = await Promise.all([once(server, 'connection'), once(client, 'connect')])
  return {
    port: client.localPort!,
    release: () => {
      client.destroy()
      guest.destroy()
      server.close()
    },
  }
}

// The control socket: a line of JSON asks, a line of JSON answers, and the connection ends.
import { chmodSync, unlinkSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** The longest request, in bytes. */
const LONGEST_REQUEST = 4096
/** The time for a client to send its request, in milliseconds. */
const PATIENCE = 5000

export type ControlAnswer = Readonly<Record<string, unknown>>
/** @param message the whole message: the request, and what it needs */
export type Handler = (request: string, message: ControlAnswer) => Promise<ControlAnswer>

export interface ControlSocket {
  close(): void
}

/** Rejects if the path cannot be used, or another agent answers there. A socket without a listener is replaced. */
export async function listen(path: string, handle: Handler): Promise<ControlSocket> {
  try {
    return await listenAt(path, handle)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    if (await isAnswered(path)) throw new Error(`${path}: another agent is running`)
    unlinkSync(path)
    return await listenAt(path, handle)
  }
}

function listenAt(path: string, handle: Handler): Promise<ControlSocket> {
  return new Promise((resolve, reject) => {
    const clients = new Set<Socket>()
    const server: Server = createServer((client) => {
      clients.add(client)
      client.on('close', () => clients.delete(client))
      serve(client, handle)
    })
    server.on('error', reject)
    // No other user may connect between the creation of the socket and its change of mode.
    const mask = process.umask(0o177)
    server.listen({ path }, () => {
      chmodSync(path, 0o600)
      resolve({
        close: () => {
          server.close()
          for (const client of clients) client.destroy()
        },
      })
    })
    process.umask(mask)
  })
}

function serve(client: Socket, handle: Handler): void {
  let text = ''
  client.setEncoding('utf8')
  client.setTimeout(PATIENCE, () => client.destroy())
  client.on('error', () => client.destroy())
  client.on('data', (more: string) => {
    if (text.includes('\n')) return
    text += more
    if (text.includes('\n')) {
      client.setTimeout(0)
      void answer(text.slice(0, text.indexOf('\n')), handle).then((reply) =>
        client.end(`${JSON.stringify(reply)}\n`),
      )
    } else if (text.length > LONGEST_REQUEST) client.destroy()
  })
}

async function answer(line: string, handle: Handler): Promise<ControlAnswer> {
  try {
    const message = JSON.parse(line) as ControlAnswer
    const { request } = message
    if (typeof request === 'string') return await handle(request, message)
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError))
      return { error: (error as Error).message }
  }
  return { error: 'a request is a line like {"request":"status"}' }
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

/** Asks a running agent. Rejects if there is none, or what answers is not one. */
export function ask(path: string, request: string): Promise<ControlAnswer> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect(path, () => socket.write(`${JSON.stringify({ request })}\n`))
    socket.setEncoding('utf8')
    socket.on('data', (more: string) => {
      text += more
    })
    socket.on('error', reject)
    socket.on('end', () => {
      try {
        resolve(JSON.parse(text) as ControlAnswer)
      } catch {
        reject(new Error(`${path}: not the answer of an agent`))
      }
    })
  })
}

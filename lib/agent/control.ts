// The control socket: a line of JSON asks, a line of JSON answers, and the connection ends.
import { chmodSync, existsSync, lstatSync, unlinkSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { dirname } from 'node:path'

/** The longest request, in bytes. */
const LONGEST_REQUEST = 4096
/** The time for a client to send its request, in milliseconds. */
const PATIENCE = 5000
/** The longest path of a socket, in bytes (unix(7)). Node cuts longer ones. */
const LONGEST_PATH = 107

export type ControlAnswer = Readonly<Record<string, unknown>>
/** @param message the whole message: the request, and what it needs */
export type Handler = (request: string, message: ControlAnswer) => Promise<ControlAnswer>

export interface ControlSocket {
  close(): void
}

/**
 * Rejects if the path cannot be used, or another agent answers there. A socket that nobody listens on is replaced; any
 * other file stays.
 */
export async function listen(path: string, handle: Handler): Promise<ControlSocket> {
  checkLength(path)
  // The runtime says "permission denied" then.
  if (!existsSync(dirname(path))) throw new Error(`${path}: its folder does not exist`)
  try {
    return await listenAt(path, handle)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    if (!lstatSync(path).isSocket()) throw new Error(`${path}: there is a file that is not a socket`)
    if (!(await isLeftBehind(path))) throw new Error(`${path}: another agent is running`)
    unlinkSync(path)
    return await listenAt(path, handle)
  }
}

function listenAt(path: string, handle: Handler): Promise<ControlSocket> {
  return new Promise((resolve, reject) => {
    const clients = new Set<Socket>()
    // A client may end its side after the request: the answer may take longer.
    const server: Server = createServer({ allowHalfOpen: true }, (client) => {
      clients.add(client)
      client.on('close', () => clients.delete(client))
      serve(client, handle)
    })
    server.on('error', reject)
    // No other user may connect between the creation of the socket and its change of mode.
    const mask = process.umask(0o177)
    server.listen({ path }, () => {
      try {
        chmodSync(path, 0o600)
      } catch (error) {
        server.close()
        return reject(error)
      }
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
  client.on('end', () => {
    if (!text.includes('\n')) client.destroy()
  })
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

/** Whether nobody listens on a socket. One whose process is stopped may refuse too, in another way. */
function isLeftBehind(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.on('connect', () => {
      socket.destroy()
      resolve(false)
    })
    socket.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code === 'ECONNREFUSED'))
  })
}

function checkLength(path: string): void {
  if (Buffer.byteLength(path) > LONGEST_PATH)
    throw new Error(`${path}: longer than ${LONGEST_PATH} bytes, the longest path of a socket`)
}

/** Time limits of an agent's answer, in milliseconds: a reload may look up names. */
const ANSWER_TIME: Readonly<Record<string, number>> = { status: 10_000, reload: 120_000 }

/** Asks a running agent. Rejects if there is none, it does not answer in time, or what answers is not one. */
export async function ask(
  path: string,
  request: string,
  time = ANSWER_TIME[request] ?? 10_000,
): Promise<ControlAnswer> {
  checkLength(path)
  const text = await talk(path, `${JSON.stringify({ request })}\n`, time)
  const answer = parsed(text)
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer))
    throw new Error('not the answer of an agent')
  return answer as ControlAnswer
}

/** Sends a line; everything that comes back. */
function talk(path: string, line: string, time: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect({ path }, () => socket.write(line))
    const timer = setTimeout(() => {
      socket.destroy()
      reject(new Error(`no answer within ${time / 1000} s`))
    }, time)
    socket.setEncoding('utf8')
    socket.on('data', (more: string) => {
      text += more
    })
    socket.on('error', reject)
    socket.on('end', () => resolve(text))
    socket.on('close', () => clearTimeout(timer))
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

// Pipelined requests: each is taken up when the answers before it have been sent. Node.js passes them all on at once, and an
// answer that waits for its turn does not hear that the client has gone.
import type { RequestListener } from 'node:http'
import type { Socket } from 'node:net'

/** Requests of a connection that may wait. Browsers and scrapers send one at a time. */
const MOST_WAITING = 16

/** Ends a connection with more requests than may wait. */
export function inTurn(handle: RequestListener): RequestListener {
  const waiting = new WeakMap<Socket, number>()
  return (request, response) => {
    if (response.socket !== null) return handle(request, response)
    const { socket } = request
    const count = (waiting.get(socket) ?? 0) + 1
    if (count > MOST_WAITING) {
      socket.destroy()
      return
    }
    waiting.set(socket, count)
    response.once('socket', () => {
      waiting.set(socket, waiting.get(socket)! - 1)
      // The response is not ready for its end while it gets its socket.
      queueMicrotask(() => handle(request, response))
    })
  }
}

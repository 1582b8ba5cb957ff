// Responses: their headers, and long bodies as fast as the reader takes them.
import type { ServerResponse } from 'node:http'

/** Nothing from elsewhere, no code or style but the files of this server, no frame around it. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ')

export function setCommonHeaders(response: ServerResponse): void {
  response.setHeader('Content-Security-Policy', POLICY)
  response.setHeader('X-Content-Type-Options', 'nosniff')
  response.setHeader('Referrer-Policy', 'no-referrer')
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin')
  response.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
  response.setHeader('Cache-Control', 'no-store')
}

export function sendText(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status
  response.setHeader('Content-Type', 'text/plain; charset=utf-8')
  response.end(`${text}\n`)
}

export function sendJson(response: ServerResponse, status: number, json: string): void {
  response.statusCode = status
  response.setHeader('Content-Type', 'application/json; charset=utf-8')
  response.end(json)
}

/** Milliseconds in which a reader must have taken a whole response. */
const DEADLINE = 60_000

/** Makes each chunk when the one before has been taken. A reader that has gone ends it, one that is too slow is cut off. */
export async function sendChunks(
  response: ServerResponse,
  type: string,
  chunks: Iterable<string>,
  deadline = DEADLINE,
): Promise<void> {
  response.setHeader('Content-Type', type)
  const timer = setTimeout(() => response.destroy(), deadline)
  try {
    for (const chunk of chunks) {
      if (response.destroyed) return
      if (!response.write(chunk)) await drained(response)
    }
    response.end()
  } finally {
    clearTimeout(timer)
  }
}

/** Resolves when the reader has taken what was written, or has gone. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      response.off('drain', end).off('close', end)
      resolve()
    }
    response.on('drain', end).on('close', end)
  })
}

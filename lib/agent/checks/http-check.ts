// `http`, `https`: a request, whose status and body must be as the plan says. Of a body no more than a part is read.
import { type ClientRequest, type IncomingMessage, request as requestPlain } from 'node:http'
import { request as requestTls } from 'node:https'
import { isIP } from 'node:net'
import type { HttpPlan } from '../config/config.ts'
import { down, failure, runUntil, type UntimedResult, up } from './check-result.ts'
import type { CheckTarget, HealthCheck } from './health-check.ts'
import { givenUp, isIn } from './search.ts'

/** The bytes of a body in which its pattern is searched. */
export const LONGEST_BODY = 65_536
const LONGEST_HEADERS = 16_384

export const checkHttp: HealthCheck<HttpPlan> = (target, plan, signal) => {
  let phase = 'no answer to the connection request'
  return runUntil(
    signal,
    (finish) => {
      const request = open(target, plan)
      request.on('socket', (socket) => {
        socket.on('connect', () => {
          phase = plan.kind === 'https' ? 'no TLS handshake' : 'no response'
        })
        socket.on('secureConnect', () => {
          phase = 'no response'
        })
      })
      request.on('response', (response) => {
        phase = 'the body did not end'
        judge(response, plan, finish)
      })
      request.on('error', (error) => finish(failure(error)))
      // Also when the server switches to another protocol.
      request.on('close', () => finish(down('the connection ended without a response')))
      request.end()
      return () => request.destroy()
    },
    () => down(`timed out: ${phase}`),
  )
}

function open({ address, port, family }: CheckTarget, plan: HttpPlan): ClientRequest {
  const host = plan.host ?? (family === 'inet6' ? `[${address}]:${port}` : `${address}:${port}`)
  const common = {
    host: address,
    port,
    method: plan.method,
    path: plan.path,
    headers: { Host: host, 'User-Agent': 'ipvsadm-agent', Accept: '*/*', Connection: 'close' },
    agent: false,
    maxHeaderSize: LONGEST_HEADERS,
    ...(plan.source !== undefined && { localAddress: plan.source }),
  } as const
  if (plan.kind === 'http') return requestPlain(common)
  const name = plan.serverName ?? plan.host?.replace(/:\d*$/, '')
  // The handshake names no addresses (RFC 6066): the certificate is compared with the address itself then.
  const servername = name === undefined || isIP(name) !== 0 ? '' : name
  return requestTls({ ...common, servername, rejectUnauthorized: plan.verify })
}

function judge(response: IncomingMessage, plan: HttpPlan, finish: (outcome: UntimedResult) => void): void {
  const status = response.statusCode ?? 0
  const said = `${status} ${response.statusMessage ?? ''}`.trim()
  const { body, statuses } = plan
  if (!statuses.some(({ first, last }) => first <= status && status <= last)) finish(down(said))
  else if (body === undefined) finish(up(said))
  else searchBody(response, body, said, finish)
}

function searchBody(
  response: IncomingMessage,
  pattern: RegExp,
  said: string,
  finish: (outcome: UntimedResult) => void,
): void {
  const pieces: Buffer[] = []
  let length = 0
  const search = () => {
    const found = isIn(Buffer.concat(pieces).toString('utf8', 0, LONGEST_BODY), pattern)
    if (found === undefined) finish(givenUp(pattern))
    else finish(found ? up(`${said}, the body matches`) : down(`${said}, but ${pattern} is not in the body`))
  }
  response.on('data', (piece: Buffer) => {
    pieces.push(piece)
    length += piece.length
    if (length >= LONGEST_BODY) search()
  })
  response.on('end', search)
  response.on('error', (error) => finish(failure(error)))
}

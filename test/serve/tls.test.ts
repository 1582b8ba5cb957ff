// TLS, and certificates of clients: the clients that get an answer, and that endless handshakes do not delay others.
import { once } from 'node:events'
import type { Server } from 'node:http'
import { get, type RequestOptions, request } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { type MonitorOptions, monitor } from '../../lib/serve/handler.ts'
import { linkTo, listen, type TlsFiles } from '../../lib/serve/listen.ts'
import { Authority, type Certificate } from '../support/certificates.ts'
import { Balancer } from './support/balancer.ts'

const SERVER = 'tcp 192.0.2.1 80 198.51.100.1 80'

let authority: Authority
let stranger: Authority
let own: Certificate
let balancer: Balancer
const cleanups: (() => unknown)[] = []

beforeAll(async () => {
  authority = new Authority()
  stranger = new Authority()
  own = authority.issue('localhost')
  balancer = await Balancer.start('-A -t 192.0.2.1:80 -s rr\n-a -t 192.0.2.1:80 -r 198.51.100.1:80 -m -w 1\n')
})
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})
afterAll(async () => {
  authority?.remove()
  stranger?.remove()
  await balancer?.stop()
})

async function start(tls: Partial<TlsFiles> = {}, options: Partial<MonitorOptions> = {}): Promise<Server> {
  const source = balancer.source()
  const { handle, close } = monitor({ source, ...options })
  const server = await listen({ host: '127.0.0.1', port: 0 }, handle, { ...own, ...tls })
  cleanups.push(() => {
    close()
    source.close()
    server.closeAllConnections()
    server.close()
  })
  return server
}

const portOf = (server: Server) => (server.address() as AddressInfo).port

/** The status, or the error that ended the connection. */
function ask(
  server: Server,
  options: RequestOptions = {},
  change?: { readonly token: string; readonly body: object },
): Promise<number | string> {
  const asked = request({
    host: '127.0.0.1',
    port: portOf(server),
    path: '/readyz',
    agent: false,
    ca: authority.cert,
    ...(change !== undefined && {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-ipvsadm-token': change.token },
    }),
    ...options,
  })
  asked.end(change && JSON.stringify(change.body))
  return new Promise((resolve) => {
    asked.on('response', (reply) => {
      reply.resume().on('end', () => resolve(reply.statusCode!))
    })
    asked.on('error', (error: NodeJS.ErrnoException) => resolve(`${error.code}: ${error.message}`))
  })
}

function open(server: Server, text = ''): Socket {
  const socket = connect(portOf(server), '127.0.0.1')
  socket.on('error', () => {})
  socket.write(text)
  cleanups.push(() => socket.destroy())
  return socket
}

describe('with TLS', () => {
  it('answers those who trust the authority; the others go away', async () => {
    const server = await start()
    expect(linkTo(server, true)).toBe(`https://127.0.0.1:${portOf(server)}/`)
    expect(await ask(server)).toBe(200)
    expect(await ask(server, { ca: stranger.cert })).toMatch(/^UNABLE_TO_VERIFY_LEAF_SIGNATURE/)
  })

  it('speaks TLS 1.2 and 1.3, and nothing older', async () => {
    const server = await start()
    expect(await ask(server, { maxVersion: 'TLSv1.2' })).toBe(200)
    expect(await ask(server, { minVersion: 'TLSv1.3' })).toBe(200)
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const
    expect(await ask(server, old)).toMatch(/alert protocol version/)
  })

  it('ends a request in clear text without an answer of the monitor', async () => {
    const socket = open(await start(), 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n')
    let text = ''
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1')
    })
    // With an error or without.
    await new Promise((resolve) => socket.once('close', resolve))
    expect(text).not.toContain('ipvs_')
  })

  it('goes on while hundreds of handshakes do not', async () => {
    const server = await start()
    const idle = Array.from({ length: 300 }, () => open(server, '\x16\x03\x01'))
    await Promise.all(idle.map((socket) => once(socket, 'connect')))
    expect(await ask(server)).toBe(200)
  })

  it('sends events', async () => {
    const server = await start()
    const where = { host: '127.0.0.1', port: portOf(server), path: '/events', ca: authority.cert }
    const text = await new Promise<string>((resolve, reject) => {
      get({ ...where, agent: false }, (reply) => {
        let all = ''
        reply.on('data', (bytes) => {
          all += bytes.toString()
          if (!/^event: change/m.test(all)) return
          reply.destroy()
          resolve(all)
        })
      }).on('error', reject)
    })
    expect(text).toContain('"service":"192.0.2.1:80"')
  })
})

describe('with an authority for clients', () => {
  it('answers its clients, and none without a certificate or with one of another authority', async () => {
    const server = await start({ clientAuthority: authority.cert })
    const client = authority.issue('anna')
    expect(await ask(server, { cert: client.cert, key: client.key })).toBe(200)
    expect(await ask(server)).not.toBe(200)
    const other = stranger.issue('anna')
    expect(await ask(server, { cert: other.cert, key: other.key })).not.toBe(200)
  })

  it.each([
    ['anna', 'anna'],
    ['anna from 192.0.2.66: done', '"anna from 192.0.2.66: done"'],
    ['anna"', '"anna\\""'],
    ['x'.repeat(64), 'x'.repeat(64)],
  ])('names the client %s in the audit of what he changes', async (name, said) => {
    const audit: string[] = []
    const token = 'correct horse battery'
    const server = await start(
      { clientAuthority: authority.cert },
      { admin: { token, audit: (line) => audit.push(line) } },
    )
    const client = authority.issue(name)
    const body = { action: 'weight', weight: 1, service: 'tcp 192.0.2.1 80', server: SERVER }
    expect(await ask(server, { ...client, path: '/api/admin' }, { token, body })).toBe(200)
    expect(audit).toEqual([
      `admin: weight tcp 192.0.2.1:80 198.51.100.1:80 weight 1 -> 1 by ${said} from 127.0.0.1: done`,
    ])
  })
})

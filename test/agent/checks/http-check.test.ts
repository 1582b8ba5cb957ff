// The HTTP check, against real servers that do all that servers do.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { LONGEST_BODY } from '../../../lib/agent/checks/http-check.ts'
import { isIn } from '../../../lib/agent/checks/search.ts'
import { check, checkUntil, closedPort, event, listening, onEnd, tcpServer } from './support.ts'

const httpServer = (serve: RequestListener) => listening(createServer(serve))

describe('http', () => {
  it.each([
    [200, 'kind: http', true, '200 OK'],
    [302, 'kind: http', true, '302 Found'],
    [500, 'kind: http', false, '500 Internal Server Error'],
    [404, 'kind: http', false, '404 Not Found'],
    [404, 'kind: http, statuses: [200, 400-499]', true, '404 Not Found'],
    [302, 'kind: http, statuses: [200]', false, '302 Found'],
  ])('judges the status %i by { %s }', async (status, text, up, detail) => {
    const port = await httpServer((_, response) => response.writeHead(status).end('hello'))
    expect(await check(text, port)).toEqual({ up, detail })
  })

  it('asks as the plan says', async () => {
    const asked: unknown[] = []
    const port = await httpServer(({ method, url, headers }, response) => {
      asked.push([method, url, headers.host])
      response.end()
    })
    await check('kind: http, method: HEAD, path: "/a?b=c", host: www.example', port)
    await check('kind: http', port)
    expect(asked).toEqual([
      ['HEAD', '/a?b=c', 'www.example'],
      ['GET', '/', `127.0.0.1:${port}`],
    ])
  })

  it('searches the body', async () => {
    const port = await httpServer((_, response) => response.end('all is\nwell'))
    expect(await check('kind: http, body: "^well$|is.well"', port)).toMatchObject({ up: false })
    expect(await check('kind: http, body: "is\\\\swell"', port)).toEqual({
      up: true,
      detail: '200 OK, the body matches',
    })
  })

  it.each([
    ['^(a+)+$', 'a'.repeat(50)],
    ['a.*b.*c.*d', 'abc'.repeat(LONGEST_BODY / 3)],
  ])('gives up a search for %s that would take hours', async (body, text) => {
    const port = await httpServer((_, response) => response.end(`${text}!`))
    expect(await check(`kind: http, body: ${body}`, port)).toEqual({
      up: false,
      detail: `the search for /${body}/ was given up after 100 ms`,
    })
    expect(await check(`kind: http, body: "(?:a|x)"`, port)).toMatchObject({ up: true })
  })

  it('searches again when the process was held up meanwhile', () => {
    const pattern = /a|b/
    const { test } = pattern
    let isHeldUp = false
    pattern.test = (text) => {
      if (!isHeldUp) {
        isHeldUp = true
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10_000)
      }
      return test.call(pattern, text)
    }
    expect(isIn('b', pattern)).toBe(true)
    expect(isHeldUp).toBe(true)
  })

  it('reads no more than the beginning of a body', async () => {
    const ended = event()
    const port = await httpServer((_, response) => {
      const pour = () => {
        while (response.write('x'.repeat(65_536))) {}
      }
      response.on('drain', pour).on('close', ended.happen)
      pour()
    })
    expect(await check('kind: http, body: y', port)).toMatchObject({ up: false })
    await ended.happened
  })

  it('does not find what comes after the beginning', async () => {
    const port = await httpServer((_, response) => response.end(`${'x'.repeat(LONGEST_BODY)}y`))
    expect(await check('kind: http, body: y', port)).toMatchObject({ up: false })
    expect(await check('kind: http, body: x', port)).toMatchObject({ up: true })
  })

  it('times out on a server that sends one byte at a time, and releases the connection', async () => {
    const [begun, closed] = [event(), event()]
    const port = await httpServer((_, response) => {
      response.on('close', closed.happen)
      response.write('x', () => begun.happen())
    })
    const outcome = await checkUntil(begun.happened, 'kind: http, body: x', port)
    expect(outcome.up).toBe(false)
    expect(outcome.detail).toMatch(/^timed out: /)
    await closed.happened
  })

  it('times out on a server that takes the request and is silent', async () => {
    const begun = event()
    const port = await httpServer(begun.happen)
    expect(await checkUntil(begun.happened, 'kind: http', port)).toEqual({
      up: false,
      detail: 'timed out: no response',
    })
  })

  it.each([
    ['nonsense', 'SSH-2.0-OpenSSH\r\n\r\n'],
    ['nothing', ''],
    ['a half response', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc'],
    ['headers without end', `HTTP/1.1 200 OK\r\n${'X: y\r\n'.repeat(100_000)}`],
    ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'],
  ])('is down on %s', async (_, text) => {
    const port = await tcpServer((socket) => {
      socket.resume().end(text)
    })
    expect(await check('kind: http, body: abc', port)).toMatchObject({ up: false })
  })

  it('is down when the connection is refused', async () => {
    expect(await check('kind: http', await closedPort())).toEqual({ up: false, detail: 'connection refused' })
  })
})

describe('https', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'certificates-'))
    // The end before the begin makes a certificate that has never been valid.
    for (const [name, days] of [
      ['valid', '30'],
      ['expired', '-1'],
    ] as const) {
      makeCertificate(folder, name, days)
    }
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  async function tlsServer(certificate: string, names: (string | false)[] = []): Promise<number> {
    const server = createTlsServer(
      {
        key: readFileSync(join(folder, `${certificate}.key`)),
        cert: readFileSync(join(folder, `${certificate}.crt`)),
      },
      (request, response) => {
        names.push((request.socket as TLSSocket & { servername: string | false }).servername)
        response.end('hello')
      },
    )
    server.on('tlsClientError', () => {})
    onEnd(() => server.closeAllConnections())
    return await listening(server)
  }

  it('refuses a certificate that no authority has signed, unless it is not to be verified', async () => {
    const port = await tlsServer('valid')
    expect(await check('kind: https', port)).toEqual({ up: false, detail: 'self-signed certificate' })
    expect(await check('kind: https, verify: false, body: hello', port)).toMatchObject({ up: true })
  })

  it('refuses an expired certificate, unless it is not to be verified', async () => {
    const port = await tlsServer('expired')
    expect(await check('kind: https', port)).toEqual({ up: false, detail: 'certificate has expired' })
    expect(await check('kind: https, verify: false', port)).toMatchObject({ up: true })
  })

  it('names the host in the handshake', async () => {
    const names: (string | false)[] = []
    const port = await tlsServer('valid', names)
    await check('kind: https, verify: false, host: "www.example:8443"', port)
    await check('kind: https, verify: false, host: www.example, serverName: other.example', port)
    await check('kind: https, verify: false', port)
    expect(names).toEqual(['www.example', 'other.example', false])
  })

  it('is down where no TLS is spoken', async () => {
    const port = await httpServer((_, response) => response.end())
    expect(await check('kind: https, verify: false', port)).toMatchObject({ up: false })
  })

  it('times out in a handshake that does not go on', async () => {
    const begun = event()
    const port = await tcpServer((socket) => socket.on('data', begun.happen))
    expect(await checkUntil(begun.happened, 'kind: https', port)).toEqual({
      up: false,
      detail: 'timed out: no TLS handshake',
    })
  })
})

/** A certificate that signs itself. */
function makeCertificate(folder: string, name: string, days: string): void {
  const [key, certificate] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)]
  const request = join(folder, `${name}.csr`)
  const run = (...words: string[]) => execFileSync('openssl', words, { stdio: ['ignore', 'ignore', 'pipe'] })
  const subject = ['-subj', '/CN=www.example', '-addext', 'subjectAltName=DNS:www.example']
  run('req', '-new', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', request, ...subject)
  run('x509', '-req', '-in', request, '-signkey', key, '-days', days, '-out', certificate)
}

// The answers of `serve`: what each path has, who may ask, and what is refused.
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { text as wholeText } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals'
import Ajv2020 from 'ajv/dist/2020'
import { parseUsers, userLine, verifier } from '../../lib/serve/passwords.ts'
import { until } from '../support/until.ts'
import { Balancer } from './support/balancer.ts'

const RULES = `-A -t 192.0.2.1:80 -s rr
-a -t 192.0.2.1:80 -r 198.51.100.1:8080 -m -w 3
-a -t 192.0.2.1:80 -r 198.51.100.2:8080 -m -w 1
-A -f 7 -s wlc
`
const SERVICE = 'tcp 192.0.2.1 80'
const OTHER = 'fwmark 7 inet'
const SERVER = 'tcp 192.0.2.1 80 198.51.100.1 8080'
const JSON_HEADERS = { 'content-type': 'application/json' }

const schema: object = JSON.parse(readFileSync('docs/ipvsadm.schema.json', 'utf8'))
const validate = new Ajv2020({ strictRequired: false }).compile(schema)
const check = (text: string) => {
  validate(JSON.parse(text))
  expect(validate.errors ?? []).toEqual([])
}

describe('any user of this machine', () => {
  let balancer: Balancer
  beforeAll(async () => {
    balancer = await Balancer.start(RULES)
    balancer.connections = 'TCP 0A090003 2711 C0000201 0050 C6336401 1F90 ESTABLISHED     896\n'
  })
  afterAll(() => balancer.stop())

  it('reads the metrics', async () => {
    const { status, headers, body } = await balancer.ask('/metrics')
    expect([status, headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
    expect(body).toContain(
      'ipvs_server_weight{protocol="tcp",service="192.0.2.1:80",server="198.51.100.1:8080"} 3',
    )
    expect(body).toContain(
      'ipvs_service_connections{protocol="tcp",service="192.0.2.1:80",state="established"} 1',
    )
    const other = await balancer.ask('/metrics?node-exporter-names')
    expect(other.body).toContain('node_ipvs_backend_weight{')
  })

  it('reads the size of the connection table as it is now', async () => {
    const size = async () =>
      /^ipvs_connection_table_buckets (\d+)$/m.exec((await balancer.ask('/metrics')).body)?.[1]
    expect(await size()).toBe('4096')
    balancer.kernel.resizeConnectionTable(65536)
    // The former answer is given for a while.
    await until(async () => (await size()) === '65536')
  })

  it('reads the table, the connections of a service and the health as the documented JSON', async () => {
    const table = await balancer.ask('/api/table')
    check(table.body)
    expect(JSON.parse(table.body).services).toHaveLength(2)
    const connections = await balancer.ask(`/api/connections?service=${encodeURIComponent(SERVICE)}`)
    check(connections.body)
    expect(JSON.parse(connections.body).connections).toHaveLength(1)
    const health = await balancer.ask('/api/health')
    check(health.body)
    const at = new Date(1e12)
    balancer.health = new Map([
      [SERVER, { status: 'down', since: at, check: { at, up: false, seconds: 0.5, detail: 'refused' } }],
    ])
    // The former answer is given for a while.
    let after = health
    await until(async () => {
      after = await balancer.ask('/api/health')
      return after.body !== health.body
    })
    check(after.body)
    expect(JSON.parse(after.body).health).toMatchObject([
      { server: { address: '198.51.100.1' }, status: 'down', check: { detail: 'refused', seconds: 0.5 } },
    ])
    expect((await balancer.ask('/metrics')).body).toContain('ipvs_server_up{')
  })

  it.each(['/', '/page.css', '/page.mjs'])('reads %s, with a strict policy', async (path) => {
    const { status, headers } = await balancer.ask(path)
    expect(status).toBe(200)
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self';/)
    expect(headers['x-content-type-options']).toBe('nosniff')
    const again = await balancer.ask(path, { headers: { 'if-none-match': String(headers.etag) } })
    expect([again.status, again.body]).toEqual([304, ''])
  })

  it('shares a reading of the list of connections with all who ask meanwhile', async () => {
    const ask = (service: string) => balancer.ask(`/api/connections?service=${encodeURIComponent(service)}`)
    balancer.listed.length = 0
    let release = () => {}
    balancer.held = new Promise((resolve) => {
      release = resolve
    })
    const first = ask(SERVICE)
    await until(() => balancer.listed.length > 0)
    let come = 0
    balancer.server.on('request', () => come++)
    const others = [SERVICE, OTHER, SERVICE, OTHER].map(ask)
    await until(() => come >= others.length)
    // All of them need the table first.
    await balancer.ask('/api/table')
    release()
    for (const reply of await Promise.all([first, ...others])) {
      expect(reply.status).toBe(200)
      expect(JSON.parse(reply.body).format).toBe(1)
    }
    expect(balancer.listed).toEqual([[SERVICE], [OTHER]])
    expect(JSON.parse((await first).body).connections).toHaveLength(1)
    expect(JSON.parse((await others[1]!).body).connections).toHaveLength(0)
  })

  it('asks whether it is alive and ready', async () => {
    expect((await balancer.ask('/healthz')).status).toBe(200)
    expect((await balancer.ask('/readyz')).status).toBe(200)
  })

  it.each([
    ['/healthz', '200 OK'],
    ['/readyz', '200 OK'],
    ['/api/table', '421 Misdirected Request'],
  ])('asks for %s without the name of a host', async (path, status) => {
    const socket = connect(balancer.port, '127.0.0.1')
    socket.end(`GET ${path} HTTP/1.0\r\n\r\n`)
    expect((await wholeText(socket)).split('\r\n')[0]).toBe(`HTTP/1.1 ${status}`)
  })

  it.each([
    ['/..%2f..%2fetc/passwd', 404],
    ['/../../etc/passwd', 404],
    ['/%00', 404],
    ['//', 404],
    ['/constructor', 404],
    ['/api/admin', 404],
    ['/api/connections', 404],
    ['/api/connections?service=%', 404],
  ])('gets no file by %s', async (path, status) => {
    expect((await balancer.ask(path)).status).toBe(status)
  })

  it('gets nothing by a path that is too long', async () => {
    expect((await balancer.ask(`/${'x'.repeat(3000)}`)).status).toBe(414)
  })

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('cannot %s', async (method) => {
    expect((await balancer.ask('/api/table', { method })).status).toBe(405)
  })

  it('gets the head alone on request', async () => {
    expect(await balancer.ask('/metrics', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' })
    expect(await balancer.ask('/events', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' })
  })

  it.each(['evil.example', 'evil.example:9456', '127.0.0.1.evil.example', 'a b'])(
    'is not answered by the name %j',
    async (host) => {
      const { status } = await balancer.ask('/api/table', { headers: { host } })
      expect([400, 421]).toContain(status)
    },
  )

  it.each(['localhost', 'localhost:1', 'LOCALHOST', 'localhost.', 'Localhost.:1', '[::1]:9456', '192.0.2.7'])(
    'is answered by the name %s',
    async (host) => {
      expect((await balancer.ask('/api/table', { headers: { host } })).status).toBe(200)
    },
  )
})

describe('a table that cannot be read', () => {
  it('is not ready, and is read again later', async () => {
    const balancer = await Balancer.start(RULES)
    balancer.kernel.removeFamily()
    expect((await balancer.ask('/readyz')).status).toBe(503)
    expect(JSON.parse((await balancer.ask('/api/table')).body)).toHaveProperty('error.message')
    expect((await balancer.ask('/healthz')).status).toBe(200)
    balancer.kernel.addFamily()
    expect((await balancer.ask('/readyz')).status).toBe(200)
    await balancer.stop()
  })

  it.each(['/api/table', '/metrics'])(
    'is read once for all who ask for %s at the same time',
    async (path) => {
      const balancer = await Balancer.start(RULES)
      await Promise.all(Array.from({ length: 50 }, () => balancer.ask(path)))
      expect(balancer.readings).toBeLessThan(25)
      await balancer.stop()
    },
  )
})

describe('users', () => {
  it('need their password, except to ask whether the server is alive', async () => {
    const users = parseUsers(`# people\n${await userLine('anna', 'sésame')}\n\n`)
    if ('wrongLine' in users) throw new Error('not read')
    const balancer = await Balancer.start(RULES, { verify: verifier(users) })
    const as = (text: string) => ({
      headers: { authorization: `Basic ${Buffer.from(text).toString('base64')}` },
    })
    const refused = await balancer.ask('/api/table')
    expect([refused.status, refused.headers['www-authenticate']]).toEqual([
      401,
      'Basic realm="ipvsadm", charset="UTF-8"',
    ])
    for (const text of ['anna:wrong', 'bob:sésame', 'anna', ':', ''])
      expect((await balancer.ask('/', as(text))).status).toBe(401)
    expect((await balancer.ask('/', as('anna:sésame'))).status).toBe(200)
    expect((await balancer.ask('/', as('anna:sésame'))).status).toBe(200)
    expect((await balancer.ask('/healthz')).status).toBe(200)
    await balancer.stop()
  })

  it('are read from lines that are right', () => {
    expect(parseUsers('anna:secret\n')).toEqual({ wrongLine: 1 })
  })
})

describe('an administrator', () => {
  const token = 'correct horse battery'
  const audit: string[] = []
  let balancer: Balancer
  beforeAll(async () => {
    balancer = await Balancer.start(RULES, { admin: { token, audit: (line) => audit.push(line) } })
  })
  afterEach(() => {
    audit.length = 0
  })
  afterAll(() => balancer.stop())

  const change = (body: unknown, headers: Record<string, string> = {}) =>
    balancer.ask('/api/admin', {
      method: 'POST',
      headers: { ...JSON_HEADERS, 'x-ipvsadm-token': token, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  const weight = () => {
    const { services } = balancer.kernel.snapshot()
    return JSON.stringify(services).match(/198\.51\.100\.1:8080[^}]*weight":(\d+)/)?.[1]
  }

  it('drains, undrains and sets weights; each leaves a line', async () => {
    const target = { service: SERVICE, server: SERVER }
    expect((await change({ action: 'drain', ...target })).status).toBe(200)
    expect(weight()).toBe('0')
    expect((await change({ action: 'undrain', ...target })).status).toBe(200)
    expect(weight()).toBe('3')
    expect((await change({ action: 'weight', weight: 9, ...target })).status).toBe(200)
    expect(weight()).toBe('9')
    expect(audit).toEqual([
      'admin: drain tcp 192.0.2.1:80 198.51.100.1:8080 weight 3 -> 0 by token from 127.0.0.1: done',
      'admin: undrain tcp 192.0.2.1:80 198.51.100.1:8080 weight 0 -> 3 by token from 127.0.0.1: done',
      'admin: weight tcp 192.0.2.1:80 198.51.100.1:8080 weight 3 -> 9 by token from 127.0.0.1: done',
    ])
  })

  it.each(['application/json; charset=utf-8', 'application/json;charset="UTF-8"', 'Application/JSON'])(
    'may name the content %s',
    async (type) => {
      const body = { action: 'weight', weight: 9, service: SERVICE, server: SERVER }
      expect((await change(body, { 'content-type': type })).status).toBe(200)
      audit.length = 0
    },
  )

  it.each([
    'text/plain',
    'application/json; charset=latin1',
    'application/jsonp',
    'text/plain; application/json',
  ])('is refused the content %s', async (type) => {
    expect((await change('{}', { 'content-type': type })).status).toBe(415)
  })

  it('is told the name of an unknown field', async () => {
    const body = { action: 'drain', service: SERVICE, server: SERVER, wieght: 3 }
    expect(await change(body)).toMatchObject({
      status: 400,
      body: '{"error":{"message":"wieght: unknown field"}}\n',
    })
    expect(audit).toEqual([])
  })

  it('is refused from other pages, and with other content', async () => {
    const body = { action: 'drain', service: SERVICE, server: SERVER }
    expect((await change(body, { origin: 'https://evil.example' })).status).toBe(403)
    expect((await change(body, { origin: 'null' })).status).toBe(403)
    expect((await change(body, { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect((await change(body, { 'content-type': 'text/plain' })).status).toBe(415)
    expect((await balancer.ask('/api/admin')).status).toBe(405)
    expect(audit).toEqual([])
  })

  it.each([
    ['{', 400],
    ['null', 400],
    [{ action: 'flush' }, 400],
    [{ action: 'weight', service: SERVICE, server: SERVER }, 400],
    [{ action: 'weight', service: SERVICE, server: SERVER, weight: -1 }, 400],
    [{ action: 'weight', service: SERVICE, server: SERVER, weight: 1.5 }, 400],
    [{ action: 'drain', service: SERVICE, server: SERVER, weight: 5 }, 400],
    [{ action: 'weight', service: SERVICE, server: SERVER, weight: 2 ** 31 }, 400],
    [{ action: 'drain', service: SERVICE, server: 'other' }, 404],
  ])('is refused %j', async (body, status) => {
    expect((await change(body)).status).toBe(status)
    expect(audit).toEqual([])
  })

  it('is refused a request that is too long', async () => {
    expect((await change('x'.repeat(5000))).status).toBe(400)
  })

  it('needs the token; after a wrong one the right one has to wait', async () => {
    const body = { action: 'drain', service: SERVICE, server: SERVER }
    // The second may be late on a busy machine: the clock stands still.
    const clock = jest.spyOn(performance, 'now').mockReturnValue(performance.now())
    try {
      expect((await change(body, { 'x-ipvsadm-token': 'wrong' })).status).toBe(403)
      expect((await change(body)).status).toBe(429)
    } finally {
      clock.mockRestore()
    }
    expect(audit).toEqual([
      'admin: a change from 127.0.0.1: refused: wrong token',
      'admin: a change from 127.0.0.1: refused: a wrong token was given a moment ago',
    ])
    for (let i = 0; i < 20; i++) await change(body, { 'x-ipvsadm-token': `guess ${i}` })
    expect(audit).toHaveLength(10)
    expect(audit.join('')).not.toMatch(/guess|horse/)
  })

  it('without a token leaves a line; of those that are refused after it a minute has a count', async () => {
    const lines: string[] = []
    const verify = async () => ({ kind: 'user', user: 'anna' }) as const
    const other = await Balancer.start(RULES, { verify, admin: { token, audit: (line) => lines.push(line) } })
    for (let i = 0; i < 13; i++) await other.ask('/api/admin', { method: 'POST', headers: JSON_HEADERS })
    await other.stop()
    expect(lines).toHaveLength(11)
    expect(lines[0]).toBe('admin: a change by anna from 127.0.0.1: refused: no token')
    expect(lines[10]).toBe('admin: 3 more refused in this minute')
  })
})

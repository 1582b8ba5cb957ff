// The bounds of `serve`: many event streams, slow readers, huge headers; and what the streams carry.
import { once } from 'node:events'
import { createServer, Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { text as wholeText } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { Feed } from '../../lib/serve/feed.ts'
import { listen } from '../../lib/serve/listen.ts'
import type { Verdict } from '../../lib/serve/passwords.ts'
import { sendChunks } from '../../lib/serve/responses.ts'
import type { MonitorSource } from '../../lib/serve/source.ts'
import { until } from '../support/until.ts'
import { Balancer } from './support/balancer.ts'
import { Reader } from './support/reader.ts'

const RULES = `-A -t 192.0.2.1:80 -s rr
-a -t 192.0.2.1:80 -r 198.51.100.1:8080 -m -w 3
-A -t 192.0.2.2:80 -s rr
`
/** Metrics that do not fit into the buffers of a connection. */
const MANY = Array.from({ length: 2000 }, (_, i) => `-A -t 192.0.2.1:${i + 1} -s rr\n`).join('')
let balancer: Balancer
const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await balancer?.stop()
})

/** Resolves when it is closed, whatever the error is that has closed it. */
const closeOf = (socket: Socket) => new Promise<void>((resolve) => socket.once('close', () => resolve()))

/** An event stream as text; `until` resolves when it matches. */
function stream(path = '/events') {
  const socket = connect(balancer.port, '127.0.0.1')
  sockets.push(socket)
  let text = ''
  const waiting = new Set<() => void>()
  socket.on('data', (bytes) => {
    text += bytes.toString()
    for (const look of waiting) look()
  })
  socket.on('error', () => {})
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
  return {
    socket,
    until: (pattern: RegExp) =>
      new Promise<string>((resolve) => {
        const look = () => {
          if (!pattern.test(text)) return
          waiting.delete(look)
          resolve(text)
        }
        waiting.add(look)
        look()
      }),
  }
}

const events = (text: string, name: string) =>
  [...text.matchAll(new RegExp(`^event: ${name}\\ndata: (.*)$`, 'gm'))].map(([, data]) => JSON.parse(data!))

const FAST = { feed: { interval: 20, most: 1000 } }

describe('an event stream', () => {
  it('begins with the table, and has only what changes then', async () => {
    balancer = await Balancer.start(RULES, FAST)
    const { until } = stream()
    const text = await until(/event: change/)
    const [table] = events(text, 'table')
    expect(table).toMatchObject({
      head: { version: '1.2.1', admin: false, checked: false },
      totals: { services: 2, servers: 1 },
      services: [{ service: '192.0.2.1:80', scheduler: 'rr', servers: 1 }, { service: '192.0.2.2:80' }],
      servers: [{ name: '198.51.100.1:8080', weight: 3, state: 'in use' }],
    })
    balancer.kernel.setCounters('tcp 192.0.2.1:80', { active: 5 }, '198.51.100.1:8080')
    const later = await until(/"active":5}\]/)
    const changed = events(later, 'change').filter(({ servers }) => servers.length > 0)
    expect(changed).toHaveLength(1)
    expect(changed[0]).toMatchObject({
      services: [{ key: 'tcp 192.0.2.1 80', active: 5 }],
      servers: [{ key: 'tcp 192.0.2.1 80 198.51.100.1 8080', active: 5 }],
    })
    expect(Object.keys(changed[0].servers[0])).toEqual(['key', 'active'])
    expect(events(later, 'change').filter(({ services }) => services.length > 1)).toEqual([])
  })

  it('begins with the rates of the last minute, also for one who comes again', async () => {
    balancer = await Balancer.start(RULES, FAST)
    const first = stream()
    await first.until(/event: change/)
    balancer.kernel.setCounters('tcp 192.0.2.1:80', { cps: 7n })
    await first.until(/"connectionRate":7[},]/)
    balancer.kernel.setCounters('tcp 192.0.2.1:80', { cps: 3n })
    await first.until(/"connectionRate":3[},]/)
    const second = stream()
    const [table] = events(await second.until(/event: change/), 'table')
    const rates = table.history.rates['tcp 192.0.2.1 80']
    expect(rates[0]).toBe(7)
    expect(rates.at(-1)).toBe(3)
    expect(table.history.rates).not.toHaveProperty('tcp 192.0.2.2 80')
    const closed = [first, second].map(({ socket }) => closeOf(socket))
    for (const { socket } of [first, second]) socket.destroy()
    await Promise.all(closed)
    const [again] = events(await stream().until(/event: change/), 'table')
    expect(again.history.rates['tcp 192.0.2.1 80'].length).toBeGreaterThanOrEqual(rates.length)
  })

  it('takes no place when its reader has gone before the password was checked', async () => {
    const checks: (() => void)[] = []
    const verify = () =>
      new Promise<Verdict>((resolve) => {
        checks.push(() => resolve({ kind: 'user', user: 'anna' }))
      })
    balancer = await Balancer.start(RULES, { verify, feed: { interval: 20, most: 1 } })
    const first = stream()
    const [theirs] = (await once(balancer.server, 'connection')) as [Socket]
    await once(balancer.server, 'request')
    first.socket.destroy()
    await closeOf(theirs)
    checks.shift()!()
    const second = stream()
    await once(balancer.server, 'request')
    checks.shift()!()
    expect(await second.until(/^HTTP.*503|event: table/)).toMatch(/^HTTP\/1.1 200/)
  })

  it('names what is gone', async () => {
    balancer = await Balancer.start(RULES, FAST)
    const { until } = stream()
    await until(/event: change/)
    await balancer.rules('-A -t 192.0.2.2:80 -s rr\n')
    const text = await until(/"gone-servers":\["tcp/)
    expect(text).toContain('"gone-services":["tcp 192.0.2.1 80"]')
    expect(text).toContain('"gone-servers":["tcp 192.0.2.1 80 198.51.100.1 8080"]')
  })

  it('says when the table cannot be read, and goes on', async () => {
    balancer = await Balancer.start(RULES, FAST)
    const { until } = stream()
    await until(/event: change/)
    balancer.kernel.removeFamily()
    await until(/event: trouble\ndata: {"message":"/)
    balancer.kernel.addFamily()
    await until(/trouble[\s\S]*event: change/)
  })

  it('is one of a thousand at most; the table is read once for all, and not without one', async () => {
    balancer = await Balancer.start(RULES, {
      feed: { interval: 500, most: 1000, linger: 0 },
    })
    const streams = Array.from({ length: 1000 }, () => stream())
    await Promise.all(streams.map(({ until }) => until(/event: table/)))
    const refused = await balancer.ask('/events')
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '5'])
    expect((await balancer.ask('/healthz')).status).toBe(200)
    const ended = new Promise<void>((resolve) => {
      let left = streams.length
      for (const { socket } of streams) socket.on('close', () => --left === 0 && resolve())
    })
    for (const { socket } of streams) socket.destroy()
    await ended
    // The server has heard of all ends when it takes as many again.
    const again = stream()
    await again.until(/event: table/)
    again.socket.destroy()
    await until(async () => {
      const before = balancer.readings
      await new Promise((resolve) => setTimeout(resolve, 2000))
      return balancer.readings === before
    })
  })

  it('whose reader stops misses changes, has everything when it goes on, or is ended', async () => {
    balancer = await Balancer.start(RULES)
    const source = balancer.source()
    const feed = new Feed({
      observe: () => source.observe(),
      fleet: async () => undefined,
      admin: false,
      interval: 5,
    })
    const reader = new Reader()
    const stopped = new Reader()
    feed.add(reader.response)
    await reader.next(/^event: table/)
    feed.add(stopped.response)
    reader.writableLength = 2 ** 21
    stopped.writableLength = 2 ** 21
    await stopped.destroyed
    expect(reader.isDestroyed).toBe(true)
    expect(reader.written.filter((text) => text.startsWith('event: change')).length).toBeLessThan(3)

    const slow = new Reader()
    feed.add(slow.response)
    await slow.next(/^event: change/)
    slow.writableLength = 2 ** 21
    balancer.kernel.setCounters('tcp 192.0.2.1:80', { conns: 77n })
    const before = balancer.readings
    await until(() => balancer.readings >= before + 5)
    expect(slow.written.join('')).not.toContain('"connections":77,')
    slow.writableLength = 0
    expect(await slow.next(/"connections":77,/)).toMatch(/^event: table/)
    feed.close()
    source.close()
  })
})

describe('the event streams', () => {
  let reads = 0
  let fails = false
  const feed = (interval = 5) =>
    new Feed({
      observe: async () => {
        reads++
        if (fails) throw new Error('no kernel')
        return await source.observe()
      },
      fleet: async () => undefined,
      admin: false,
      interval,
    })
  let source: MonitorSource
  beforeEach(async () => {
    balancer = await Balancer.start(RULES)
    source = balancer.source()
    fails = false
  })
  afterEach(() => source.close())

  const looks = async (count: number) => {
    const before = reads
    await until(() => reads >= before + count)
  }

  it('whose readers stop are ended also while the table cannot be read', async () => {
    const own = feed()
    const reader = new Reader()
    own.add(reader.response)
    await reader.next(/^event: table/)
    reader.writableLength = 2 ** 21
    fails = true
    await looks(100)
    expect(reader.isDestroyed).toBe(true)
    own.close()
  })

  it('that begin between two readings have one table together', async () => {
    const own = feed(60_000)
    const first = new Reader()
    own.add(first.response)
    await first.next(/^event: table/)
    const others = [new Reader(), new Reader()]
    for (const { response } of others) own.add(response)
    const [a, b] = others.map(({ chunks }) => chunks.find((chunk) => /^event: table/.test(chunk.toString())))
    expect(a).toBeInstanceOf(Buffer)
    expect(a).toBe(b)
    own.close()
  })

  it('are ended at once after the end of all, and have nothing read', async () => {
    const own = feed()
    own.close()
    const reader = new Reader()
    let isEnded = false
    void reader.destroyed.then(() => {
      isEnded = true
    })
    const before = reads
    own.add(reader.response)
    await new Promise((resolve) => setImmediate(resolve))
    expect([isEnded, reads]).toEqual([true, before])
    own.close()
  })
})

describe('a request', () => {
  it('with huge headers is refused', async () => {
    balancer = await Balancer.start(RULES)
    const reply = await balancer.ask('/', { headers: { 'x-long': 'x'.repeat(20_000) } })
    expect(reply.status).toBe(431)
  })

  it('that is no HTTP is refused', async () => {
    balancer = await Balancer.start(RULES)
    const { socket } = stream('/\r\nnonsense')
    await closeOf(socket)
  })

  it('of a reader who takes nothing does not hold up the others', async () => {
    balancer = await Balancer.start(RULES)
    const idle = Array.from({ length: 200 }, () => {
      const socket = connect(balancer.port, '127.0.0.1')
      sockets.push(socket)
      socket.on('error', () => {})
      socket.write('GET /metrics HTTP/1.1\r\nHost: loc')
      return socket
    })
    expect(idle).toHaveLength(200)
    expect((await balancer.ask('/metrics')).status).toBe(200)
  })
})

it('listens on all addresses of a machine without IPv6', async () => {
  const without = jest.spyOn(Server.prototype, 'listen').mockImplementationOnce(function (this: Server) {
    const error = Object.assign(new Error('listen EAFNOSUPPORT: :::0'), { code: 'EAFNOSUPPORT' })
    queueMicrotask(() => this.emit('error', error))
    return this
  })
  const server = await listen({ host: '::', port: 0 }, () => {}, undefined)
  without.mockRestore()
  expect(server.address()).toMatchObject({ address: '0.0.0.0' })
  server.close()
})

describe('pipelined requests', () => {
  const ask = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`

  it('are answered in their order', async () => {
    balancer = await Balancer.start(RULES)
    const socket = connect(balancer.port, '127.0.0.1')
    sockets.push(socket)
    socket.write(
      ask('/readyz') +
        ask('/page.css') +
        ask('/healthz').replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'),
    )
    const text = await wholeText(socket)
    expect(text.match(/^HTTP\/1.1 \d+|^Content-Type: \S+/gm)).toEqual([
      'HTTP/1.1 200',
      'Content-Type: text/plain;',
      'HTTP/1.1 200',
      'Content-Type: text/css;',
      'HTTP/1.1 200',
      'Content-Type: text/plain;',
    ])
  })

  it('of clients who have gone take no place of others', async () => {
    balancer = await Balancer.start(MANY, { feed: { interval: 20, most: 4 } })
    for (const path of ['/events', ...Array<string>(6).fill('/metrics')]) {
      const socket = connect(balancer.port, '127.0.0.1')
      socket.on('error', () => {}).write(ask(path).repeat(15))
      const [theirs] = (await once(balancer.server, 'connection')) as [Socket]
      await once(socket, 'data')
      socket.destroy()
      await closeOf(theirs)
    }
    expect((await balancer.ask('/metrics')).status).toBe(200)
    const streams = Array.from({ length: 4 }, () => stream().until(/^HTTP.*503|event: table/))
    for (const text of await Promise.all(streams)) expect(text).toMatch(/^HTTP\/1.1 200/)
  })

  it('that are too many end their connection', async () => {
    balancer = await Balancer.start(RULES)
    const socket = connect(balancer.port, '127.0.0.1')
    socket.on('error', () => {}).resume()
    socket.write(ask('/events') + ask('/healthz').repeat(100))
    await closeOf(socket)
  })
})

describe('a slow client', () => {
  /** Resolves when the server has ended the connection. */
  async function ended(port: number, text: string): Promise<void> {
    const socket = connect(port, '127.0.0.1')
    sockets.push(socket)
    socket.on('error', () => {}).resume()
    socket.write(text)
    await closeOf(socket)
  }

  /** Asks until the server answers: a busy machine may be later than the bounds of a test. */
  async function answer(): Promise<void> {
    await until(() =>
      balancer.ask('/healthz').then(
        ({ status }) => status === 200,
        () => false,
      ),
    )
  }

  it('who does not come to the end of a request is sent away', async () => {
    balancer = await Balancer.start(RULES, {}, HASTY)
    await ended(balancer.port, 'GET / HTTP/1.1\r\nHost: loc')
    await ended(balancer.port, 'POST /api/admin HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{')
    await answer()
  })

  it('who does not read a long answer in time is cut off', async () => {
    const server = createServer((_, response) => {
      void sendChunks(response, 'text/plain', endless(), 100)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    sockets.push(socket)
    socket.on('error', () => {}).pause()
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
    const [theirs] = (await once(server, 'connection')) as [Socket]
    await closeOf(theirs)
    server.close()
  })

  it('who reads with pauses gets all, and leaves no listener behind', async () => {
    let listeners = 0
    const server = createServer(async (_, response) => {
      await sendChunks(
        response,
        'text/plain',
        Array.from({ length: 200 }, () => 'x'.repeat(65_536)),
      )
      listeners = response.listenerCount('close') + response.listenerCount('drain')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    sockets.push(socket)
    socket.write('GET / HTTP/1.0\r\n\r\n')
    let length = 0
    for await (const bytes of socket) length += bytes.length
    expect(length).toBeGreaterThan(200 * 65_536)
    expect(listeners).toBeLessThan(5)
    server.close()
  })

  it('is one of two thousand; more are not let in, and the server goes on', async () => {
    balancer = await Balancer.start(RULES)
    const many = Array.from({ length: 2100 }, () => {
      const socket = connect(balancer.port, '127.0.0.1')
      sockets.push(socket)
      socket.on('error', () => {}).resume()
      return socket
    })
    await Promise.race(many.map(closeOf))
    for (const socket of many) socket.destroy()
    await answer()
  })
})

/** Bounds that tests need not wait for. */
const HASTY = { headersTimeout: 100, requestTimeout: 200, connectionsCheckingInterval: 50 }

function* endless(): Generator<string> {
  for (;;) yield 'x'.repeat(65_536)
}

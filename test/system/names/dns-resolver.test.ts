// Many questions to name servers on the loopback, including silent, slow and wrong ones.

import { createSocket, type Socket } from 'node:dgram'
import { afterEach, describe, expect, it } from '@jest/globals'
import type { Address } from '../../../lib/model/address.ts'
import { reverseDomain } from '../../../lib/system/names/dns-messages.ts'
import { type ResolverOptions, resolve } from '../../../lib/system/names/dns-resolver.ts'
import { nodeNameSources } from '../../../lib/system/node/name-sources.ts'

const sources = nodeNameSources(() => new Uint8Array())

const sockets: Socket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close()
})

type Behaviour = 'answers' | 'silent' | 'fails' | 'forgets'

/** A server of names for the addresses 127.x.y.z: `host-z.test`, for even z. The questions that it got. */
async function server(address: string, port: number, behaviour: Behaviour) {
  const questions: string[] = []
  const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 })
  sockets.push(socket)
  socket.on('message', (question, peer) => {
    const text = question.toString('latin1')
    const [, last] = /^.{12}.(\d+)/s.exec(text)!
    const seen = questions.includes(text)
    questions.push(text)
    if (behaviour === 'silent' || (behaviour === 'forgets' && !seen)) return
    const reply = Buffer.from(question)
    reply[2] = 0x81
    reply[3] = behaviour === 'fails' ? 0x82 : Number(last) % 2 === 0 ? 0x80 : 0x83
    const label = `host-${last}`
    const name = Buffer.from(`${String.fromCharCode(label.length)}${label}\u0004test\u0000`)
    const found = behaviour !== 'fails' && Number(last) % 2 === 0
    if (found) reply[7] = 1
    const head = Buffer.from('c00c000c0001000000000000', 'hex')
    head[11] = name.length
    socket.send(found ? Buffer.concat([reply, head, name]) : reply, peer.port, peer.address)
  })
  await new Promise<void>((resolve) => socket.bind(port, address, resolve))
  return { questions, port: socket.address().port }
}

const addresses = (count: number) =>
  Array.from({ length: count }, (_, i) => `10.0.${i >> 8}.${i & 255}` as Address)

/** The names that the servers know, by address. */
async function resolveNames(addresses: readonly Address[], options: ResolverOptions) {
  const byDomain = new Map(addresses.map((address) => [reverseDomain(address), address]))
  const answers = await resolve('PTR', [...byDomain.keys()], options, sources)
  const found = [...answers].filter(([, name]) => name !== null)
  return new Map(found.map(([domain, name]) => [byDomain.get(domain)!, name!]))
}

describe('names of many addresses', () => {
  it('are asked for once each', async () => {
    const { port, questions } = await server('127.0.0.1', 0, 'answers')
    // A slow machine must not look like a lost question.
    const patient = { servers: ['127.0.0.1'], port, timeout: 600_000, patience: 300_000 }
    const names = await resolveNames(addresses(1000), patient)
    expect(names.size).toBe(500)
    expect(names.get('10.0.1.44' as Address)).toBe('host-44.test')
    expect(questions.length).toBe(1000)
  })

  it('end with the last answer, not with the time', async () => {
    const { port } = await server('127.0.0.1', 0, 'answers')
    const start = performance.now()
    await resolveNames(addresses(10), { servers: ['127.0.0.1'], port, timeout: 600_000 })
    expect(performance.now() - start).toBeLessThan(300_000)
  })

  it('are asked for again when a datagram was lost', async () => {
    const { port } = await server('127.0.0.1', 0, 'forgets')
    const names = await resolveNames(addresses(10), { servers: ['127.0.0.1'], port, timeout: 600_000 })
    expect(names.size).toBe(5)
  })

  it.each(['silent', 'fails'] as const)(
    'come from the next server when the first one is %s',
    async (behaviour) => {
      const { port } = await server('127.0.0.1', 0, behaviour)
      await server('127.0.0.2', port, 'answers')
      const names = await resolveNames(addresses(10), {
        servers: ['127.0.0.1', '127.0.0.2'],
        port,
        timeout: 600_000,
      })
      expect(names.size).toBe(5)
    },
  )

  it('come from the next server if the first one does not exist', async () => {
    const { port } = await server('127.0.0.2', 0, 'answers')
    const names = await resolveNames(addresses(10), {
      servers: ['127.0.0.1', '127.0.0.2'],
      port,
      timeout: 600_000,
    })
    expect(names.size).toBe(5)
  })

  it('take no longer than the timeout without an answer', async () => {
    const { port } = await server('127.0.0.1', 0, 'silent')
    const start = performance.now()
    expect((await resolveNames(addresses(10), { servers: ['127.0.0.1'], port, timeout: 200 })).size).toBe(0)
    const took = performance.now() - start
    expect(took).toBeGreaterThan(190)
    expect(took).toBeLessThan(100_000)
  })

  it('take no time without a usable server', async () => {
    const start = performance.now()
    const names = await resolveNames(addresses(10), { servers: ['not an address'], timeout: 600_000 })
    expect(names.size).toBe(0)
    expect(performance.now() - start).toBeLessThan(300_000)
  })

  it('end at once when every server fails', async () => {
    const { port } = await server('127.0.0.1', 0, 'fails')
    await server('127.0.0.2', port, 'fails')
    const start = performance.now()
    const options = { servers: ['127.0.0.1', '127.0.0.2'], port, timeout: 600_000 }
    expect((await resolveNames(addresses(10), options)).size).toBe(0)
    expect(performance.now() - start).toBeLessThan(300_000)
  })

  it.each([1, 2, 3])('end at once when none of %p servers runs', async (count) => {
    const { port } = await server('127.0.0.9', 0, 'silent')
    const servers = Array.from({ length: count }, (_, i) => `127.0.0.${i + 1}`)
    const start = performance.now()
    const options = { servers, port, timeout: 60_000, patience: 30_000 }
    expect((await resolveNames(addresses(1), options)).size).toBe(0)
    expect(performance.now() - start).toBeLessThan(30_000)
  })

  it('distinguish a domain without a record from one without an answer', async () => {
    const { port } = await server('127.0.0.1', 0, 'answers')
    const options = { servers: ['127.0.0.1'], port, timeout: 600_000 }
    const answers = await resolve('PTR', ['2.in-addr.arpa', '3.in-addr.arpa'], options, sources)
    expect([...answers].sort()).toEqual([
      ['2.in-addr.arpa', 'host-2.test'],
      ['3.in-addr.arpa', null],
    ])
  })
})

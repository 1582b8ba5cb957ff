// Look-ups over fakes of the machine's files, of its name servers and of the C library.

import { describe, expect, it } from '@jest/globals'
import type { Address } from '../../../lib/model/address.ts'
import { nameService } from '../../../lib/system/names/name-service.ts'
import type { NameSources } from '../../../lib/system/names/sources.ts'
import { nodeSystem } from '../../../lib/system/node/system.ts'

interface Machine {
  readonly nsswitch?: string
  readonly hosts?: string
  readonly resolv?: string
  /** Addresses by domain; a domain that is missing has none. Without a zone the servers are silent. */
  readonly zone?: Readonly<Record<string, string>>
  readonly library?: Readonly<Record<string, string | null | undefined>>
}

function machine({ nsswitch = '', hosts = '', resolv = 'options timeout:1', zone, library }: Machine) {
  const questions: string[] = []
  let id = 0
  const files: Record<string, string> = {
    '/etc/nsswitch.conf': nsswitch,
    '/etc/hosts': hosts,
    '/etc/resolv.conf': resolv,
    '/etc/services': 'http 80/tcp www # web\n',
  }
  const sources: NameSources = {
    readFile(path) {
      if (files[path] === undefined) throw new Error('ENOENT')
      return Buffer.from(files[path])
    },
    randomId: () => id++,
    connect: (_address, _port, { receive }) => ({
      ready: Promise.resolve(),
      close: () => {},
      send(message) {
        const domain = domainOf(message)
        questions.push(domain)
        if (zone === undefined) return
        const reply = Buffer.from(message)
        reply[2] = 0x81
        const address = zone[domain]
        reply[3] = address === undefined ? 0x83 : 0x80
        reply[7] = address === undefined ? 0 : 1
        const record = Buffer.from(`c00c0001000100000000000400000000`, 'hex')
        if (address !== undefined) record.set(address.split('.').map(Number), 12)
        queueMicrotask(() => receive(address === undefined ? reply : Buffer.concat([reply, record])))
      },
    }),
    ...(library !== undefined && {
      library: {
        prepare: () => {},
        address: async (host) => library[host] as Address | null | undefined,
        name: async () => undefined,
      },
    }),
  }
  return { names: nameService(sources.readFile, () => sources), questions }
}

function domainOf(message: Uint8Array): string {
  const labels: string[] = []
  for (let at = 12; message[at] !== 0; at += message[at]! + 1) {
    labels.push(Buffer.from(message.subarray(at + 1, at + 1 + message[at]!)).toString('latin1'))
  }
  return labels.join('.')
}

const address = (text: string) => ({ address: text })
const unknown = { failure: 'unknown' }
const noAnswer = { failure: 'no-answer' }

describe('addresses of hosts', () => {
  it('are IPv4 addresses, of each host once', async () => {
    const { names, questions } = machine({ zone: { 'web.example': '192.0.2.1' } })
    const found = await names.addresses(['web.example', 'web.example', '127.0.0.9', 'no.example'])
    expect(Object.fromEntries(found)).toEqual({
      'web.example': address('192.0.2.1'),
      '127.0.0.9': address('127.0.0.9'),
      'no.example': unknown,
    })
    expect(questions).toEqual(['web.example', 'no.example'])
  })

  it('are none for an IPv6 address, with a zone or without', async () => {
    const { names, questions } = machine({ zone: {} })
    expect([...(await names.addresses(['::1', 'fe80::1%lo'])).values()]).toEqual([unknown, unknown])
    expect(questions).toEqual([])
  })

  it('come from the files first, in any case', async () => {
    const { names, questions } = machine({ hosts: '192.0.2.7 web.example WWW\n' })
    expect([...(await names.addresses(['Web.Example', 'www'])).values()]).toEqual([
      address('192.0.2.7'),
      address('192.0.2.7'),
    ])
    expect(questions).toEqual([])
  })

  it('are looked for in the search domains, all hosts at a time', async () => {
    const { names, questions } = machine({
      resolv: 'search a.example b.example',
      zone: { 'one.b.example': '192.0.2.1', 'two.a.example': '192.0.2.2', three: '192.0.2.3' },
    })
    const found = await names.addresses(['one', 'two', 'three', 'four'])
    expect(Object.fromEntries(found)).toEqual({
      one: address('192.0.2.1'),
      two: address('192.0.2.2'),
      three: address('192.0.2.3'),
      four: unknown,
    })
    expect(questions).toEqual([
      ...['one.a.example', 'two.a.example', 'three.a.example', 'four.a.example'],
      ...['one.b.example', 'three.b.example', 'four.b.example'],
      ...['three', 'four'],
    ])
  })

  it('end together after the resolver’s timeout when no server answers', async () => {
    const MANY = 300
    const { names } = machine({ resolv: 'search a b c\noptions timeout:1' })
    const start = performance.now()
    const found = await names.addresses(Array.from({ length: MANY }, (_, i) => `vip${i}.example.net`))
    expect([...found.values()]).toEqual(Array(MANY).fill(noAnswer))
    const took = performance.now() - start
    expect(took).toBeGreaterThan(990)
    // One timeout, not one a name or a search domain.
    expect(took).toBeLessThan(MANY * 1000)
  })

  it('come from the C library for sources that only it can use', async () => {
    const library = { a: '192.0.2.1', b: null, c: undefined }
    const { names, questions } = machine({ nsswitch: 'hosts: sss', library })
    expect(Object.fromEntries(await names.addresses(['a', 'b', 'c']))).toEqual({
      a: address('192.0.2.1'),
      b: unknown,
      c: noAnswer,
    })
    expect(questions).toEqual([])
  })

  it('are unknown without a usable source', async () => {
    for (const nsswitch of ['hosts:', 'hosts: sss']) {
      const { names } = machine({ nsswitch })
      expect([...(await names.addresses(['a'])).values()]).toEqual([unknown])
    }
  })

  it('of nothing are none', async () => {
    expect((await machine({}).names.addresses([])).size).toBe(0)
  })
})

describe('names of addresses', () => {
  it('are those known in time', async () => {
    const names = await nodeSystem.names.hosts(['127.0.0.1', '127.0.0.1'] as Address[])
    expect(names.get('127.0.0.1')).toMatch(/^[\w.-]+$/)
  })

  it('are waited for no longer than the timeout', async () => {
    const { names } = machine({ hosts: '192.0.2.1 one' })
    const start = performance.now()
    const found = await names.hosts(['192.0.2.1', '192.0.2.2', '2001:db8::1'] as Address[], 20)
    expect([...found]).toEqual([['192.0.2.1', 'one']])
    expect(performance.now() - start).toBeLessThan(100_000)
  })

  it('have no control characters', async () => {
    const { names } = machine({ hosts: '192.0.2.1 o\u001bn\u009be\n' })
    expect([...(await names.hosts(['192.0.2.1'] as Address[])).values()]).toEqual(['one'])
  })

  it('of nothing are none', async () => {
    expect((await machine({}).names.hosts([])).size).toBe(0)
  })
})

describe('services', () => {
  it('are read from the file, aliases too', () => {
    const { names } = machine({})
    expect([names.name(80, 'tcp'), names.port('www', 'tcp'), names.port('http', 'udp')]).toEqual([
      'http',
      80,
      undefined,
    ])
  })
})

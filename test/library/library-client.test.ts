// The library's additional calls over the fake kernel: adding and updating, connections, and aborted calls.

import { inspect } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { LibraryClient } from '../../lib/library/library-client.ts'
import type { ServiceOptions } from '../../lib/library/library-settings.ts'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'
import { until } from '../support/until.ts'

const WEB = { family: 'inet', protocol: 'tcp', address: '192.0.2.1', port: 80 } as const
const SERVICE_DEFAULTS = { scheduler: 'wlc', flags: [], persistence: null }
const SERVER_DEFAULTS = {
  forwarding: 'route',
  weight: 1,
  upperThreshold: 0,
  lowerThreshold: 0,
  tunnelType: 'ipip',
  tunnelPort: 0,
  tunnelFlags: [],
}
const SERVER = { family: 'inet', address: '198.51.100.2', port: 8080 } as const

async function open(readConnections?: () => Iterable<Uint8Array>) {
  const kernel = new FakeKernel()
  const client = await LibraryClient.open({
    transport: kernel.connect(),
    ...(readConnections && { readConnections }),
  })
  return { kernel, client }
}

it('is printed by the name of the published class', async () => {
  expect(inspect((await open()).client)).toBe('IpvsClient {}')
})

describe('services', () => {
  it('are added with the defaults, updated in part, and removed', async () => {
    const { client } = await open()
    await client.addService(WEB, { scheduler: 'rr' })
    expect((await client.service(WEB)).config).toEqual({ ...SERVICE_DEFAULTS, scheduler: 'rr' })
    await client.updateService(WEB, { scheduler: 'wrr' })
    expect((await client.service(WEB)).config).toEqual({ ...SERVICE_DEFAULTS, scheduler: 'wrr' })
    await client.removeService(WEB)
    expect(await client.services()).toEqual([])
  })

  it('that exist are an error, or updated where that is asked for', async () => {
    const { client } = await open()
    await client.addService(WEB, { scheduler: 'rr' })
    const subject = { kind: 'add-service', service: WEB }
    await expect(client.addService(WEB)).rejects.toMatchObject({ code: 'EEXIST', subject })
    await client.addService(WEB, { scheduler: 'sh' }, { upsert: true })
    expect((await client.service(WEB)).config.scheduler).toBe('sh')
  })

  it('that do not exist cannot be updated or removed', async () => {
    const { client } = await open()
    await expect(client.updateService(WEB, {})).rejects.toMatchObject({ code: 'ESRCH' })
    await expect(client.removeService(WEB)).rejects.toMatchObject({
      code: 'ESRCH',
      subject: { kind: 'delete-service', service: WEB },
    })
  })
})

describe('settings', () => {
  it('have persistence as one value, of which what is not given is a default or stays', async () => {
    const { client } = await open()
    const persistence = async () => (await client.service(WEB)).config.persistence
    await client.addService(WEB, { persistence: {} })
    expect(await persistence()).toEqual({ timeout: 360, netmask: '255.255.255.255', engine: '' })
    await client.updateService(WEB, { persistence: { timeout: 60, netmask: '255.255.255.0' } })
    await client.updateService(WEB, { scheduler: 'rr', persistence: { timeout: 90 } })
    expect(await persistence()).toEqual({ timeout: 90, netmask: '255.255.255.0', engine: '' })
    await client.updateService(WEB, { scheduler: 'sh' })
    expect(await persistence()).toMatchObject({ timeout: 90 })
    await client.updateService(WEB, { persistence: null })
    expect(await persistence()).toBeNull()
  })

  it('have flags by name, those of a scheduler as long as it stays', async () => {
    const { client } = await open()
    const flags = async () => (await client.service(WEB)).config.flags
    await client.addService(WEB, { scheduler: 'sh', flags: ['sh-port', 'sh-fallback'], persistence: {} })
    expect(await flags()).toEqual(['sh-fallback', 'sh-port'])
    await client.updateService(WEB, { flags: ['sh-port'] })
    const { config } = await client.service(WEB)
    expect(config).toMatchObject({ flags: ['sh-port'], persistence: { timeout: 360 } })
    await client.updateService(WEB, { scheduler: 'mh' })
    expect(await flags()).toEqual([])
    const tunnel = {
      forwarding: 'tunnel',
      tunnelType: 'gue',
      tunnelPort: 6080,
      tunnelFlags: ['csum'],
    } as const
    await client.addServer(WEB, SERVER, tunnel)
    expect((await client.servers(WEB))[0]?.config).toMatchObject(tunnel)
  })

  it.each([
    [{ flags: ['mh-port'] }, 'the scheduler sh has no flag "mh-port"'],
    [{ flags: ['persistent'] }, 'the scheduler sh has no flag "persistent"'],
    [{ persistence: { netmask: '24' } }, '"24" is no netmask of the family inet'],
  ])('that there are not are a RangeError: %j', async (settings, message) => {
    const { client, kernel } = await open()
    kernel.requests.length = 0
    const wrong = { scheduler: 'sh', ...settings } as ServiceOptions
    await expect(client.addService(WEB, wrong)).rejects.toThrow(new RangeError(message))
    expect(kernel.requests).toEqual([])
  })
})

describe('names of services and servers', () => {
  it('need no family, and may have an address in any text of it', async () => {
    const { client } = await open()
    const id = { protocol: 'tcp', address: '2001:DB8:0::1', port: 80 } as const
    await client.addService(id)
    await client.addServer(id, { address: '2001:db8::2', port: 80 })
    expect((await client.table()).map(({ id, servers }) => [id, servers.map(({ id }) => id)])).toEqual([
      [
        { family: 'inet6', protocol: 'tcp', address: '2001:db8::1', port: 80 },
        [{ family: 'inet6', address: '2001:db8::2', port: 80 }],
      ],
    ])
    await client.removeService(id)
  })

  it.each([
    [{ address: '192.0.2.256' }, '"192.0.2.256" is no address'],
    [{ family: 'inet6', address: '192.0.2.1' }, '192.0.2.1 is not of the family inet6'],
  ] as const)('that are wrong are a RangeError: %j', async (wrong, message) => {
    const { client } = await open()
    const call = client.addService({ protocol: 'tcp', port: 80, ...wrong })
    await expect(call).rejects.toThrow(new RangeError(message))
  })
})

describe('servers', () => {
  it('are added with the defaults, updated in part, and removed', async () => {
    const { client } = await open()
    await client.addService(WEB)
    await client.addServer(WEB, SERVER, { forwarding: 'masquerade', weight: 5 })
    const config = { ...SERVER_DEFAULTS, forwarding: 'masquerade', weight: 5 }
    expect((await client.servers(WEB))[0]?.config).toEqual(config)
    await client.updateServer(WEB, SERVER, { weight: 0 })
    expect((await client.servers(WEB))[0]?.config).toEqual({ ...config, weight: 0 })
    await client.removeServer(WEB, SERVER)
    expect(await client.servers(WEB)).toEqual([])
  })

  it('that exist are an error, or updated where that is asked for', async () => {
    const { client } = await open()
    await client.addService(WEB)
    await client.addServer(WEB, SERVER)
    await expect(client.addServer(WEB, SERVER)).rejects.toMatchObject({ code: 'EEXIST' })
    await client.addServer(WEB, SERVER, { weight: 7 }, { upsert: true })
    expect((await client.servers(WEB))[0]?.config.weight).toBe(7)
  })

  it('that do not exist cannot be updated or removed', async () => {
    const { client } = await open()
    await client.addService(WEB)
    await expect(client.updateServer(WEB, SERVER, {})).rejects.toMatchObject({ code: 'ENOENT' })
    await expect(client.removeServer(WEB, SERVER)).rejects.toMatchObject({ code: 'ENOENT' })
    await expect(client.addServer({ ...WEB, port: 81 }, SERVER, {}, { upsert: true })).rejects.toMatchObject({
      code: 'ESRCH',
    })
  })
})

describe('connections', () => {
  const LIST = Buffer.from(
    `Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData
TCP CB00710A 2711 C0000201 0050 C6336402 1F90 ESTABLISHED     896
TCP CB00710B 2711 C0000202 0050 C6336402 1F90 FIN_WAIT        10
`,
  )

  it('come one by one, of a service if one is named', async () => {
    const { client } = await open(() => [LIST.subarray(0, 100), LIST.subarray(100)])
    const states = async (options: Parameters<typeof client.connections>[0] = {}) => {
      const found: string[] = []
      for await (const { state } of client.connections(options)) found.push(state)
      return found
    }
    expect(await states()).toEqual(['ESTABLISHED', 'FIN_WAIT'])
    expect(await states({ service: WEB })).toEqual(['ESTABLISHED'])
    await expect(states({ signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough')
  })

  it('cannot be read by a client without readConnections', async () => {
    const { client } = await open()
    await expect(client.connections().next()).rejects.toMatchObject({ code: 'LISTING' })
  })
})

describe('an aborted call', () => {
  const reason = new Error('given up')

  it('sends nothing when the signal was aborted before', async () => {
    const { client, kernel } = await open()
    kernel.requests.length = 0
    const signal = AbortSignal.abort(reason)
    const calls = [
      client.services({ signal }),
      client.service(WEB, { signal }),
      client.servers(WEB, { signal }),
      client.table({ signal }),
      client.daemons({ signal }),
      client.timeouts({ signal }),
      client.addService(WEB, {}, { signal }),
      client.applyAll([{ kind: 'flush' }], { signal }),
      client.planRestore({ services: [] }, { signal }),
    ]
    for (const call of calls) await expect(call).rejects.toBe(reason)
    expect(kernel.requests).toEqual([])
  })

  it('rejects while the kernel is silent, and leaves the rest of a batch unsent', async () => {
    const { client, kernel } = await open()
    const abort = new AbortController()
    const changes = Array.from({ length: 300 }, (_, i) => ({
      kind: 'add-service' as const,
      service: { family: 'inet' as const, fwmark: i + 1 },
      config: {},
    }))
    // The acknowledgement of the first datagram is lost.
    kernel.dropReply(1)
    kernel.requests.length = 0
    const call = client.applyAll(changes, { signal: abort.signal })
    await until(() => kernel.requests.length >= 128, call)
    abort.abort(reason)
    await expect(call).rejects.toBe(reason)
    client.close()
    expect(Object.keys(kernel.snapshot().services)).toHaveLength(128)
  })

  it('does not disturb the next one', async () => {
    const { client } = await open()
    await client.addService(WEB)
    const abort = new AbortController()
    const first = client.services({ signal: abort.signal })
    const second = client.services()
    abort.abort(reason)
    await expect(first).rejects.toBe(reason)
    expect(await second).toHaveLength(1)
  })
})

it('is closed at the end of an `await using` block', async () => {
  const { client } = await open()
  await client[Symbol.asyncDispose]()
  await expect(client.services()).rejects.toMatchObject({ code: 'CLOSED' })
})

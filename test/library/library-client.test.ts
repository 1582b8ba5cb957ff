// The library's additional calls over the fake kernel: adding and updating, connections, and aborted calls.

import { describe, expect, it } from '@jest/globals'
import { LibraryClient } from '../../lib/library/library-client.ts'
import type { Address } from '../../lib/model/address.ts'
import { DESTINATION_DEFAULTS, SERVICE_DEFAULTS } from '../../lib/model/defaults.ts'
import { hostNetmask } from '../../lib/model/netmask.ts'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'

const WEB = { family: 'inet', protocol: 'tcp', address: '192.0.2.1' as Address, port: 80 } as const
const SERVER = { family: 'inet', address: '198.51.100.2' as Address, port: 8080 } as const

async function open(readConnections?: () => Iterable<Uint8Array>) {
  const kernel = new FakeKernel()
  const client = await LibraryClient.open({
    transport: kernel.connect(),
    ...(readConnections && { readConnections }),
  })
  return { kernel, client }
}

describe('services', () => {
  it('are added with the defaults, updated in part, and removed', async () => {
    const { client } = await open()
    const netmask = hostNetmask('inet')
    await client.addService(WEB, { scheduler: 'rr' })
    expect((await client.service(WEB)).config).toEqual({ ...SERVICE_DEFAULTS, netmask, scheduler: 'rr' })
    await client.updateService(WEB, { scheduler: 'wrr' })
    expect((await client.service(WEB)).config).toEqual({ ...SERVICE_DEFAULTS, netmask, scheduler: 'wrr' })
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

describe('servers', () => {
  it('are added with the defaults, updated in part, and removed', async () => {
    const { client } = await open()
    await client.addService(WEB)
    await client.addServer(WEB, SERVER, { forwarding: 'masquerade', weight: 5 })
    const config = { ...DESTINATION_DEFAULTS, forwarding: 'masquerade', weight: 5 }
    expect((await client.destinations(WEB))[0]?.config).toEqual(config)
    await client.updateServer(WEB, SERVER, { weight: 0 })
    expect((await client.destinations(WEB))[0]?.config).toEqual({ ...config, weight: 0 })
    await client.removeServer(WEB, SERVER)
    expect(await client.destinations(WEB)).toEqual([])
  })

  it('that exist are an error, or updated where that is asked for', async () => {
    const { client } = await open()
    await client.addService(WEB)
    await client.addServer(WEB, SERVER)
    await expect(client.addServer(WEB, SERVER)).rejects.toMatchObject({ code: 'EEXIST' })
    await client.addServer(WEB, SERVER, { weight: 7 }, { upsert: true })
    expect((await client.destinations(WEB))[0]?.config.weight).toBe(7)
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
      client.destinations(WEB, { signal }),
      client.table({ signal }),
      client.daemons({ signal }),
      client.timeouts({ signal }),
      client.addService(WEB, {}, { signal }),
      client.applyAll([{ kind: 'flush' }], { signal }),
      client.applyBatch(client.newBatch(), { signal }),
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
      config: { ...SERVICE_DEFAULTS, netmask: hostNetmask('inet') },
    }))
    // The acknowledgement of the first datagram is lost.
    kernel.dropReply(1)
    kernel.requests.length = 0
    const call = client.applyAll(changes, { signal: abort.signal })
    while (kernel.requests.length < 128) await new Promise((resolve) => setTimeout(resolve, 1))
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

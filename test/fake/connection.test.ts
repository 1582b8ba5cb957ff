// The connection to the kernel: batches, dumps, and a kernel that misbehaves.

import { describe, expect, it } from '@jest/globals'
import { IpvsClient } from '../../lib/ipvs/client.ts'
import type { Address } from '../../lib/model/address.ts'
import type { Change } from '../../lib/model/change.ts'
import { DESTINATION_DEFAULTS } from '../../lib/model/defaults.ts'
import { KernelError } from '../../lib/model/errors.ts'
import { hostNetmask } from '../../lib/model/netmask.ts'
import { ERRNO } from '../support/fake-kernel/constants.ts'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'

const open = (kernel: FakeKernel, answerTimeout = 600_000) =>
  IpvsClient.open({ transport: kernel.connect(), answerTimeout })

const mark = (fwmark: number) => ({ family: 'inet', fwmark }) as const

const addMark = (fwmark: number, scheduler = 'rr'): Change => ({
  kind: 'add-service',
  service: mark(fwmark),
  config: { scheduler, flags: 0, timeout: 0, netmask: hostNetmask('inet'), engine: '' },
})

const addServer = (fwmark: number, address: string): Change => ({
  kind: 'add-server',
  service: mark(fwmark),
  server: { family: 'inet', address: address as Address, port: 80 },
  config: {
    ...DESTINATION_DEFAULTS,
    forwarding: 'masquerade',
  },
})

const numbers = (count: number, first = 1) => Array.from({ length: count }, (_, i) => first + i)

describe('batches', () => {
  it('sends 1,000 changes in 8 datagrams of at most 128, of which only the ends are acknowledged', async () => {
    const kernel = new FakeKernel()
    const client = await open(kernel)
    const before = kernel.datagrams
    kernel.requests.length = 0
    expect(await client.applyAll(numbers(1000).map((fwmark) => addMark(fwmark)))).toEqual([])
    expect(kernel.datagrams - before).toBe(8)
    expect(kernel.requests).toHaveLength(1000)
    expect(kernel.requests.filter(({ wantsAck }) => wantsAck)).toEqual([])
    const sizes = new Map<number, number>()
    for (const { datagram } of kernel.requests) sizes.set(datagram, (sizes.get(datagram) ?? 0) + 1)
    expect([...sizes.values()]).toEqual([128, 128, 128, 128, 128, 128, 128, 104])
    expect(Object.keys(kernel.snapshot().services)).toHaveLength(1000)
  })

  it.each([0, 1, 126, 127, 128, 129, 299])('reports an error at index %d', async (place) => {
    const kernel = new FakeKernel()
    const client = await open(kernel)
    kernel.failAt(place + 1, ERRNO.ENOMEM)
    const failures = await client.applyAll(numbers(300).map((fwmark) => addMark(fwmark)))
    expect(Object.keys(failures)).toEqual([String(place)])
    expect(failures[place]).toMatchObject({ errno: ERRNO.ENOMEM, code: 'ENOMEM', request: 'NEW_SERVICE' })
    expect(failures[place]).toBeInstanceOf(KernelError)
    expect(Object.keys(kernel.snapshot().services)).toHaveLength(299)
  })

  it('reports an error for every change of a full batch: the answers fit the receive buffer', async () => {
    const kernel = new FakeKernel()
    const client = await open(kernel)
    const changes = numbers(300).map((fwmark) => addServer(fwmark, '192.0.2.1'))
    const failures = await client.applyAll(changes)
    expect(failures.map((failure) => failure?.code)).toEqual(changes.map(() => 'ESRCH'))
  })

  it('makes the changes of a datagram in order', async () => {
    const kernel = new FakeKernel()
    const client = await open(kernel)
    const failures = await client.applyAll([
      addServer(7, '192.0.2.1'),
      addMark(7),
      addServer(7, '192.0.2.1'),
      addServer(7, '192.0.2.1'),
    ])
    expect(failures.map((failure) => failure?.code)).toEqual(['ESRCH', undefined, undefined, 'EEXIST'])
  })

  it('sends nothing for no changes', async () => {
    const kernel = new FakeKernel()
    const client = await open(kernel)
    const before = kernel.datagrams
    expect(await client.applyAll([])).toEqual([])
    expect(kernel.datagrams).toBe(before)
  })

  it('rejects an invalid address before anything is sent, and stays usable', async () => {
    const kernel = new FakeKernel()
    const client = await open(kernel)
    const before = kernel.datagrams
    await expect(client.applyAll([addMark(1), addServer(1, '300.1.1.1')])).rejects.toThrow(TypeError)
    expect(kernel.datagrams).toBe(before)
    expect(await client.applyAll([addMark(2)])).toEqual([])
    expect(await client.services()).toHaveLength(1)
  })

  it('answers each of several calls that are made at the same time', async () => {
    const kernel = new FakeKernel()
    const client = await open(kernel)
    const [, services, timeouts, daemons, failures, destinations] = await Promise.all([
      client.applyAll([addMark(1), addServer(1, '192.0.2.1')]),
      client.services(),
      client.timeouts(),
      client.daemons(),
      client.applyAll([addMark(1)]),
      client.destinations(mark(1)),
    ])
    expect([services.length, daemons.length, destinations.length]).toEqual([1, 0, 1])
    expect(timeouts).toEqual({ tcp: 900, tcpFin: 120, udp: 300 })
    expect(failures[0]?.code).toBe('EEXIST')
  })

  it('makes the next call after one that failed', async () => {
    const client = await open(new FakeKernel())
    const first = client.service(mark(9))
    const second = client.timeouts()
    await expect(first).rejects.toMatchObject({ code: 'ESRCH' })
    expect((await second).tcp).toBe(900)
  })
})

describe('dumps', () => {
  async function withServers(count: number): Promise<{ kernel: FakeKernel; client: IpvsClient }> {
    const kernel = new FakeKernel()
    const client = await open(kernel)
    const servers = numbers(count, 0).map((i) => addServer(1, `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`))
    expect(await client.applyAll([addMark(1), addMark(2), ...servers])).toEqual([])
    kernel.requests.length = 0
    return { kernel, client }
  }

  it('reads 10,000 entries to the end', async () => {
    const { client } = await withServers(10000)
    const destinations = await client.destinations(mark(1))
    expect(destinations).toHaveLength(10000)
    expect(new Set(destinations.map(({ id }) => id.address)).size).toBe(10000)
  })

  it.each(['entry', 'done'] as const)('reads an interrupted one again (flagged in its %s)', async (place) => {
    const { kernel, client } = await withServers(3)
    kernel.interruptDumps(9, place)
    expect(await client.services()).toHaveLength(2)
    expect(kernel.requests).toHaveLength(10)
    kernel.interruptDumps(2, place)
    expect(await client.destinations(mark(1))).toHaveLength(3)
    expect(kernel.requests).toHaveLength(13)
  })

  it('rejects after ten interruptions', async () => {
    const { kernel, client } = await withServers(1)
    kernel.interruptDumps(10)
    await expect(client.services()).rejects.toMatchObject({
      name: 'TransportError',
      code: 'INTERRUPTED',
      message: 'GET_SERVICE: the table kept changing while it was read',
    })
    expect(await client.services()).toHaveLength(2)
  })

  it('reads the daemons again too', async () => {
    const { kernel, client } = await withServers(1)
    kernel.interruptDumps(1, 'done')
    expect(await client.daemons()).toEqual([])
    expect(kernel.requests).toHaveLength(2)
  })

  it('reports the errno of its DONE message', async () => {
    const { kernel, client } = await withServers(3)
    kernel.failDumps(1, ERRNO.ENOMEM)
    await expect(client.services()).rejects.toMatchObject({ code: 'ENOMEM', request: 'GET_SERVICE' })
    expect(await client.services()).toHaveLength(2)
  })

  it('reports an error instead of a dump', async () => {
    const { kernel, client } = await withServers(1)
    kernel.failAt(1, ERRNO.EPERM)
    await expect(client.services()).rejects.toMatchObject({ code: 'EPERM', request: 'GET_SERVICE' })
  })
})

describe('a kernel that misbehaves', () => {
  const timedOut = { name: 'TransportError', code: 'ETIMEDOUT', message: 'the kernel does not answer' }

  it('is waited for no longer than answerTimeout when a reply is lost', async () => {
    const kernel = new FakeKernel()
    const client = await open(kernel, 30)
    kernel.dropReply(1)
    await expect(client.applyAll([addMark(1)])).rejects.toMatchObject(timedOut)
  })

  it('is waited for no longer than answerTimeout when the end of a dump is lost', async () => {
    const kernel = new FakeKernel()
    const client = await open(kernel, 30)
    await client.applyAll([addMark(1)])
    kernel.dropReply(2)
    await expect(client.services()).rejects.toMatchObject(timedOut)
  })

  it('is left, the socket closed, when the look-up of the family has no answer', async () => {
    const kernel = new FakeKernel()
    kernel.dropReply(2)
    const transport = kernel.connect()
    await expect(IpvsClient.open({ transport, answerTimeout: 30 })).rejects.toMatchObject(timedOut)
    await expect(transport.receive()).rejects.toThrow('EBADF')
  })

  it.each([0, 1, 4, 15, 16, 19, 20, 21, 24, 30, 35])(
    'makes a DecodeError of a reply cut to %d bytes',
    async (bytes) => {
      const kernel = new FakeKernel()
      const transport = kernel.connect()
      kernel.truncateReply(2, bytes)
      const failure = await IpvsClient.open({ transport, answerTimeout: 30 }).catch((error: Error) => error)
      expect(failure).toMatchObject({ name: 'DecodeError', code: 'DECODE' })
    },
  )

  it('makes a DecodeError of a reply without a required attribute', async () => {
    const kernel = new FakeKernel()
    const client = await open(kernel)
    await client.applyAll([addMark(5)])
    // GET_CONFIG: TIMEOUT_TCP gets an unknown number.
    kernel.corruptReply(1, (bytes) => {
      const changed = bytes.slice()
      changed[22] = 0x3e
      return changed
    })
    await expect(client.timeouts()).rejects.toMatchObject({ path: 'CONFIG/TIMEOUT_TCP', problem: 'missing' })
  })

  it('may send messages with other sequence numbers, which are skipped', async () => {
    const kernel = new FakeKernel()
    const client = await open(kernel)
    const stray = new Uint8Array(36)
    new DataView(stray.buffer).setUint32(0, 36, true)
    new DataView(stray.buffer).setUint16(4, 0x1b, true)
    new DataView(stray.buffer).setUint32(8, 0x7fffffff, true)
    kernel.corruptReply(1, (bytes) => Uint8Array.from([...stray, ...bytes]))
    expect((await client.timeouts()).udp).toBe(300)
  })

  it('makes a TransportError of replies that do not fit the receive buffer', async () => {
    const kernel = new FakeKernel({ receiveBuffer: 4000 })
    const client = await open(kernel)
    await expect(client.applyAll(numbers(50).map((i) => addServer(i, '192.0.2.1')))).rejects.toThrow(
      'ENOBUFS',
    )
  })
})

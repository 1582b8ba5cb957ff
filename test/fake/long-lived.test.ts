// A client in a process that lives for months: closing, numbers that wrap, batches that are used again, timers, and an
// event loop that turns meanwhile.

import { describe, expect, it } from '@jest/globals'
import { IpvsClient } from '../../lib/ipvs/client.ts'
import { IPVS_GENL_NAME, IPVS_GENL_VERSION } from '../../lib/ipvs/open-family.ts'
import type { Change } from '../../lib/model/change.ts'
import { GenericConnection } from '../../lib/netlink/generic-connection.ts'
import type { Transport } from '../../lib/netlink/transport.ts'
import { LineBatch } from '../../lib/rules/line-batch.ts'
import { plainWriter } from '../../lib/rules/plain-requests.ts'
import { sendingRoom } from '../../lib/rules/sending-room.ts'
import { addServer, addService, mark, server } from '../scenarios/scenario.ts'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'

const closed = { name: 'TransportError', code: 'CLOSED', message: 'the connection is closed' }

/** A transport that counts the calls. */
function counted(inner: Transport) {
  const calls = { send: 0, receive: 0, close: 0 }
  const transport: Transport = {
    port: inner.port,
    send(datagram) {
      calls.send++
      inner.send(datagram)
    },
    receive() {
      calls.receive++
      return inner.receive()
    },
    close() {
      calls.close++
      inner.close()
    },
  }
  return { transport, calls }
}

/** Changes as requests that are made while they are sent. */
function sourceOf(client: IpvsClient, ...changes: readonly Change[]): LineBatch {
  const encoder = client.newEncoder()
  const text = new TextEncoder().encode('other\n'.repeat(changes.length))
  const batch = new LineBatch({ text, encoder, writePlain: plainWriter(encoder), room: sendingRoom() }, 0, 1)
  changes.forEach((change, i) => void batch.add(6 * i, change))
  return batch
}

/** Applies a source; the errno's name of each refused change, by its index. */
async function failuresOf(client: IpvsClient, source: LineBatch): Promise<(string | undefined)[]> {
  const failures: (string | undefined)[] = []
  await client.applySource(source, (index, { code }) => {
    failures[index] = code
  })
  return failures
}

describe('a closed client', () => {
  const everyCall = (client: IpvsClient): Promise<unknown>[] => [
    client.services(),
    client.service(mark(1)),
    client.destinations(mark(1)),
    client.table(),
    client.daemons(),
    client.timeouts(),
    client.apply(addService(mark(1))),
    client.applyAll([addService(mark(1))]),
    client.applyAll([]),
    client.applySource(sourceOf(client), () => {}),
  ]

  it('rejects every call, and does not use the socket', async () => {
    const { transport, calls } = counted(new FakeKernel().connect())
    const client = await IpvsClient.open({ transport })
    client.close()
    const { send, receive } = calls
    for (const call of everyCall(client)) await expect(call).rejects.toMatchObject(closed)
    client.close()
    expect(calls).toEqual({ send, receive, close: 1 })
  })

  it('rejects calls that are pending or queued', async () => {
    const kernel = new FakeKernel()
    const { transport, calls } = counted(kernel.connect())
    const client = await IpvsClient.open({ transport })
    // The kernel never answers the first of them.
    kernel.dropReply(1)
    const results = Promise.allSettled(everyCall(client))
    await new Promise((resolve) => setTimeout(resolve, 10))
    const { send } = calls
    client.close()
    for (const result of await results) expect(result).toMatchObject({ status: 'rejected', reason: closed })
    expect(calls.send).toBe(send)
  })

  it('rejects a dump that is closed between two of its datagrams', async () => {
    const kernel = new FakeKernel()
    const inner = kernel.connect()
    const client = await IpvsClient.open({ transport: inner })
    await client.applyAll(Array.from({ length: 200 }, (_, i) => addService(mark(i + 1))))
    const receive = inner.receive.bind(inner)
    let pieces = 0
    inner.receive = () => {
      if (++pieces === 2) client.close()
      return receive()
    }
    await expect(client.services()).rejects.toMatchObject(closed)
    await expect(client.services()).rejects.toMatchObject(closed)
    expect(pieces).toBe(2)
  })
})

describe('sequence numbers', () => {
  it.each([0xffffffff - 300, 0xffffffff - 128, 0xfffffffe, 0xffffffff])('wrap (from %d)', async (first) => {
    const kernel = new FakeKernel()
    const connection = new GenericConnection(kernel.connect(), { firstSequence: first })
    expect(await connection.join(IPVS_GENL_NAME, IPVS_GENL_VERSION)).toBe(true)
    const requests = Array.from({ length: 300 }, (_, i) => ({ command: 18, name: `request ${i}` }))
    const failures = await connection.batch(requests)
    expect(failures.map((failure) => failure?.request)).toEqual(requests.map(({ name }) => name))
    const seen: number[] = []
    for (let i = 0; i < 300; i++) {
      await connection.request({ command: 15, name: 'GET_INFO' }, (data) => {
        seen.push(data.view.getUint32(8, true))
      })
    }
    expect(seen).toHaveLength(300)
    expect(seen).not.toContain(0)
  })
})

describe('a source of changes', () => {
  it('can be applied concurrently with other calls and sources, without losing errors', async () => {
    const kernel = new FakeKernel()
    const client = await IpvsClient.open({ transport: kernel.connect() })
    const services = Array.from({ length: 200 }, (_, i) => addService(mark(i + 1)))
    const [one, two] = [sourceOf(client, ...services), sourceOf(client, ...services)]
    // Numbers are taken between the filling and the sending.
    expect(await client.timeouts()).toMatchObject({ tcp: 900 })
    const [first, listed, second] = await Promise.all([
      failuresOf(client, one),
      client.services(),
      failuresOf(client, two),
    ])
    expect(first).toEqual([])
    expect(listed).toHaveLength(200)
    expect(second).toEqual(Array(200).fill('EEXIST'))
    const third = sourceOf(client, ...services, addServer(mark(999), server('192.0.2.1', 80)))
    expect(await failuresOf(client, third)).toEqual([...Array(200).fill('EEXIST'), 'ESRCH'])
  })

  it('of another client belongs to that one', async () => {
    const kernel = new FakeKernel()
    const client = await IpvsClient.open({ transport: kernel.connect() })
    const one = sourceOf(client, addService(mark(1)), addService(mark(1)))
    const two = sourceOf(client, addServer(mark(1), server('192.0.2.1', 80)))
    expect(await failuresOf(client, two)).toEqual(['ESRCH'])
    expect(await failuresOf(client, one)).toEqual([undefined, 'EEXIST'])
  })
})

describe('the time to wait for an answer', () => {
  it.each([0, -1, Number.NaN, 0.5, 2 ** 31, Number.NEGATIVE_INFINITY])(
    'cannot be %d ms',
    async (answerTimeout) => {
      const { transport, calls } = counted(new FakeKernel().connect())
      await expect(IpvsClient.open({ transport, answerTimeout })).rejects.toThrow(
        new RangeError('answerTimeout must be from 1 to 2147483647 ms, or Infinity'),
      )
      expect(calls.close).toBe(1)
    },
  )

  it.each([2 ** 31 - 1, Number.POSITIVE_INFINITY])(
    'may be %d ms, and then does not end at once',
    async (answerTimeout) => {
      const kernel = new FakeKernel()
      const client = await IpvsClient.open({ transport: kernel.connect(), answerTimeout })
      kernel.dropReply(2)
      let ended = false
      const call = client.timeouts().finally(() => {
        ended = true
      })
      await new Promise((resolve) => setTimeout(resolve, 50))
      expect(ended).toBe(false)
      client.close()
      await expect(call).rejects.toMatchObject(closed)
    },
  )
})

describe('the event loop', () => {
  /** Milliseconds of the processor: those of a busy machine's other work do not count. */
  const now = () => process.cpuUsage(begin).user / 1000
  const begin = process.cpuUsage()

  /** The longest time between two turns of a timer while the work goes on, and the count of turns. */
  async function turnsDuring(work: () => Promise<unknown>) {
    let last = now()
    let longest = 0
    let turns = 0
    const timer = setInterval(() => {
      const turn = now()
      longest = Math.max(longest, turn - last)
      last = turn
      turns++
    }, 10)
    const start = last
    await work()
    clearInterval(timer)
    const took = now() - start
    return { longest: Math.max(longest, now() - last), turns, took }
  }

  /** A transport that answers at once, as that of Node does. */
  function immediate(inner: ReturnType<FakeKernel['connect']>): Transport {
    const replies: Uint8Array[] = []
    return {
      port: inner.port,
      send: (datagram) => inner.send(datagram),
      receive: () => replies.shift() ?? inner.receive(),
      close: () => inner.close(),
    }
  }

  it('turns during 30,000 exchanges in a row', async () => {
    const client = await IpvsClient.open({ transport: immediate(new FakeKernel().connect()) })
    const { longest, turns, took } = await turnsDuring(async () => {
      for (let i = 0; i < 30_000; i++) await client.timeouts()
    })
    // On an idle machine each lasts 10 to 15 ms.
    expect(turns).toBeGreaterThan(took / 200)
    expect(longest).toBeLessThan(1000)
  })

  it('turns while a table of 10,000 services is read', async () => {
    const client = await IpvsClient.open({ transport: immediate(new FakeKernel().connect()) })
    await client.applyAll(Array.from({ length: 10_000 }, (_, i) => addService(mark(i + 1))))
    const { longest, turns, took } = await turnsDuring(() => client.table())
    expect(turns).toBeGreaterThan(took / 1000)
    expect(longest).toBeLessThan(5000)
  })
})

describe('messages of other senders', () => {
  it('to another port are skipped', async () => {
    const inner = new FakeKernel().connect()
    const client = await IpvsClient.open({ transport: inner })
    const receive = inner.receive.bind(inner)
    let forged = 0
    inner.receive = async () => {
      const datagram = new Uint8Array(await receive())
      if (forged++ > 0) return datagram
      // A success of the same number that the kernel has not sent.
      const copy = datagram.slice()
      new DataView(copy.buffer).setUint32(12, inner.port + 1, true)
      return Buffer.concat([copy, datagram])
    }
    expect(await client.timeouts()).toMatchObject({ tcp: 900 })
  })
})

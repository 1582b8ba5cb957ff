// A table that another program changes while it is read: the kernel resumes a list by index without an indication.

import { describe, expect, it } from '@jest/globals'
import { IpvsClient } from '../../lib/ipvs/client.ts'
import type { Change } from '../../lib/model/change.ts'
import type { Transport } from '../../lib/netlink/transport.ts'
import { addServer, addService, mark, server } from '../scenarios/scenario.ts'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'

const MANY = 300
const host = (i: number) => server(`10.0.${i >> 8}.${i & 255}`, 80)
const intruder = server('192.0.2.99', 80)

/** A client of a kernel with 300 services and 300 servers; `meanwhile` gives the changes made before the nth piece of a dump is read. */
async function changing(meanwhile: (piece: number) => readonly Change[]) {
  const kernel = new FakeKernel()
  const other = await IpvsClient.open({ transport: kernel.connect() })
  await other.applyAll(Array.from({ length: MANY }, (_, i) => addService(mark(i + 1))))
  await other.applyAll(Array.from({ length: MANY }, (_, i) => addServer(mark(1), host(i))))
  const inner = kernel.connect()
  const state = { pieces: 0, dumps: 0, isChanging: false }
  const transport: Transport = {
    port: inner.port,
    send(datagram) {
      state.dumps++
      state.pieces = 0
      inner.send(datagram)
    },
    async receive() {
      state.pieces++
      if (state.isChanging) {
        for (const failure of await other.applyAll(meanwhile(state.pieces))) expect(failure).toBeUndefined()
      }
      return await inner.receive()
    },
    close: () => inner.close(),
  }
  const client = await IpvsClient.open({ transport })
  const start = () => {
    Object.assign(state, { pieces: 0, dumps: 0, isChanging: true })
  }
  return { client, state, start, kernel }
}

/** The changes, once, before the second piece of the first dump is read. */
function once(...changes: readonly Change[]): (piece: number) => readonly Change[] {
  let left = changes
  return (piece) => {
    const now = piece === 2 ? left : []
    if (piece === 2) left = []
    return now
  }
}

const keys = (list: readonly { id: unknown }[]) => list.map(({ id }) => JSON.stringify(id))
const hasNoRepetition = (list: readonly { id: unknown }[]) => new Set(keys(list)).size === list.length

describe('an entry that is added while a list is read', () => {
  it('makes the list of servers be read again, so that none comes twice', async () => {
    const { client, state, start } = await changing(once(addServer(mark(1), intruder)))
    start()
    const servers = await client.destinations(mark(1))
    expect(hasNoRepetition(servers)).toBe(true)
    expect(servers).toHaveLength(MANY + 1)
    expect(state.dumps).toBe(2)
  })

  it('makes the list of services be read again', async () => {
    const { client, start } = await changing(once(addService(mark(999))))
    start()
    const services = await client.services()
    expect(hasNoRepetition(services)).toBe(true)
  })

  it('is an error when it happens in every reading', async () => {
    let next = 1000
    const { client, state, start } = await changing((piece) =>
      piece === 2 ? [addServer(mark(1), host(next++))] : [],
    )
    start()
    await expect(client.destinations(mark(1))).rejects.toMatchObject({
      name: 'TransportError',
      code: 'INTERRUPTED',
      message: 'GET_DEST: the table kept changing while it was read',
    })
    expect(state.dumps).toBe(10)
    // The client is still usable.
    state.isChanging = false
    expect((await client.destinations(mark(1))).length).toBeGreaterThan(MANY)
  })
})

describe('an entry that is deleted while a list is read', () => {
  // Deleting one that has been read already hides one that has not.
  const deleting = () => changing(once({ kind: 'delete-server', service: mark(1), server: host(MANY - 1) }))

  it('hides another one from a single reading', async () => {
    const { client, start } = await deleting()
    start()
    expect(new Set(keys(await client.destinations(mark(1)))).size).toBe(MANY - 1)
  })

  it('hides none from a settled list', async () => {
    const { client, state, start } = await deleting()
    start()
    const servers = await client.destinations(mark(1), { settled: true })
    expect(new Set(keys(servers))).toEqual(
      new Set(Array.from({ length: MANY - 1 }, (_, i) => JSON.stringify(host(i)))),
    )
    expect(state.dumps).toBe(3)
  })
})

describe('a settled list', () => {
  it('takes two readings of a table at rest, whatever the order', async () => {
    const { client, state, start } = await changing(() => [])
    start()
    expect(await client.services({ settled: true })).toHaveLength(MANY)
    expect(state.dumps).toBe(2)
  })

  it('is an error when no two readings agree', async () => {
    let next = 1000
    // One server takes the place of another: no repetition shows it.
    const { client, start, kernel } = await changing((piece) =>
      piece === 1
        ? [{ kind: 'delete-server', service: mark(2), server: host(next) }, addServer(mark(2), host(++next))]
        : [],
    )
    const third = await IpvsClient.open({ transport: kernel.connect() })
    await third.apply(addServer(mark(2), host(next)))
    start()
    await expect(client.destinations(mark(2), { settled: true })).rejects.toMatchObject({
      code: 'INTERRUPTED',
      message: 'GET_DEST: other programs keep changing the table',
    })
  })

  it('is empty for a service that does not exist', async () => {
    const { client, start } = await changing(() => [])
    start()
    expect(await client.destinations(mark(777), { settled: true })).toEqual([])
    expect(await client.table({ settled: true })).toHaveLength(MANY)
  })
})

// A watched table: readings with the changes between them.

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { LibraryChange } from '../../lib/library/changes.ts'
import { LibraryClient } from '../../lib/library/library-client.ts'
import { changesBetween, watch } from '../../lib/library/watch.ts'
import { mark, server } from '../scenarios/scenario.ts'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'

const open = () => LibraryClient.open({ transport: new FakeKernel().connect() })
const kinds = (changes: readonly LibraryChange[]) => changes.map(({ kind }) => kind)

describe('a watched table', () => {
  it('comes with all of it first, and then with what has changed', async () => {
    const client = await open()
    await client.addService(mark(1))
    await client.addServer(mark(1), server('192.0.2.1', 80))
    const steps: (() => Promise<unknown>)[] = [
      () => client.updateServer(mark(1), server('192.0.2.1', 80), { weight: 9 }),
      async () => {},
      () =>
        client.applyAll([
          { kind: 'delete-service', service: mark(1) },
          { kind: 'add-service', service: mark(2), config: {} },
        ]),
    ]
    const seen: string[][] = []
    for await (const { changes } of watch(client, { interval: 1 })) {
      seen.push(kinds(changes))
      const step = steps.shift()
      if (step === undefined) break
      await step()
    }
    expect(seen).toEqual([
      ['add-service', 'add-server'],
      ['edit-server'],
      [],
      ['delete-service', 'add-service'],
    ])
  })

  it('ends without an error when the signal is aborted, also between two readings', async () => {
    const client = await open()
    const abort = new AbortController()
    let readings = 0
    for await (const { table } of watch(client, { interval: 2 ** 31 - 1, signal: abort.signal })) {
      expect(table).toEqual([])
      readings++
      setTimeout(() => abort.abort(), 10)
    }
    expect(readings).toBe(1)
    for await (const _ of watch(client, { signal: abort.signal })) throw new Error('a reading')
  })

  it('passes the failures of the client on', async () => {
    const client = await open()
    client.close()
    await expect(watch(client).next()).rejects.toMatchObject({ code: 'CLOSED' })
  })

  it.each([0, -1, Number.NaN, 2 ** 31, Number.POSITIVE_INFINITY])(
    'cannot be read every %d ms',
    async (interval) => {
      await expect(watch(await open(), { interval }).next()).rejects.toThrow(
        new RangeError('interval must be from 1 to 2147483647 ms'),
      )
    },
  )
})

describe('the changes between two tables', () => {
  /** A table of a few services, each with a scheduler and with servers by their weights. */
  const description = fc.dictionary(
    fc.constantFrom('1', '2', '3'),
    fc.record({
      scheduler: fc.constantFrom('rr', 'wlc'),
      servers: fc.dictionary(fc.constantFrom('192.0.2.1', '192.0.2.2'), fc.nat(3)),
    }),
  )

  async function fill(client: LibraryClient, table: Described) {
    for (const [fwmark, { scheduler, servers }] of Object.entries(table)) {
      await client.addService(mark(Number(fwmark)), { scheduler })
      for (const [address, weight] of Object.entries(servers)) {
        await client.addServer(mark(Number(fwmark)), server(address, 80), { weight })
      }
    }
  }
  type Described = Record<string, { scheduler: string; servers: Record<string, number> }>

  it('make the second of the first', async () => {
    await fc.assert(
      fc.asyncProperty(description, description, async (one, two) => {
        const [first, second] = [await open(), await open()]
        await fill(first, one)
        await fill(second, two)
        const wanted = await second.table()
        expect(await first.applyAll(changesBetween(await first.table(), wanted))).toEqual([])
        expect(changesBetween(await first.table(), wanted)).toEqual([])
      }),
      { numRuns: 50 },
    )
  })
})

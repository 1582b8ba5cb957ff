// The words of failures, from those of the library and of etcd.

import { once } from 'node:events'
import { createServer, type ServerHttp2Session } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { status } from '@grpc/grpc-js'
import { afterEach, describe, expect, it } from '@jest/globals'
import { storeError } from '../../lib/fleet/etcd-errors.ts'
import { EtcdStore } from '../../lib/fleet/etcd-store.ts'

describe('a call that fails', () => {
  it.each([
    ['Deadline exceeded after 5.000s,Waiting for LB pick', 'there is no answer'],
    ['Deadline exceeded after 5.006s,name resolution: 0.001s,Waiting for LB pick', 'there is no answer'],
    [
      'Deadline exceeded after 5.0s,metadata filters: 0.001s,remote_addr=127.0.0.1:2379',
      'there is no answer',
    ],
    [
      'No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:1',
      'connect ECONNREFUSED 127.0.0.1:1',
    ],
  ])('%s', (details, message) => {
    const error = Object.assign(new Error(details), { code: status.DEADLINE_EXCEEDED, details })
    expect(storeError(error)).toMatchObject({ failure: 'unavailable', message })
  })

  it.each([
    ['context deadline exceeded', 'there is no answer'],
    ['context canceled', 'context canceled'],
  ])('%s, as etcd 3.4 says it', (details, message) => {
    const error = Object.assign(new Error(details), { code: status.UNKNOWN, details })
    expect(storeError(error)).toMatchObject({ failure: 'unavailable', message })
  })
})

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

/** A member that answers calls after so many with nothing that was found; those before not, or with these words. */
async function member(silent: number, words?: string) {
  let calls = 0
  const sessions = new Set<ServerHttp2Session>()
  const server = createServer((_, response) => {
    const refused = ++calls <= silent
    if (refused && words === undefined) return
    const type = { 'content-type': 'application/grpc' }
    if (refused) {
      const refusal = { 'grpc-status': `${status.UNKNOWN}`, 'grpc-message': words }
      return response.stream.respond({ ':status': 200, ...type, ...refusal }, { endStream: true })
    }
    response.writeHead(200, type)
    response.addTrailers({ 'grpc-status': '0' })
    // A message without fields, with its head.
    response.end(Buffer.alloc(5))
  })
  server.on('session', (session) => sessions.add(session))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const store = new EtcdStore({ endpoints: [`127.0.0.1:${(server.address() as AddressInfo).port}`] })
  cleanups.push(() => {
    store.close()
    for (const session of sessions) session.destroy()
    server.close()
  })
  return { server, store, calls: () => calls }
}

describe('a member that has a call, but does not answer in time, as without a leader', () => {
  it('is asked again', async () => {
    const { store, calls } = await member(1)
    expect(await store.get('/a')).toEqual({ revision: 0, entries: [] })
    expect(calls()).toBe(2)
  })

  it('is asked again if its own time for the call is over first', async () => {
    const { store, calls } = await member(1, 'context deadline exceeded')
    expect(await store.get('/a')).toEqual({ revision: 0, entries: [] })
    expect(calls()).toBe(2)
  })

  it('is not asked again by a store that was closed', async () => {
    const { server, store, calls } = await member(1)
    const asked = store.get('/a').catch((error: Error) => error)
    await once(server, 'request')
    store.close()
    expect(await asked).toMatchObject({ failure: 'unavailable' })
    expect(calls()).toBe(1)
  })
})

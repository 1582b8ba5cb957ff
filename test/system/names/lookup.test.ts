// Host names, as far as the machine's own files and the loopback answer.

import { describe, expect, it } from '@jest/globals'
import type { Address } from '../../../lib/model/address.ts'
import { lookUpHosts, lookUpNames } from '../../../lib/system/names/lookup.ts'

describe('addresses of names', () => {
  it('IPv4 only, each name once', async () => {
    const found = await lookUpHosts(['localhost', 'localhost', '127.0.0.9'])
    expect([...found]).toEqual([
      ['localhost', '127.0.0.1'],
      ['127.0.0.9', '127.0.0.9'],
    ])
  })

  it('an IPv6 address, with a zone or without, has none', async () => {
    const found = await lookUpHosts(['::1', 'fe80::1%lo'])
    expect([...found.values()]).toEqual([null, null])
  })

  it('nothing asked, nothing found', async () => {
    expect((await lookUpHosts([])).size).toBe(0)
  })
})

describe('names of addresses', () => {
  it('what is known in time', async () => {
    const names = await lookUpNames(['127.0.0.1', '127.0.0.1'] as Address[])
    expect(names.get('127.0.0.1')).toMatch(/^[\w.-]+$/)
  })

  it('no longer than is said', async () => {
    const start = performance.now()
    await lookUpNames(['192.0.2.1', '192.0.2.2', '2001:db8::1'] as Address[], 20)
    expect(performance.now() - start).toBeLessThan(2000)
  })

  it('of nothing are none', async () => {
    expect((await lookUpNames([])).size).toBe(0)
  })
})

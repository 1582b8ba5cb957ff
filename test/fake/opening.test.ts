// Opening a client, on kernels with and without ip_vs, and on kernels of other ages.

import { describe, expect, it } from '@jest/globals'
import { IpvsClient } from '../../lib/ipvs/client.ts'
import { addServer, addService, mark, server } from '../scenarios/scenario.ts'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'

describe('opening', () => {
  it('loads the module once when the kernel has no ip_vs', async () => {
    const kernel = new FakeKernel({ hasFamily: false })
    let loads = 0
    const client = await IpvsClient.open({
      transport: kernel.connect(),
      loadModule: () => {
        loads++
        kernel.addFamily(0x33)
      },
    })
    expect(loads).toBe(1)
    expect(client.info).toEqual({ version: 0x010201, connectionTableSize: 4096 })
  })

  it('does not load a present module', async () => {
    const loadModule = () => {
      throw new Error('it is there')
    }
    const client = await IpvsClient.open({ transport: new FakeKernel().connect(), loadModule })
    expect(client.info.version).toBe(0x010201)
  })

  it.each([
    [true, 'Protocol not available'],
    [false, 'Permission denied (you must be root)'],
  ])('says why not (privileged: %s)', async (privileged, reason) => {
    const kernel = new FakeKernel({ hasFamily: false })
    let loads = 0
    const loadModule = () => {
      loads++
    }
    const opening = IpvsClient.open({ transport: kernel.connect(), privileged, loadModule })
    await expect(opening).rejects.toMatchObject({ name: 'UnavailableError', code: 'UNAVAILABLE', reason })
    expect(loads).toBe(1)
  })

  it('says that permission is missing', async () => {
    const kernel = new FakeKernel()
    kernel.dropPermission()
    await expect(IpvsClient.open({ transport: kernel.connect() })).rejects.toMatchObject({
      reason: 'Permission denied (you must be root)',
    })
  })
})

describe('kernels of other ages', () => {
  const replies = async (change: (kernel: FakeKernel) => void) => {
    const kernel = new FakeKernel()
    const client = await IpvsClient.open({ transport: kernel.connect() })
    await client.applyAll([addService(mark(1)), addServer(mark(1), server('192.0.2.1', 80))])
    kernel.setCounters('fwmark 1', { conns: 5n, inbytes: 7n })
    const before = await client.table()
    change(kernel)
    return { before, after: await client.table() }
  }

  it('a newer one: skips unknown attributes at every level', async () => {
    const { before, after } = await replies((kernel) => kernel.addUnknownAttributes())
    expect(after).toEqual(before)
    expect(after[0]?.service.observed.stats.connections).toBe(5n)
  })

  it('before 4.1: uses the old counters', async () => {
    const { before, after } = await replies((kernel) => kernel.withoutStats64())
    expect(after).toEqual(before)
  })

  it('before 3.18 and 5.3: a server is of its family, its tunnel ipip', async () => {
    const { before, after } = await replies((kernel) => {
      kernel.withoutAddressFamily()
      kernel.withoutTunnelAttributes()
    })
    expect(after).toEqual(before)
  })
})

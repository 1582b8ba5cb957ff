// The connections of a service, which the kernel's list does not name.

import { describe, expect, it } from '@jest/globals'
import { IpvsClient } from '../../lib/ipvs/client.ts'
import { connectionLines } from '../../lib/ipvs/connection-list.ts'
import { connectionsOf } from '../../lib/ipvs/service-connections.ts'
import type { Address } from '../../lib/model/address.ts'
import type { ServiceId } from '../../lib/model/service.ts'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'
import { run } from '../support/run.ts'

const LIST = `Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData
TCP 0A090003 2711 0A090001 0050 0A090002 1F90 ESTABLISHED     896
TCP 0A090003 0000 0A090001 0050 0A090002 1F90 ASSURED          60
TCP 0A090003 2712 0A090001 01BB 0A090002 01BB ESTABLISHED     896
TCP 0A090003 0000 0A090001 0000 0A090002 0000 ASSURED          60
UDP 0A090003 2713 0A090001 0050 0A090002 1F90 UDP              60
TCP 0A090003 2714 0A090009 0016 0A090002 0016 ESTABLISHED     896
IP  0A090003 0000 00000007 0000 0A090002 0000 ASSURED          60
TCP 0A090003 2715 0A090009 0017 0A09000C 1F90 ESTABLISHED     896
TCP 0A090003 2716 0A090009 0018 0A09000C 1F91 ESTABLISHED     896
TCP fd00:0000:0000:0000:0000:0000:0000:0003 2717 fd00:0000:0000:0000:0000:0000:0000:0001 0050 fd00:0000:0000:0000:0000:0000:0000:0002 1F90 ESTABLISHED     896
IP  fd00:0000:0000:0000:0000:0000:0000:0003 0000 0000:0007:0000:0000:0000:0000:0000:0000 0000 fd00:0000:0000:0000:0000:0000:0000:0002 0000 ASSURED          60
`
const TABLE = `
-A -t 10.9.0.1:80
-a -t 10.9.0.1:80 -r 10.9.0.2:8080 -m
-A -t 10.9.0.1:0 -p
-a -t 10.9.0.1:0 -r 10.9.0.2:0 -m
-A -f 7
-a -f 7 -r 10.9.0.2 -m
-a -f 7 -r 10.9.0.12:8080 -m
-A -f 7 -6
`

async function director() {
  const kernel = new FakeKernel()
  for (const line of TABLE.trim().split('\n')) expect((await run(kernel, line)).stderr).toBe('')
  return kernel
}

/** The numbers of the lines, from 1. */
async function belonging(id: ServiceId): Promise<number[]> {
  const client = await IpvsClient.open({ transport: (await director()).connect() })
  const belongs = await connectionsOf(id, client)
  const numbers: number[] = []
  let number = 0
  for (const line of connectionLines([LIST])) {
    number++
    if (belongs(line)) numbers.push(number)
  }
  return numbers
}

const tcp = (address: string, port: number): ServiceId => ({
  family: address.includes(':') ? 'inet6' : 'inet',
  protocol: 'tcp',
  address: address as Address,
  port,
})

describe('the connections of', () => {
  it.each([
    ['a service: those to its address and port, and their templates', tcp('10.9.0.1', 80), [1, 2]],
    ['a UDP service', { ...tcp('10.9.0.1', 80), protocol: 'udp' as const }, [5]],
    ['a service of port 0: what no other service of that address has', tcp('10.9.0.1', 0), [3, 4]],
    ['a deleted service', tcp('10.9.0.9', 22), [6]],
    ['an IPv6 service', tcp('fd00::1', 80), [10]],
    [
      'a mark: its templates, and what goes to its servers from no other service',
      { family: 'inet' as const, fwmark: 7 },
      [5, 6, 7, 8],
    ],
    ['a mark of IPv6', { family: 'inet6' as const, fwmark: 7 }, [11]],
  ])('%s', async (_what, id, numbers) => {
    expect(await belonging(id)).toEqual(numbers)
  })

  it('a mark that has no service are an error', async () => {
    await expect(belonging({ family: 'inet', fwmark: 8 })).rejects.toMatchObject({ code: 'ESRCH' })
  })
})

describe('-L -c with a service', () => {
  const machine = { readChunks: () => [Buffer.from(LIST)] }
  const list = async (words: string) => await run(await director(), words, { machine })

  it('prints the connections of that service', async () => {
    const { status, stdout } = await list('-L -c -n -t 10.9.0.1:80')
    expect(status).toBe(0)
    expect(stdout).toBe(`IPVS connection entries
pro expire state       source             virtual            destination
TCP 14:56  ESTABLISHED 10.9.0.3:10001     10.9.0.1:80        10.9.0.2:8080
TCP 01:00  ASSURED     10.9.0.3:0         10.9.0.1:80        10.9.0.2:8080
`)
  })

  it('prints them as JSON', async () => {
    const { stdout } = await list('-L -c -f 7 --json-lines')
    expect(stdout.trim().split('\n')).toHaveLength(4)
  })

  it('reports an unknown mark', async () => {
    const { status, stderr } = await list('-L -c -f 9')
    expect([status, stderr]).toEqual([1, 'No such service\n'])
  })
})

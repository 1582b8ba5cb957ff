// The clients of a server, from the kernel's list of connections.
import { describe, expect, it } from '@jest/globals'
import { clientsOf, MOST_CLIENTS } from '../../lib/drain/clients.ts'
import { IpvsClient } from '../../lib/ipvs/client.ts'
import type { Address } from '../../lib/model/address.ts'
import type { ServiceId } from '../../lib/model/service.ts'
import type { System } from '../../lib/system/system.ts'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'

const HEADING = 'Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData\n'
const VIP: ServiceId = { family: 'inet', protocol: 'udp', address: '192.0.2.1' as Address, port: 514 }

async function clients(lines: string | Error, port = 514) {
  const client = await IpvsClient.open({ transport: new FakeKernel().connect() })
  const readChunks = () => {
    if (lines instanceof Error) throw lines
    return [Buffer.from(`${HEADING}${lines}`)]
  }
  const server = { family: 'inet', address: '10.0.0.11' as Address, port } as const
  return await clientsOf(client, VIP, server, { readChunks } as unknown as System)
}

const LINES = `UDP CB00710A AC55 C0000201 0202 0A00000B 0202 UDP             299
UDP CB00710A AC56 C0000201 0202 0A00000B 0203 UDP             298
UDP CB00710A AC57 C0000201 0202 0A00000C 0202 UDP             297
TCP CB00710A AC58 C0000201 0202 0A00000B 0202 ESTABLISHED     296
UDP CB007100 0000 C0000201 0202 0A00000B 0000 NONE            300
`

describe('clientsOf', () => {
  it('finds connections and templates to the server, but not to others', async () => {
    expect(await clients(LINES)).toEqual([
      { protocol: 'udp', address: '203.0.113.0', port: undefined, state: 'NONE', expires: 300 },
      { protocol: 'udp', address: '203.0.113.10', port: 44117, state: 'UDP', expires: 299 },
    ])
  })

  it('finds those to every port of a server without a port', async () => {
    expect((await clients(LINES, 0)).map(({ expires }) => expires)).toEqual([300, 299, 298])
  })

  it('keeps those with the longest remaining time', async () => {
    const line = (i: number) =>
      `UDP CB00710A ${(1024 + i).toString(16).toUpperCase().padStart(4, '0')} C0000201 0202 0A00000B 0202 UDP ${i}\n`
    const found = await clients(Array.from({ length: 1000 }, (_, i) => line((i * 7) % 1000)).join(''))
    expect(found.map(({ expires }) => expires)).toEqual(
      Array.from({ length: MOST_CLIENTS }, (_, i) => 999 - i),
    )
  })

  it('finds none if the list cannot be read', async () => {
    expect(await clients(new Error('ENOENT'))).toEqual([])
  })
})

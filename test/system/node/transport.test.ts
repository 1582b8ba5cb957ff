// The transport of Node on this machine's kernel: the family controller and the routes need no rights.

import { closeSync, existsSync, fstatSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { TransportError } from '../../../lib/model/errors.ts'
import { AttributeWriter, received } from '../../../lib/netlink/attributes.ts'
import { GenericConnection } from '../../../lib/netlink/generic-connection.ts'
import { eachMessage, NLMSG_DONE } from '../../../lib/netlink/message.ts'
import { nodeSystem } from '../../../lib/system/node/system.ts'
import { NodeTransport } from '../../../lib/system/node/transport.ts'
import { until } from '../../support/until.ts'

const NLM_F_REQUEST = 1
const NLM_F_DUMP = 0x300
const RTM_GETROUTE = 26

/** `struct nlmsghdr` and a `struct rtmsg` that asks for all routes. */
function routeRequest(sequence: number): Uint8Array {
  const writer = new AttributeWriter()
  writer.u32(16 + 12)
  writer.u16(RTM_GETROUTE)
  writer.u16(NLM_F_REQUEST | NLM_F_DUMP)
  writer.u32(sequence)
  writer.u32(0)
  writer.zeros(12)
  return writer.written
}

/** Types of all messages up to the end of a dump. */
async function dump(transport: NodeTransport, sequence: number): Promise<number[]> {
  const types: number[] = []
  while (types.at(-1) !== NLMSG_DONE) {
    eachMessage(received(await transport.receive()), (header) => {
      expect([header.sequence, header.port]).toEqual([sequence, transport.port])
      types.push(header.type)
    })
  }
  return types
}

describe('the family controller', () => {
  it('finds itself, and no unknown family', async () => {
    const connection = new GenericConnection(await nodeSystem.transport())
    expect(await connection.join('no such family', 1)).toBe(false)
    expect(await connection.join('nlctrl', 2)).toBe(true)
    connection.close()
  })

  it('answers a thousand times in a row', async () => {
    const connection = new GenericConnection(await nodeSystem.transport('generic'))
    for (let i = 0; i < 1000; i++) expect(await connection.join('nlctrl', 2)).toBe(true)
    connection.close()
  })
})

describe('a socket of routes', () => {
  it('dumps the routes', async () => {
    const transport = (await nodeSystem.transport('route')) as NodeTransport
    for (const sequence of [1, 2, 0xffffffff]) {
      transport.send(routeRequest(sequence))
      expect((await dump(transport, sequence)).at(-1)).toBe(NLMSG_DONE)
    }
    transport.close()
  })

  it('gives a datagram that comes after it is waited for', async () => {
    const transport = new NodeTransport('route')
    const first = transport.receive()
    expect(first).toBeInstanceOf(Promise)
    transport.send(routeRequest(7))
    eachMessage(received(await first), (header) => expect(header.sequence).toBe(7))
    transport.close()
  })
})

describe('a socket that fails', () => {
  it('rejects a datagram that is too large', () => {
    const transport = new NodeTransport()
    const failure = { name: 'TransportError', code: 'EMSGSIZE', message: 'netlink socket: EMSGSIZE' }
    expect(() => transport.send(new Uint8Array(64 << 20))).toThrow(expect.objectContaining(failure))
    transport.close()
  })

  it('fails every call after it is closed, and closes once', () => {
    const transport = new NodeTransport()
    transport.close()
    transport.close()
    for (const call of [() => transport.send(routeRequest(1)), () => transport.receive()]) {
      expect(call).toThrow(expect.objectContaining({ name: 'TransportError', code: 'CLOSED' }))
    }
  })

  it('uses no descriptor after it is closed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ipvsadm-'))
    const free = openSync('/dev/null', 'r')
    closeSync(free)
    const transport = new NodeTransport()
    expect(fstatSync(free).isSocket()).toBe(true)
    transport.close()
    // The socket is closed by the event loop. Then a file has its number.
    await until(() => !existsSync(`/proc/self/fd/${free}`))
    const path = join(folder, 'file')
    const descriptor = openSync(path, 'w+')
    try {
      expect(descriptor).toBe(free)
      expect(() => transport.send(routeRequest(1))).toThrow(TransportError)
      expect(readFileSync(path)).toHaveLength(0)
    } finally {
      closeSync(descriptor)
      rmSync(folder, { recursive: true })
    }
  })

  it('rejects a wait when it is closed', async () => {
    const transport = new NodeTransport()
    const waiting = transport.receive() as Promise<Uint8Array>
    transport.close()
    await expect(waiting).rejects.toMatchObject({ name: 'TransportError', code: 'CLOSED' })
  })
})

// The fake kernel's sockets, and its injected faults.

import { describe, expect, it } from '@jest/globals'
import { ask, drain, errnos } from '../support/fake-kernel/ask.ts'
import { ERRNO } from '../support/fake-kernel/constants.ts'
import { FakeKernel, type FakeKernelOptions } from '../support/fake-kernel/fake-kernel.ts'
import { daemon, datagram, destination, request, service } from '../support/fake-kernel/request-builder.ts'

const ACK = 0x04
const DUMP = 0x300
const mark = (fwmark: number) => service({ fwmark, scheduler: 'rr' })

/** A kernel with firewall marks 1 to `count`. */
async function marks(count: number, options?: FakeKernelOptions): Promise<FakeKernel> {
  const kernel = new FakeKernel(options)
  for (let i = 1; i <= count; i++)
    expect(await errnos(kernel, request('NEW_SERVICE', 0, mark(i)))).toEqual([])
  return kernel
}

/** The flags of every message in the datagrams, as [type, flags]. */
const flagsOf = (replies: readonly string[]): [number, number][] =>
  replies.flatMap((reply) => {
    const bytes = Buffer.from(reply, 'hex')
    const found: [number, number][] = []
    for (let at = 0; at < bytes.length; at += bytes.readUInt32LE(at))
      found.push([bytes.readUInt16LE(at + 4), bytes.readUInt16LE(at + 6)])
    return found
  })

describe('sockets', () => {
  it('give a dump in several datagrams, the first of a page, and DONE alone', async () => {
    const kernel = await marks(250, { receiveSize: 16384 })
    const replies = await ask(kernel, request('GET_SERVICE', DUMP))
    const sizes = replies.map((reply) => reply.length / 2)
    expect(Math.max(...sizes.slice(0, 1))).toBeLessThanOrEqual(3776)
    expect(Math.max(...sizes)).toBeGreaterThan(16000)
    expect(sizes.at(-1)).toBe(20)
    expect(flagsOf(replies)).toHaveLength(251)
    expect(new Set(flagsOf(replies).map(([type, flags]) => `${type} ${flags}`))).toEqual(
      new Set(['27 2', '3 2']),
    )
  })

  it('have one dump at a time each', async () => {
    const kernel = await marks(30)
    expect(await errnos(kernel, request('GET_SERVICE', DUMP), request('GET_SERVICE', DUMP))).toEqual([16])
    const [one, two] = [kernel.connect(), kernel.connect()]
    one.send(request('GET_SERVICE', DUMP))
    two.send(request('GET_SERVICE', DUMP))
    expect(flagsOf(await drain(two))).toHaveLength(31)
    expect(flagsOf(await drain(one))).toHaveLength(31)
    expect(one.port).not.toBe(two.port)
  })

  it('send, receive and close', async () => {
    const transport = new FakeKernel().connect()
    expect(() => transport.send(new Uint8Array())).toThrow('ENODATA')
    expect(() => transport.send(new Uint8Array(212961))).toThrow('EMSGSIZE')
    const reply = transport.receive()
    transport.send(Buffer.from(request('GET_INFO')))
    expect(await reply).toHaveLength(36)
    const never = transport.receive()
    transport.close()
    await expect(never).rejects.toMatchObject({ code: 'EBADF' })
    await expect(transport.receive()).rejects.toThrow('EBADF')
  })

  it('drop messages that do not fit their receive buffer, and report that first', async () => {
    const transport = new FakeKernel().connect()
    transport.send(datagram(...Array.from({ length: 400 }, () => request(18))))
    await expect(transport.receive()).rejects.toMatchObject({ code: 'ENOBUFS', errno: ERRNO.ENOBUFS })
    expect(await drain(transport)).toHaveLength(277) // as measured on Linux 6.1
  })
})

describe('faults', () => {
  it('the nth request fails and is not done', async () => {
    const kernel = await marks(1)
    kernel.failAt(2, ERRNO.ENOMEM)
    const messages = [2, 3, 4].map((each) => request('NEW_SERVICE', ACK, mark(each)))
    expect(await errnos(kernel, ...messages)).toEqual([0, ERRNO.ENOMEM, 0])
    expect(Object.keys(kernel.snapshot().services)).toEqual(['fwmark 1', 'fwmark 2', 'fwmark 4'])
  })

  it('dumps are interrupted the given number of times', async () => {
    const kernel = await marks(2)
    const list = async () =>
      flagsOf(await ask(kernel, request('GET_SERVICE', DUMP))).map(([, flags]) => flags)
    kernel.interruptDumps(2)
    expect(await list()).toEqual([0x02, 0x12, 0x02])
    expect(await list()).toEqual([0x02, 0x12, 0x02])
    expect(await list()).toEqual([0x02, 0x02, 0x02])
    kernel.interruptDumps(1, 'done')
    expect(await list()).toEqual([0x02, 0x02, 0x12])
  })

  it('an empty dump can only be interrupted in its DONE', async () => {
    const kernel = new FakeKernel()
    kernel.interruptDumps(1)
    expect(flagsOf(await ask(kernel, request('GET_SERVICE', DUMP)))).toEqual([[3, 0x12]])
  })

  it('a dump ends in an error', async () => {
    const kernel = await marks(1)
    kernel.failDumps(1, ERRNO.ENOMEM)
    const done = async () => (await ask(kernel, request('GET_SERVICE', DUMP))).at(-1)?.slice(32)
    expect(await done()).toBe('f4ffffff')
    expect(await done()).toBe('00000000')
  })

  it('replies are cut, changed and lost, each the nth from now', async () => {
    const kernel = new FakeKernel()
    kernel.truncateReply(1, 21)
    kernel.corruptReply(2, (bytes) => bytes.fill(0xff))
    kernel.dropReply(3)
    const replies = await ask(kernel, ...Array.from({ length: 4 }, () => request('GET_INFO')))
    expect(replies.map((reply) => reply.length / 2)).toEqual([21, 36, 36])
    expect(replies[1]).toBe('ff'.repeat(36))
  })

  it('a newer kernel sends unknown attributes', async () => {
    const kernel = await marks(1)
    kernel.addUnknownAttributes()
    const [reply] = await ask(kernel, request('GET_SERVICE', 0, mark(1)))
    expect(reply?.match(/09003e000102030405000000/g)).toHaveLength(5)
  })

  it('an older kernel sends fewer attributes', async () => {
    const kernel = await marks(1)
    kernel.withoutStats64()
    kernel.withoutTunnelAttributes()
    kernel.withoutAddressFamily()
    const server = { address: '198.51.100.1', method: 2, tunnel: [1, 6080, 0] } as const
    expect(await errnos(kernel, request('NEW_DEST', ACK, mark(1), destination(server)))).toEqual([0])
    const [reply = ''] = await ask(kernel, request('GET_DEST', DUMP, mark(1)))
    for (const [length, type] of [
      ['a000', '0c00'],
      ['0500', '0d00'],
      ['0600', '0b00'],
    ]) // STATS64, TUN_TYPE, ADDR_FAMILY
      expect(reply).not.toContain(`${length}${type}`)
    expect(kernel.snapshot().services['fwmark 1']?.destinations['198.51.100.1:80']?.tunnelType).toBe(0)
  })
})

describe('a test can inspect', () => {
  it('the requests, by datagram', async () => {
    const kernel = await marks(1)
    await ask(kernel, request('GET_SERVICE', DUMP), request('NEW_SERVICE', ACK, mark(1)))
    const common = { datagram: 1, port: 4243 }
    expect(kernel.requests.slice(1)).toEqual([
      { ...common, command: 'GET_SERVICE', subject: '', isDump: true, wantsAck: false, errno: 0 },
      {
        ...common,
        command: 'NEW_SERVICE',
        subject: 'fwmark 1',
        isDump: false,
        wantsAck: true,
        errno: ERRNO.EEXIST,
      },
    ])
    expect(kernel.datagrams).toBe(2)
  })

  it('the table, the timeouts and the daemons', async () => {
    const kernel = new FakeKernel()
    const web = service({
      address: '2001:db8::1:0',
      port: 443,
      scheduler: 'wlc',
      timeout: 50,
      netmask: 64,
      flags: 1,
    })
    await ask(
      kernel,
      request('NEW_SERVICE', 0, web),
      request(
        'NEW_DEST',
        0,
        web,
        destination({ address: '10.0.0.1', method: 2, weight: 7, tunnel: [2, 0, 1] }),
      ),
      request('NEW_SERVICE', 0, service({ address: '0.0.0.0', port: 0, scheduler: 'none', netmask: 0xffff })),
      request('NEW_DAEMON', 0, daemon(2, 'eth0', 3)), // refused: the families are mixed
      request('DEL_DEST', 0, web, destination({ address: '10.0.0.1' })),
      request('NEW_DAEMON', 0, daemon(2, 'eth1', 3)),
    )
    expect(kernel.snapshot()).toEqual({
      services: {
        'tcp 0.0.0.0:0': {
          scheduler: 'none',
          pe: '',
          flags: 2,
          timeout: 0,
          netmask: '255.255.0.0',
          destinations: {},
        },
        'tcp [2001:db8::1:0]:443': {
          scheduler: 'wlc',
          pe: '',
          flags: 3,
          timeout: 50,
          netmask: 64,
          destinations: {},
        },
      },
      timeouts: { tcp: 900, tcpFin: 120, udp: 300 },
      daemons: {
        backup: { interface: 'eth1', syncId: 3, maxLength: 8972, port: 8848, ttl: 1, group: '224.0.0.81' },
      },
    })
  })
})

describe('another program that acts between two datagrams of a dump', () => {
  /** The messages of a dump of 100 services, DONE included, when `act` happens once after its first piece. */
  async function dumped(act: (kernel: FakeKernel) => void): Promise<number> {
    const kernel = await marks(100)
    kernel.meanwhile(({ command, piece }) => {
      if (command === 'GET_SERVICE' && piece === 1) act(kernel)
    })
    const replies = await ask(kernel, request('GET_SERVICE', DUMP))
    return flagsOf(replies).length
  }

  it('makes it repeat an entry by adding one', async () => {
    const add = request('NEW_SERVICE', 0, mark(101))
    expect(await dumped((kernel) => kernel.connect().send(add))).toBe(102)
  })

  it('makes it leave one out by removing another', async () => {
    const remove = request('DEL_SERVICE', 0, service({ fwmark: 100 }))
    expect(await dumped((kernel) => kernel.connect().send(remove))).toBe(100)
  })

  it('is not called for its own requests', async () => {
    const kernel = await marks(1)
    let calls = 0
    kernel.meanwhile(() => {
      calls++
      kernel.connect().send(request('NEW_SERVICE', 0, mark(2)))
    })
    await ask(kernel, request('ZERO', ACK))
    expect(calls).toBe(1)
  })
})

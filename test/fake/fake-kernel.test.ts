// The fake kernel compared with a real one, byte for byte.

import { describe, expect, it } from '@jest/globals'
import { ask, errnos, hex } from '../support/fake-kernel/ask.ts'
import * as captures from '../support/fake-kernel/captures.ts'
import { ERRNO } from '../support/fake-kernel/constants.ts'
import { FakeKernel, type FakeKernelOptions } from '../support/fake-kernel/fake-kernel.ts'
import { daemon, destination, request, service, timeouts } from '../support/fake-kernel/request-builder.ts'

const ACK = 0x04
const DUMP = 0x300
const WEB = { address: '192.0.2.1' }
const withWeb = async (options?: FakeKernelOptions): Promise<FakeKernel> => {
  const kernel = new FakeKernel(options)
  expect(await errnos(kernel, request('NEW_SERVICE', ACK, service({ ...WEB, scheduler: 'rr' })))).toEqual([0])
  return kernel
}

describe('replies are those of a real kernel', () => {
  // The captures' family number; state is made with the fake's usual one, on sockets of their own.
  const replay = async (kernel: FakeKernel, capture: typeof captures.info): Promise<void> => {
    kernel.addFamily(0x1c)
    const replies = await ask(kernel, capture.request)
    const port = Buffer.from(replies[0] ?? '', 'hex')
      .subarray(12, 16)
      .toString('hex')
    expect(replies.map((reply) => reply.replaceAll(port, '92100000'))).toEqual(capture.replies.map(hex))
    kernel.addFamily(0x1b)
  }
  const all = async (kernel: FakeKernel, ...messages: readonly Uint8Array[]): Promise<void> => {
    for (const message of messages) expect(await errnos(kernel, message)).toEqual([])
  }

  it('before anything is set', async () => {
    const kernel = new FakeKernel()
    for (const each of [
      captures.family,
      captures.noFamily,
      captures.info,
      captures.infoAcknowledged,
      captures.noServices,
      captures.timeouts,
    ])
      await replay(kernel, each)
    for (const each of [captures.noService, captures.acknowledged, captures.noDaemons])
      await replay(kernel, each)
    await all(kernel, request('SET_CONFIG', 0, timeouts(7200, 0, 15)))
    await replay(kernel, captures.timeoutsSet)
  })

  it('services and destinations', async () => {
    const kernel = new FakeKernel()
    const sip = { ...WEB, protocol: 17, port: 5060, scheduler: 'rr', pe: 'sip', flags: 5, timeout: 60 }
    const secure = { address: '2001:db8::1', port: 443, flags: 0x19, timeout: 600, netmask: 64 }
    // So that the newest first is the order that the kernel's hash table had when the capture was made.
    const services = [
      { fwmark: 0xffffffff, scheduler: 'lblcr' },
      { fwmark: 7, af: 10, scheduler: 'mh', flags: 0x10 },
      { ...WEB, protocol: 132, port: 9, scheduler: 'sed' },
      sip,
      { ...secure, scheduler: 'sh' },
      { ...WEB, scheduler: 'wlc', flags: 1, timeout: 300, netmask: 0x00ffffff },
    ]
    await all(kernel, ...services.map((each) => request('NEW_SERVICE', 0, service(each))))
    await replay(kernel, captures.services)

    const servers = [
      { address: '198.51.100.1', method: 2, weight: 3 },
      { address: '198.51.100.2', method: 2, weight: 0x7fffffff, tunnel: [1, 6080, 2] },
      { address: '198.51.100.3', method: 2, tunnel: [2, 0, 1], upper: 1000, lower: 10 },
      { address: '198.51.100.4', port: 8080, weight: 0 },
      { address: '198.51.100.5', method: 3 },
      { address: '2001:db8::9', method: 2 },
    ] as const
    await all(kernel, ...servers.map((each) => request('NEW_DEST', 0, service(WEB), destination(each))))
    for (const each of [captures.service, captures.destinations, captures.refused]) await replay(kernel, each)
  })

  it('daemons', async () => {
    const kernel = new FakeKernel({ interfaces: { d0: 1500 } })
    const v6 = daemon(2, 'd0', 255, (out) => {
      out.attribute(6, () => out.bytes(Buffer.from('ff020000000000000000000000000051', 'hex')))
      out.attribute(7, () => out.u16(8849))
      out.attribute(8, () => out.u8(3))
      out.attribute(4, () => out.u16(1200))
    })
    await all(kernel, request('NEW_DAEMON', 0, daemon(1, 'd0', 5)), request('NEW_DAEMON', 0, v6))
    await replay(kernel, captures.daemons)
  })

  it('counters', async () => {
    const kernel = new FakeKernel()
    const discard = { ...WEB, protocol: 17, port: 9 }
    await all(
      kernel,
      request('NEW_SERVICE', 0, service({ ...discard, scheduler: 'rr' })),
      request('NEW_DEST', 0, service(discard), destination({ address: '10.9.9.9', port: 9, method: 3 })),
    )
    const totals = { conns: 1n, inpkts: 10n, outpkts: 10n, inbytes: 1280n, outbytes: 1560n }
    const counters = { ...totals, inpps: 1n, outpps: 1n, inbps: 120n, outbps: 146n }
    kernel.setCounters('udp 192.0.2.1:9', counters)
    kernel.setCounters('udp 192.0.2.1:9', { ...counters, inactive: 1 }, '10.9.9.9:9')
    for (const each of [captures.serviceAfterTraffic, captures.destinationsAfterTraffic, captures.secondDump])
      await replay(kernel, each)

    expect(await errnos(kernel, request('ZERO', ACK))).toEqual([0])
    const [zeroed] = await ask(kernel, request('GET_SERVICE', 0, service(discard)))
    expect(zeroed).toContain('080002000000000008000300000000000c000400')
  })

  it('without padding attributes, as on x86', async () => {
    const kernel = await withWeb({ alignment: false })
    kernel.setCounters('tcp 192.0.2.1:80', { inbytes: 0x1_0000_0002n, conns: 0x1_0000_0003n })
    const [reply = ''] = await ask(kernel, request('GET_SERVICE', 0, service(WEB)))
    expect(reply).toContain(
      '5c000a0008000100030000000800020000000000080003000000000' + '00c0004000200000001000000',
    )
    expect(reply).toContain('7c000c000c00010003000000010000000c000200')
    expect(reply).not.toContain('04000b00')
  })
})

describe('errors', () => {
  const server = { address: '198.51.100.1' }
  it.each([
    ['a service twice', 'EEXIST', request('NEW_SERVICE', ACK, service({ ...WEB, scheduler: 'rr' }))],
    ['a service that is not there', 'ESRCH', request('DEL_SERVICE', ACK, service({ fwmark: 9 }))],
    [
      'an unknown scheduler',
      'ENOENT',
      request('NEW_SERVICE', ACK, service({ fwmark: 9, scheduler: 'twos' })),
    ],
    ['an unknown pe', 'ENOENT', request('SET_SERVICE', ACK, service({ ...WEB, scheduler: 'rr', pe: 'x' }))],
    ['a family', 'EAFNOSUPPORT', request('NEW_SERVICE', ACK, service({ fwmark: 9, af: 1, scheduler: 'rr' }))],
    [
      'a prefix',
      'EINVAL',
      request('NEW_SERVICE', ACK, service({ address: '::1', scheduler: 'rr', netmask: 129 })),
    ],
    ['half a service', 'EINVAL', request('NEW_SERVICE', ACK, service({ fwmark: 9 }))],
    ['no service', 'EINVAL', request('DEL_SERVICE', ACK)],
    ['a weight', 'ERANGE', request('NEW_DEST', ACK, service(WEB), destination({ ...server, weight: -1 }))],
    ['thresholds', 'ERANGE', request('NEW_DEST', ACK, service(WEB), destination({ ...server, lower: 1 }))],
    [
      'gue without port',
      'EINVAL',
      request('NEW_DEST', ACK, service(WEB), destination({ ...server, method: 2, tunnel: [1, 0, 0] })),
    ],
    ['multicast', 'EINVAL', request('NEW_DEST', ACK, service(WEB), destination({ address: '224.0.0.1' }))],
    [
      'mixed without tunnel',
      'EINVAL',
      request('NEW_DEST', ACK, service(WEB), destination({ address: '::1' })),
    ],
    ['no such server', 'ENOENT', request('SET_DEST', ACK, service(WEB), destination(server))],
    ['no such server to delete', 'ENOENT', request('DEL_DEST', ACK, service(WEB), destination(server))],
    ['no such interface', 'ENODEV', request('NEW_DAEMON', ACK, daemon(1, 'nosuch'))],
    ['no daemon', 'ESRCH', request('DEL_DAEMON', ACK, daemon(1, ''))],
    ['a timeout', 'EINVAL', request('SET_CONFIG', ACK, timeouts(21474837, 0, 0))],
    ['a command', 'EOPNOTSUPP', request(18, ACK)],
    ['a dump only', 'EOPNOTSUPP', request('GET_DAEMON', ACK)],
    ['no dump', 'EOPNOTSUPP', request('GET_INFO', ACK | DUMP)],
  ] as const)('%s: %s', async (_what, name, message) => {
    expect(await errnos(await withWeb(), message)).toEqual([ERRNO[name]])
  })

  it('no permission for anything but the family', async () => {
    const kernel = await withWeb()
    kernel.dropPermission()
    expect(await errnos(kernel, request('GET_INFO'), request('GET_SERVICE', DUMP))).toEqual([1, 1])
    expect(await ask(kernel, captures.family.request)).toHaveLength(1)
  })

  it('no ip_vs, then one with another number', async () => {
    const kernel = await withWeb()
    kernel.removeFamily()
    expect(await errnos(kernel, captures.family.request, request('FLUSH'))).toEqual([
      ERRNO.ENOENT,
      ERRNO.ENOENT,
    ])
    kernel.addFamily(0x22)
    const [reply] = await ask(kernel, captures.family.request)
    expect(reply).toContain('0600010022000000')
    expect(kernel.snapshot().services).toEqual({})
  })

  it('executes or refuses each request of a datagram separately, and drops a truncated one', async () => {
    const kernel = new FakeKernel()
    const add = (mark: number) => request('NEW_SERVICE', 0, service({ fwmark: mark, scheduler: 'rr' }))
    expect(await errnos(kernel, add(1), add(1), add(2), request('FLUSH', ACK).subarray(0, 19))).toEqual([17])
    expect(Object.keys(kernel.snapshot().services)).toEqual(['fwmark 1', 'fwmark 2'])
  })
})

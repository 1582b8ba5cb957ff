// The bytes of routing questions and their answers, as `strace ip route get` shows them.
import { describe, expect, it } from '@jest/globals'
import { parseAddress } from '../../lib/model/address.ts'
import { RouteConnection } from '../../lib/netlink/route-connection.ts'

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(/\s/g, ''), 'hex'))

const RTM_NEWLINK = 16
const RTM_NEWROUTE = 24
const NLMSG_ERROR = 2
const NLMSG_DONE = 3
const NLM_F_MULTI = 2

/** One message to port 7. */
function message(type: number, body: string, { flags = 0, sequence = 1 } = {}): Buffer {
  const payload = bytes(body)
  const header = Buffer.alloc(16)
  header.writeUInt32LE(16 + payload.length, 0)
  header.writeUInt16LE(type, 4)
  header.writeUInt16LE(flags, 6)
  header.writeUInt32LE(sequence, 8)
  header.writeUInt32LE(7, 12)
  return Buffer.concat([header, payload])
}

/** A kernel that answers with these datagrams, and records requests. */
function kernel(...datagrams: Uint8Array[]) {
  const sent: string[] = []
  const connection = new RouteConnection({
    port: 7,
    send: (datagram) => sent.push(Buffer.from(datagram).toString('hex')),
    receive: () => datagrams.shift() ?? Promise.reject(new Error('no more')),
    close: () => {},
  })
  return { sent, connection }
}

const ADDRESS = parseAddress('10.0.0.11')!
const UNREACHABLE = '9bffffff'

describe('route', () => {
  it('asks for one address, and reads interface, gateway and MTU', async () => {
    const { sent, connection } = kernel(
      message(
        RTM_NEWROUTE,
        `02 20 00 00 fe 00 00 01 00000000
         0800 0100 0a00000b
         0800 0400 03000000
         0800 0500 0a000001
         0c00 0880 0800 0200 dc050000`,
      ),
    )
    expect(await connection.route(ADDRESS)).toEqual({
      type: 'unicast',
      link: 3,
      gateway: '10.0.0.1',
      mtu: 1500,
    })
    const question = bytes(`
      24000000 1a00 0100 01000000 07000000
      02 20 00 00 00 00 00 00 00000000
      0800 0100 0a00000b`)
    expect(sent).toEqual([Buffer.from(question).toString('hex')])
  })

  it.each([
    [UNREACHABLE, 'ENETUNREACH'],
    ['8fffffff', 'EHOSTUNREACH'],
    ['f3ffffff', 'EACCES'],
    ['eaffffff', 'EINVAL'],
  ])('gives the refusal %s as %s', async (errno, error) => {
    const { connection } = kernel(message(NLMSG_ERROR, errno))
    expect(await connection.route(ADDRESS)).toEqual({ error })
  })

  it('reads a gateway of the other family', async () => {
    const via = `1600 1200 0a00 fe80 0000000000000000000000000001 0000`
    const { connection } = kernel(message(RTM_NEWROUTE, `02 20 00 00 fe 00 00 01 00000000 ${via}`))
    expect(await connection.route(ADDRESS)).toMatchObject({ gateway: 'fe80::1' })
  })

  it('skips messages of other requests', async () => {
    const { connection } = kernel(
      message(NLMSG_ERROR, UNREACHABLE, { sequence: 99 }),
      message(RTM_NEWROUTE, '02 20 00 00 ff 00 fe 02 00000000'),
    )
    expect(await connection.route(ADDRESS)).toMatchObject({ type: 'local' })
  })

  it('refuses a truncated answer', async () => {
    const { connection } = kernel(message(RTM_NEWROUTE, '02 20 00 00 fe 00 00 01 00000000 0800 0500 0a00'))
    await expect(connection.route(ADDRESS)).rejects.toThrow('malformed reply')
  })
})

describe('a dump', () => {
  const part = (type: number, body: string) => message(type, body, { flags: NLM_F_MULTI })
  const done = message(NLMSG_DONE, '00000000', { flags: NLM_F_MULTI })

  it('of routes gives the local networks of all tables', async () => {
    const { connection } = kernel(
      Buffer.concat([
        part(RTM_NEWROUTE, '02 18 00 00 64 02 fe 02 00000000 0800 0100 c6336400'),
        part(RTM_NEWROUTE, '02 18 00 00 fe 02 fd 01 00000000 0800 0100 0a000000'),
      ]),
      part(RTM_NEWROUTE, '0a 00 00 00 64 02 00 02 00000000'),
      done,
    )
    expect(await connection.localNetworks()).toEqual([
      { family: 'inet', address: '198.51.100.0', length: 24 },
      { family: 'inet6', address: '::', length: 0 },
    ])
  })

  it('of links gives their names, flags and kinds', async () => {
    const { connection } = kernel(
      part(
        RTM_NEWLINK,
        `00 00 0100 02000000 43100000 00000000
         0800 0300 76726600
         0800 0400 dc050000
         0c00 1280 0800 0100 76726600`,
      ),
      done,
    )
    expect(await connection.links()).toEqual([
      { index: 2, name: 'vrf', flags: 0x1043, mtu: 1500, kind: 'vrf' },
    ])
  })
})

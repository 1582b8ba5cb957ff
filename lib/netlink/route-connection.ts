// Queries of the kernel's routing (NETLINK_ROUTE, linux/rtnetlink.h): the route of a packet, and dumps of
// links and of local routes. Changes nothing.
import { type Address, addressFromBytes, addressToBytes, type Family, familyOf } from '../model/address.ts'
import { decodeText } from '../model/bytes.ts'
import { DecodeError, errnoName } from '../model/errors.ts'
import type { Prefix } from '../model/prefix.ts'
import { AttributeWriter, type Received, received, walk } from './attributes.ts'
import { eachMessage, errnoOf, NLM_F_DUMP, NLM_F_REQUEST, NLMSG_DONE, NLMSG_ERROR } from './message.ts'
import type { Transport } from './transport.ts'

const RTM_GETLINK = 18
const RTM_GETROUTE = 26

/** RTA_* */
const ROUTE_ATTRIBUTE = { DST: 1, OIF: 4, GATEWAY: 5, METRICS: 8, VIA: 18 } as const
const RTAX_MTU = 2
/** IFLA_* */
const LINK_ATTRIBUTE = { IFNAME: 3, MTU: 4, LINKINFO: 18 } as const
const IFLA_INFO_KIND = 1

/** Lengths of struct rtmsg and struct ifinfomsg. */
const ROUTE_HEADER = 12
const LINK_HEADER = 16

/** RTN_* */
const ROUTE_TYPES = ['unspec', 'unicast', 'local', 'broadcast', 'anycast', 'multicast'] as const
type RouteType = (typeof ROUTE_TYPES)[number] | 'other'

const AF_UNSPEC = 0
const AF_INET = 2
const AF_INET6 = 10

/** The route of a packet from this host. */
export interface Route {
  readonly type: RouteType
  /** The index of the interface; 0 if there is none. */
  readonly link: number
  /** Undefined: the destination is on the link. */
  readonly gateway: Address | undefined
  /** The MTU of the route or of path MTU discovery; undefined: the link's. */
  readonly mtu: number | undefined
}

/** The kernel's refusal to route: `ENETUNREACH`, `EHOSTUNREACH`, `EACCES` (prohibit), `EINVAL` (blackhole), … */
export interface NoRoute {
  readonly error: string
}

export interface Link {
  readonly index: number
  readonly name: string
  /** IFF_* of linux/if.h */
  readonly flags: number
  readonly mtu: number
  /** `vrf`, `bridge`, `dummy`, …; undefined for hardware. */
  readonly kind: string | undefined
}

type OnMessage = (data: Received, start: number, end: number) => void

export class RouteConnection {
  readonly #transport: Transport
  readonly #writer = new AttributeWriter(256)
  #sequence = 0

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** The route of a packet from this host to `address`. */
  async route(address: Address): Promise<Route | NoRoute> {
    const family = familyOf(address)
    let route: Route | undefined
    const errno = await this.#ask(
      RTM_GETROUTE,
      0,
      (writer) => {
        writer.u8(numberOf(family))
        writer.u8(family === 'inet' ? 32 : 128)
        writer.zeros(ROUTE_HEADER - 2)
        const at = writer.begin(ROUTE_ATTRIBUTE.DST)
        writer.bytes(addressToBytes(address))
        writer.end(at)
      },
      (data, start, end) => {
        route = readRoute(data, start, end, family)
      },
    )
    if (errno !== 0) return { error: errnoName(errno) }
    if (route === undefined) throw new DecodeError('RTM_GETROUTE', 'no route in the reply')
    return route
  }

  /** The networks for which a packet is delivered here, in the routing tables of all VRFs and policies. */
  async localNetworks(): Promise<Prefix[]> {
    const networks: Prefix[] = []
    await this.#dump(RTM_GETROUTE, ROUTE_HEADER, (data, start, end) => {
      const type = ROUTE_TYPES[data.bytes[start + 7]!]
      const family = familyOfNumber(data.bytes[start]!)
      if ((type !== 'local' && type !== 'anycast') || family === undefined) return
      let address: Address | undefined
      walk(data, start + ROUTE_HEADER, end, 'RTM_GETROUTE', (attribute, from, to) => {
        if (attribute === ROUTE_ATTRIBUTE.DST) address = readAddress(data, from, to, family)
      })
      // A route without a destination is the default route.
      const unspecified = family === 'inet' ? '0.0.0.0' : '::'
      networks.push({
        family,
        address: address ?? (unspecified as Address),
        length: data.bytes[start + 1]!,
      })
    })
    return networks
  }

  async links(): Promise<Link[]> {
    const links: Link[] = []
    await this.#dump(RTM_GETLINK, LINK_HEADER, (data, start, end) => {
      let name = ''
      let mtu = 0
      let kind: string | undefined
      walk(data, start + LINK_HEADER, end, 'RTM_GETLINK', (attribute, from, to) => {
        if (attribute === LINK_ATTRIBUTE.IFNAME) name = readString(data, from, to)
        if (attribute === LINK_ATTRIBUTE.MTU) mtu = data.view.getUint32(from, true)
        if (attribute !== LINK_ATTRIBUTE.LINKINFO) return
        walk(data, from, to, 'RTM_GETLINK/LINKINFO', (inner, first, last) => {
          if (inner === IFLA_INFO_KIND) kind = readString(data, first, last)
        })
      })
      const index = data.view.getInt32(start + 4, true)
      links.push({ index, name, flags: data.view.getUint32(start + 8, true), mtu, kind })
    })
    return links
  }

  close(): void {
    this.#transport.close()
  }

  async #dump(type: number, header: number, onMessage: OnMessage): Promise<void> {
    const fixed = (writer: AttributeWriter) => {
      writer.u8(AF_UNSPEC)
      writer.zeros(header - 1)
    }
    await this.#ask(type, NLM_F_DUMP, fixed, onMessage)
  }

  /** Sends one request and reads its replies; gives the final errno. */
  async #ask(
    type: number,
    flags: number,
    write: (writer: AttributeWriter) => void,
    onMessage: OnMessage,
  ): Promise<number> {
    const writer = this.#writer
    const sequence = ++this.#sequence
    writer.truncate(0)
    writer.u32(0)
    writer.u16(type)
    writer.u16(NLM_F_REQUEST | flags)
    writer.u32(sequence)
    writer.u32(this.#transport.port)
    write(writer)
    writer.setU32(0, writer.length)
    this.#transport.send(writer.written)
    let errno: number | undefined
    while (errno === undefined) {
      const data = received(await this.#transport.receive())
      if (data.bytes.length === 0) throw new DecodeError('netlink', 'an empty datagram')
      eachMessage(data, (header, start, end) => {
        if (header.sequence !== sequence) return
        if (header.type === NLMSG_ERROR || header.type === NLMSG_DONE) {
          errno = Math.max(0, errnoOf(data, start, end))
          return
        }
        onMessage(data, start, end)
        if (flags === 0) errno = 0
      })
    }
    return errno
  }
}

function readRoute(data: Received, start: number, end: number, family: Family): Route {
  let link = 0
  let gateway: Address | undefined
  let mtu: number | undefined
  walk(data, start + ROUTE_HEADER, end, 'RTM_GETROUTE', (type, from, to) => {
    if (type === ROUTE_ATTRIBUTE.OIF) link = data.view.getUint32(from, true)
    if (type === ROUTE_ATTRIBUTE.GATEWAY) gateway = readAddress(data, from, to, family)
    // struct rtvia: the family of the gateway, which may be another, and its address.
    if (type === ROUTE_ATTRIBUTE.VIA) {
      const other = familyOfNumber(data.view.getUint16(from, true))
      if (other !== undefined) gateway = readAddress(data, from + 2, to, other)
    }
    if (type !== ROUTE_ATTRIBUTE.METRICS) return
    walk(data, from, to, 'RTM_GETROUTE/METRICS', (metric, first) => {
      if (metric === RTAX_MTU) mtu = data.view.getUint32(first, true)
    })
  })
  return { type: ROUTE_TYPES[data.bytes[start + 7]!] ?? 'other', link, gateway, mtu }
}

function readAddress(data: Received, from: number, to: number, family: Family): Address {
  if (to - from < (family === 'inet' ? 4 : 16)) throw new DecodeError('rtnetlink', 'a short address')
  return addressFromBytes(data.bytes, family, from)
}

function readString(data: Received, from: number, to: number): string {
  return decodeText(data.bytes.subarray(from, to)).replace(/\0.*$/s, '')
}

function numberOf(family: Family): number {
  return family === 'inet' ? AF_INET : AF_INET6
}

/** Undefined for the other families of a dump, such as MPLS. */
function familyOfNumber(number: number): Family | undefined {
  return number === AF_INET ? 'inet' : number === AF_INET6 ? 'inet6' : undefined
}

// Builds requests for the fake's tests, from names and text, independently of the project's codec.

import { isIPv6 } from 'node:net'
import {
  AF_INET,
  AF_INET6,
  CMD,
  type CommandName,
  DAEMON,
  DEST,
  NLM_F_REQUEST,
  SVC,
  TOP,
} from './constants.ts'
import { AttributeWriter } from './writer.ts'

type Body = (out: AttributeWriter) => void

export interface ServiceWords {
  readonly protocol?: number
  readonly address?: string
  readonly port?: number
  readonly fwmark?: number
  readonly af?: number
  readonly scheduler?: string
  readonly pe?: string
  readonly flags?: number
  readonly timeout?: number
  readonly netmask?: number
}

export interface DestinationWords {
  readonly address: string
  readonly port?: number
  readonly method?: number
  readonly weight?: number
  readonly upper?: number
  readonly lower?: number
  readonly tunnel?: readonly [type: number, port: number, flags: number]
}

let sequence = 0

/** One message. */
export function request(command: CommandName | number, flags = 0, ...nests: readonly Body[]): Uint8Array {
  const out = new AttributeWriter()
  sequence += 1
  out.message({ type: 0x1b, flags: NLM_F_REQUEST | flags, sequence, port: 0 }, () => {
    out.u8(typeof command === 'number' ? command : CMD[command])
    out.u8(1)
    out.u16(0)
    for (const write of nests) write(out)
  })
  return out.take()
}

export const datagram = (...messages: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(Buffer.concat(messages))

const u16 = (out: AttributeWriter, type: number, value: number) => out.attribute(type, () => out.u16(value))
const u32 = (out: AttributeWriter, type: number, value: number) => out.attribute(type, () => out.u32(value))
const port = (out: AttributeWriter, type: number, value: number) =>
  out.attribute(type, () => out.u16be(value))
const text = (out: AttributeWriter, type: number, value: string) =>
  out.attribute(type, () => out.bytes(Buffer.from(`${value}\0`)))

function addressBytes(address: string): Uint8Array {
  const bytes = new Uint8Array(16)
  if (!isIPv6(address)) {
    bytes.set(address.split('.').map(Number))
    return bytes
  }
  const [head = '', tail = ''] = address.split('::')
  const words = (part: string) =>
    part === '' ? [] : part.split(':').map((word) => Number.parseInt(word, 16))
  const view = new DataView(bytes.buffer)
  words(head).forEach((word, i) => {
    view.setUint16(2 * i, word)
  })
  words(tail).forEach((word, i, { length }) => {
    view.setUint16(16 - 2 * (length - i), word)
  })
  return bytes
}

const familyOf = (address: string): number => (isIPv6(address) ? AF_INET6 : AF_INET)

/** The identity of a service, and its settings if a scheduler is given. */
export const service = (words: ServiceWords): Body => {
  const af = words.af ?? familyOf(words.address ?? '0.0.0.0')
  return (out) =>
    out.attribute(TOP.SERVICE | 0x8000, () => {
      u16(out, SVC.AF, af)
      if (words.fwmark === undefined) {
        u16(out, SVC.PROTOCOL, words.protocol ?? 6)
        out.attribute(SVC.ADDR, () => out.bytes(addressBytes(words.address ?? '0.0.0.0')))
        port(out, SVC.PORT, words.port ?? 80)
      } else {
        u32(out, SVC.FWMARK, words.fwmark)
      }
      if (words.scheduler === undefined) return
      text(out, SVC.SCHED_NAME, words.scheduler)
      if (words.pe !== undefined) text(out, SVC.PE_NAME, words.pe)
      out.attribute(SVC.FLAGS, () => {
        out.u32(words.flags ?? 0)
        out.u32(0xffffffff)
      })
      u32(out, SVC.TIMEOUT, words.timeout ?? 0)
      u32(out, SVC.NETMASK, words.netmask ?? (af === AF_INET6 ? 128 : 0xffffffff))
    })
}

export const destination =
  (words: DestinationWords): Body =>
  (out) =>
    out.attribute(TOP.DEST | 0x8000, () => {
      out.attribute(DEST.ADDR, () => out.bytes(addressBytes(words.address)))
      port(out, DEST.PORT, words.port ?? 80)
      u16(out, DEST.ADDR_FAMILY, familyOf(words.address))
      u32(out, DEST.FWD_METHOD, words.method ?? 0)
      u32(out, DEST.WEIGHT, words.weight ?? 1)
      u32(out, DEST.U_THRESH, words.upper ?? 0)
      u32(out, DEST.L_THRESH, words.lower ?? 0)
      if (!words.tunnel) return
      const [type, tunnelPort, flags] = words.tunnel
      out.attribute(DEST.TUN_TYPE, () => out.u8(type))
      port(out, DEST.TUN_PORT, tunnelPort)
      u16(out, DEST.TUN_FLAGS, flags)
    })

export const daemon =
  (state: number, name: string, syncId = 0, more: Body = () => {}): Body =>
  (out) =>
    out.attribute(TOP.DAEMON | 0x8000, () => {
      u32(out, DAEMON.STATE, state)
      text(out, DAEMON.MCAST_IFN, name)
      u32(out, DAEMON.SYNC_ID, syncId)
      more(out)
    })

export const timeouts =
  (tcp: number, tcpFin: number, udp: number): Body =>
  (out) => {
    u32(out, TOP.TIMEOUT_TCP, tcp)
    u32(out, TOP.TIMEOUT_TCP_FIN, tcpFin)
    u32(out, TOP.TIMEOUT_UDP, udp)
  }

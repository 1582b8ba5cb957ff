// The kernel's replies: the tables as attributes, in the order and the sizes of ip_vs_ctl.c's fill
// functions.

import {
  AF_INET6,
  CAP,
  CMD,
  CTRL_ATTR,
  CTRL_OP,
  DAEMON,
  DEST,
  INFO,
  STATS_PAD,
  SVC,
  TOP,
} from './constants.ts'
import type { Abilities } from './requests.ts'
import {
  COUNTERS,
  type Counters,
  type Daemon,
  type Destination,
  type Service,
  type Timeouts,
} from './tables.ts'
import type { AttributeWriter } from './writer.ts'

export interface ReplyStyle extends Abilities {
  /** Insert attributes that no current kernel sends between the known ones. */
  unknownAttributes: boolean
  /**
   * Align 64-bit numbers with padding attributes, as kernels do for processors that need it, and User-Mode Linux.
   * On x86 there are none.
   */
  alignment: boolean
}

const UNKNOWN = 0x3e // far from all that is taken; 0x3f with NLA_F_NESTED below

export class Replies {
  readonly #out: AttributeWriter
  readonly #style: ReplyStyle

  constructor(out: AttributeWriter, style: ReplyStyle) {
    this.#out = out
    this.#style = style
  }

  family(id: number): void {
    this.#text(CTRL_ATTR.NAME, 'IPVS')
    this.#u16(CTRL_ATTR.ID, id)
    this.#u32(CTRL_ATTR.VERSION, 1)
    this.#u32(CTRL_ATTR.HDRSIZE, 0)
    this.#u32(CTRL_ATTR.MAXATTR, 6)
    this.#unknown()
    const commands = Object.values(CMD).filter((command) => command !== CMD.SET_INFO)
    this.#out.attribute(CTRL_ATTR.OPS, () => {
      commands.forEach((command, index) => {
        this.#out.attribute(index + 1, () => {
          this.#u32(CTRL_OP.ID, command)
          this.#u32(CTRL_OP.FLAGS, CAP.ADMIN | CAP.POLICY | abilities(command))
        })
      })
    })
  }

  service(service: Service): void {
    const { settings } = service
    this.#out.attribute(TOP.SERVICE, () => {
      this.#unknown()
      this.#u16(SVC.AF, service.af)
      if (service.fwmark) {
        this.#u32(SVC.FWMARK, service.fwmark)
      } else {
        this.#u16(SVC.PROTOCOL, service.protocol)
        this.#bytes(SVC.ADDR, service.address)
        this.#u16be(SVC.PORT, service.port)
      }
      this.#text(SVC.SCHED_NAME, settings.scheduler)
      if (settings.pe !== '') this.#text(SVC.PE_NAME, settings.pe)
      this.#out.attribute(SVC.FLAGS, () => {
        this.#out.u32(settings.flags)
        this.#out.u32(0xffffffff)
      })
      this.#u32(SVC.TIMEOUT, settings.timeout)
      this.#u32(SVC.NETMASK, settings.netmask)
      this.#unknown()
      this.#counters(SVC.STATS, SVC.STATS64, service.counters)
    })
    this.#unknown()
  }

  destination(destination: Destination): void {
    const { settings } = destination
    this.#out.attribute(TOP.DEST, () => {
      this.#unknown()
      this.#bytes(DEST.ADDR, destination.address)
      this.#u16be(DEST.PORT, destination.port)
      this.#u32(DEST.FWD_METHOD, settings.method)
      this.#u32(DEST.WEIGHT, settings.weight)
      if (this.#style.tunnelAttributes) {
        this.#out.attribute(DEST.TUN_TYPE, () => this.#out.u8(settings.tunnelType))
        this.#u16be(DEST.TUN_PORT, settings.tunnelPort)
        this.#u16(DEST.TUN_FLAGS, settings.tunnelFlags)
      }
      this.#u32(DEST.U_THRESH, settings.upper)
      this.#u32(DEST.L_THRESH, settings.lower)
      this.#u32(DEST.ACTIVE_CONNS, destination.active)
      this.#u32(DEST.INACT_CONNS, destination.inactive)
      this.#u32(DEST.PERSIST_CONNS, destination.persistent)
      if (this.#style.addressFamily) this.#u16(DEST.ADDR_FAMILY, destination.af)
      this.#unknown()
      this.#counters(DEST.STATS, DEST.STATS64, destination.counters)
    })
    this.#unknown()
  }

  daemon(daemon: Daemon): void {
    this.#out.attribute(TOP.DAEMON, () => {
      this.#unknown()
      this.#u32(DAEMON.STATE, daemon.state)
      this.#text(DAEMON.MCAST_IFN, daemon.interface)
      this.#u32(DAEMON.SYNC_ID, daemon.syncId)
      this.#u16(DAEMON.SYNC_MAXLEN, daemon.maxLength)
      this.#u16(DAEMON.MCAST_PORT, daemon.port)
      this.#out.attribute(DAEMON.MCAST_TTL, () => this.#out.u8(daemon.ttl))
      this.#bytes(daemon.groupFamily === AF_INET6 ? DAEMON.MCAST_GROUP6 : DAEMON.MCAST_GROUP, daemon.group)
      this.#unknown()
    })
  }

  timeouts(timeouts: Timeouts): void {
    this.#u32(TOP.TIMEOUT_TCP, timeouts.tcp)
    this.#u32(TOP.TIMEOUT_TCP_FIN, timeouts.tcpFin)
    this.#u32(TOP.TIMEOUT_UDP, timeouts.udp)
    this.#unknown()
  }

  info(version: number, connectionTableSize: number): void {
    this.#u32(INFO.VERSION, version)
    this.#u32(INFO.CONN_TAB_SIZE, connectionTableSize)
    this.#unknown()
  }

  #counters(type: number, type64: number, counters: Counters): void {
    this.#out.attribute(type, () => {
      COUNTERS.forEach((name, index) => {
        // Of the old 32-bit statistics, only the bytes are wide.
        if (name === 'inbytes' || name === 'outbytes') this.#u64(index + 1, counters[name])
        else this.#u32(index + 1, Number(BigInt.asUintN(32, counters[name])))
      })
      this.#unknown()
    })
    if (!this.#style.stats64) return
    this.#out.attribute(type64, () => {
      COUNTERS.forEach((name, index) => {
        this.#u64(index + 1, counters[name])
      })
      this.#unknown()
    })
  }

  #unknown(): void {
    if (!this.#style.unknownAttributes) return
    this.#bytes(UNKNOWN, Uint8Array.of(1, 2, 3, 4, 5))
    this.#out.attribute((UNKNOWN + 1) | 0x8000, () => this.#u32(1, 7))
  }

  #u16(type: number, value: number): void {
    this.#out.attribute(type, () => this.#out.u16(value))
  }

  #u16be(type: number, value: number): void {
    this.#out.attribute(type, () => this.#out.u16be(value))
  }

  #u32(type: number, value: number): void {
    this.#out.attribute(type, () => this.#out.u32(value))
  }

  #u64(type: number, value: bigint): void {
    if (this.#style.alignment && this.#out.length % 8 === 0) this.#out.attribute(STATS_PAD, () => {})
    this.#out.attribute(type, () => this.#out.u64(value))
  }

  #bytes(type: number, value: Uint8Array): void {
    this.#out.attribute(type, () => this.#out.bytes(value))
  }

  #text(type: number, value: string): void {
    this.#out.attribute(type, () => {
      this.#out.bytes(Buffer.from(value, 'latin1'))
      this.#out.u8(0)
    })
  }
}

function abilities(command: number): number {
  if (command === CMD.GET_SERVICE) return CAP.DO | CAP.DUMP
  return command === CMD.GET_DEST || command === CMD.GET_DAEMON ? CAP.DUMP : CAP.DO
}

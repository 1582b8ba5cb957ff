// A netlink socket of the fake kernel: divides datagrams into messages, acknowledges, and sends dumps in pieces
// (netlink_rcv_skb, netlink_ack and netlink_dump in net/netlink/af_netlink.c).

import type { Transport } from '../../../lib/netlink/transport.ts'
import type { Dump, Entry, Outcome } from './commands.ts'
import {
  CTRL,
  ERRNO,
  NLM_F_ACK,
  NLM_F_CAPPED,
  NLM_F_DUMP_INTR,
  NLM_F_MULTI,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
  NLMSG_HEADER,
  NLMSG_MIN_TYPE,
  Refusal,
} from './constants.ts'
import type { InterruptionPlace } from './faults.ts'
import type { PieceMemory, Subject } from './piece-memory.ts'
import { ReceiveQueue } from './receive-queue.ts'
import { Replies, type ReplyStyle } from './replies.ts'
import { AttributeWriter } from './writer.ts'

/** A request as it arrived. */
export interface Request {
  readonly type: number
  readonly flags: number
  readonly sequence: number
  /** The bytes after the netlink header. */
  readonly payload: Uint8Array
}

/** The part of the kernel that a socket uses. */
export interface Host {
  readonly style: ReplyStyle
  /** Datagrams of dumps that may be sent again. */
  readonly pieces: PieceMemory | undefined
  /** The largest datagram that can be sent. */
  readonly sendLimit: number
  /** The capacity of the socket. */
  readonly receiveBuffer: number
  /** The size of the client's reads. */
  readonly receiveSize: number
  /** Throws a Refusal. */
  run(request: Request, port: number): Outcome
  /** Called before each piece of a dump but the first, which is 0. */
  beforePiece(request: Request, piece: number): void
  beginDump(): { interruption: InterruptionPlace | undefined; errno: number }
  changeReply(datagram: Uint8Array): Uint8Array | undefined
  countDatagram(): void
}

interface RunningDump {
  readonly request: Request
  readonly entries: Dump
  readonly errno: number
  interruption: InterruptionPlace | undefined
  next: number
  piece: number
}

/** A dump's first piece, before the kernel knows how much the client reads at once: a page less its bookkeeping. */
const FIRST_PIECE = 4096 - 320
/** The most that it will ever put in one. */
const LARGEST_PIECE = 32768 - 320

export class FakeSocket implements Transport {
  readonly port: number
  readonly #host: Host
  readonly #queue: ReceiveQueue
  readonly #waiting: { resolve: (datagram: Uint8Array) => void; reject: (error: Error) => void }[] = []
  #dump: RunningDump | undefined
  #hasReceived = false
  #isClosed = false
  /** A client reads when it has sent, not while it sends: a dump cannot end before the whole datagram is handled. */
  #isSending = false

  constructor(host: Host, port: number) {
    this.#host = host
    this.port = port
    this.#queue = new ReceiveQueue(host.receiveBuffer)
  }

  send(datagram: Uint8Array): void {
    if (this.#isClosed) throw systemError('EBADF', 'sendto')
    if (datagram.length === 0) throw systemError('ENODATA', 'sendto')
    if (datagram.length > this.#host.sendLimit) throw systemError('EMSGSIZE', 'sendto')
    this.#host.countDatagram()
    const own = new Uint8Array(datagram) // a plain array even if a Buffer was sent, and safe from the sender
    const view = new DataView(own.buffer)
    this.#isSending = true
    let offset = 0
    while (own.length - offset >= NLMSG_HEADER) {
      const length = view.getUint32(offset, true)
      if (length < NLMSG_HEADER || offset + length > own.length) break
      this.#handle(own.slice(offset, offset + length))
      offset += (length + 3) & ~3
    }
    this.#isSending = false
    this.#deliver()
  }

  receive(): Promise<Uint8Array> {
    if (this.#isClosed) return Promise.reject(systemError('EBADF', 'recvfrom'))
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#deliver()
    })
  }

  close(): void {
    this.#isClosed = true
    for (const { reject } of this.#waiting.splice(0)) reject(systemError('EBADF', 'recvfrom'))
  }

  #handle(message: Uint8Array): void {
    const view = new DataView(message.buffer)
    const request: Request = {
      type: view.getUint16(4, true),
      flags: view.getUint16(6, true),
      sequence: view.getUint32(8, true),
      payload: message.subarray(NLMSG_HEADER),
    }
    let errno = 0
    if (request.flags & NLM_F_REQUEST && request.type >= NLMSG_MIN_TYPE) {
      try {
        const outcome = this.#host.run(request, this.port)
        if (typeof outcome === 'function') {
          this.#beginDump(request, outcome)
          return
        }
        if (outcome) this.#reply(request, outcome)
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        errno = error.errno
      }
    }
    if (errno || request.flags & NLM_F_ACK) this.#acknowledge(request, message, errno)
  }

  #reply(request: Request, entry: Entry): void {
    const out = new AttributeWriter()
    this.#writeEntry(out, request, entry, 0)
    this.#push(out.take())
  }

  #acknowledge(request: Request, message: Uint8Array, errno: number): void {
    const out = new AttributeWriter()
    const { sequence } = request
    const flags = errno ? 0 : NLM_F_CAPPED
    out.message({ type: NLMSG_ERROR, flags, sequence, port: this.port }, () => {
      out.u32(-errno)
      out.bytes(errno ? message : message.subarray(0, NLMSG_HEADER))
      out.bytes(new Uint8Array(-out.length & 3)) // counted in nlmsg_len here, and only here
    })
    this.#push(out.take())
  }

  #writeEntry(out: AttributeWriter, request: Request, entry: Entry, flags: number): void {
    const { type, sequence } = request
    out.message({ type, flags, sequence, port: this.port }, () => {
      out.u8(entry.command)
      out.u8(type === CTRL.id ? 2 : 1)
      out.u16(0)
      entry.write(new Replies(out, this.#host.style))
    })
  }

  /** The first piece is made at once; no acknowledgement, DONE is that. */
  #beginDump(request: Request, entries: Dump): void {
    if (this.#dump) throw new Refusal(ERRNO.EBUSY, 'EBUSY')
    this.#dump = { request, entries, next: 0, piece: 0, ...this.#host.beginDump() }
    this.#continueDump(this.#dump)
  }

  #continueDump(dump: RunningDump): void {
    if (dump.piece > 0) this.#host.beforePiece(dump.request, dump.piece)
    dump.piece += 1
    const out = new AttributeWriter()
    const limit = this.#hasReceived
      ? Math.max(FIRST_PIECE, Math.min(this.#host.receiveSize, LARGEST_PIECE))
      : FIRST_PIECE
    const { pieces } = this.#host
    const place = { payload: dump.request.payload, start: dump.next, limit }
    const kept = pieces?.find(place, dump.entries(dump.next), { ...dump.request, port: this.port })
    if (kept !== undefined) {
      dump.next += kept.entries
      this.#push(kept.bytes)
      return
    }
    const subjects: (Subject | undefined)[] = []
    let last = 0
    let isWhole = true
    for (const entry of dump.entries(dump.next)) {
      const start = out.length
      this.#writeEntry(out, dump.request, entry, NLM_F_MULTI)
      if (out.length > limit) {
        out.cut(start)
        isWhole = false
        break
      }
      subjects.push(entry.subject)
      last = start
      dump.next += 1
    }
    if (out.length === 0) {
      // DONE never shares a datagram with entries.
      this.#dump = undefined
      const { sequence } = dump.request
      out.message({ type: NLMSG_DONE, flags: NLM_F_MULTI, sequence, port: this.port }, () => {
        out.u32(-dump.errno)
      })
      if (dump.interruption) out.addFlags(0, NLM_F_DUMP_INTR)
    } else if (dump.interruption === 'entry') {
      out.addFlags(last, NLM_F_DUMP_INTR)
      dump.interruption = undefined
    } else {
      pieces?.keep(place, out.take(), subjects, isWhole)
    }
    this.#push(out.take())
  }

  #push(bytes: Uint8Array): void {
    const datagram = this.#host.changeReply(bytes)
    if (datagram) {
      this.#queue.push(datagram)
      this.#deliver()
    } else {
      this.#afterDelivery()
    }
  }

  #deliver(): void {
    while (!this.#isSending && this.#waiting.length > 0) {
      if (this.#queue.takeLoss()) {
        this.#waiting.shift()?.reject(systemError('ENOBUFS', 'recvfrom'))
        continue
      }
      const datagram = this.#queue.shift()
      if (!datagram) return
      this.#waiting.shift()?.resolve(datagram)
      this.#hasReceived = true
      this.#afterDelivery()
    }
  }

  /** Each reading of the socket makes room for the dump's next piece. */
  #afterDelivery(): void {
    if (this.#dump && this.#queue.isHalfEmpty) this.#continueDump(this.#dump)
  }
}

function systemError(code: keyof typeof ERRNO, call: string): Error {
  return Object.assign(new Error(`${call}: ${code}`), { code, errno: ERRNO[code], syscall: call })
}

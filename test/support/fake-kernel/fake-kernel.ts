// An IPVS in memory behind the project's seam to the kernel: the same datagrams as Linux 6.1, from a second
// implementation of the wire format that shares nothing with the first.
//
//     const kernel = new FakeKernel()
//     kernel.failAt(3, ERRNO.EEXIST)
//     const transport = kernel.connect()
//     …
//     expect(kernel.snapshot().services).toEqual({ 'tcp 192.0.2.1:80': … })

import { type Machine, type Outcome, runControl, runIpvs } from './commands.ts'
import { CMD, type CommandName, CTRL, NLM_F_ACK, NLM_F_DUMP, Refusal, refuse } from './constants.ts'
import { Faults, type InterruptionPlace, type ReplyChange } from './faults.ts'
import { PieceMemory } from './piece-memory.ts'
import type { ReplyStyle } from './replies.ts'
import { type Snapshot, snapshot } from './snapshot.ts'
import { FakeSocket, type Host, type Request } from './socket.ts'
import { subjectOf } from './subject.ts'
import { type Counters, type Destination, type Environment, type Service, Tables } from './tables.ts'

export interface FakeKernelOptions {
  readonly schedulers?: readonly string[]
  readonly engines?: readonly string[]
  /** Network interfaces: name to MTU. */
  readonly interfaces?: Readonly<Record<string, number>>
  readonly familyId?: number
  /** false: ip_vs is not loaded, until addFamily(). */
  readonly hasFamily?: boolean
  /** As IP_VS_VERSION_CODE: 0x010201. */
  readonly version?: number
  readonly connectionTableSize?: number
  /** Clock ticks a second, which bound the timeouts. */
  readonly hz?: number
  /** false: no padding attributes before 64-bit numbers, as on x86. */
  readonly alignment?: boolean
  /** The client's buffer, by which the kernel sizes a dump's datagrams after the first. */
  readonly receiveSize?: number
  /** The capacity of a socket that is not read, in the kernel's count; the default fits about 166 refusals. */
  readonly receiveBuffer?: number
}

/** An IPVS request as the kernel met it. */
export interface LoggedRequest {
  readonly command: CommandName | number
  /** The service, or service and server, by the names of a snapshot; empty if it names none. */
  readonly subject: string
  /** The number of its datagram among all that were sent to this kernel, from 0. */
  readonly datagram: number
  readonly port: number
  readonly isDump: boolean
  readonly wantsAck: boolean
  /** 0: no error. */
  readonly errno: number
}

/** A moment at which another program can act: before a request (piece 0), or before a later piece of a dump. */
export interface Moment {
  readonly command: CommandName | number
  readonly piece: number
}

/** Counters of a service or a destination; for a destination its connections as well. */
export type CountersUpdate = Partial<Counters> &
  Partial<Pick<Destination, 'active' | 'inactive' | 'persistent'>>

const COMMAND_NAMES = new Map<number, CommandName>(
  Object.entries(CMD).map(([name, number]) => [number, name as CommandName]),
)
const nameOf = (payload: Uint8Array): CommandName | number =>
  COMMAND_NAMES.get(payload[0] ?? 0) ?? payload[0] ?? 0
const SCHEDULERS = ['rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'dh', 'sh', 'sed', 'nq', 'fo', 'ovf', 'mh']

export class FakeKernel {
  /** Every IPVS request so far, in order; family look-ups are not among them. */
  readonly requests: LoggedRequest[] = []
  readonly #environment: Environment
  readonly #faults = new Faults()
  #pieces: PieceMemory | undefined
  readonly #style: ReplyStyle
  readonly #machine: { -readonly [K in keyof Machine]: Machine[K] }
  readonly #receiveSize: number
  readonly #receiveBuffer: number
  #datagrams = 0
  #meanwhile: ((moment: Moment) => void) | undefined
  #othersAct = false
  #nextPort = 4242

  constructor(options: FakeKernelOptions = {}) {
    this.#environment = {
      schedulers: options.schedulers ?? SCHEDULERS,
      engines: options.engines ?? ['sip'],
      interfaces: options.interfaces ?? { lo: 65536, eth0: 1500, eth1: 9000 },
      hz: options.hz ?? 100,
    }
    this.#style = {
      stats64: true,
      tunnelAttributes: true,
      addressFamily: true,
      unknownAttributes: false,
      alignment: options.alignment ?? true,
    }
    this.#machine = {
      familyId: options.familyId ?? 0x1b,
      hasFamily: options.hasFamily ?? true,
      mayAdminister: true,
      tables: new Tables(this.#environment),
      abilities: this.#style,
      version: options.version ?? 0x010201,
      connectionTableSize: options.connectionTableSize ?? 4096,
    }
    this.#receiveSize = options.receiveSize ?? 32768
    this.#receiveBuffer = options.receiveBuffer ?? 212992 // net.core.rmem_default
  }

  /** A socket of its own; all see the same tables. */
  connect(): FakeSocket {
    const host: Host = {
      style: this.#style,
      pieces: this.#pieces,
      sendLimit: 212992 - 32, // net.core.wmem_default less what netlink_sendmsg keeps
      receiveSize: this.#receiveSize,
      receiveBuffer: this.#receiveBuffer,
      run: (request, port) => this.#run(request, port),
      beginDump: () => this.#faults.forDump(),
      beforePiece: ({ payload }, piece) => this.#letOthersAct(payload, piece),
      changeReply: (datagram) => this.#faults.change(datagram),
      countDatagram: () => {
        this.#datagrams += 1
      },
    }
    return new FakeSocket(host, this.#nextPort++)
  }

  /** The number of datagrams sent to this kernel, family look-ups included. */
  get datagrams(): number {
    return this.#datagrams
  }

  /** The whole state as plain data in a fixed order, observations left out. */
  snapshot(): Snapshot {
    return snapshot(this.#machine.tables)
  }

  /**
   * Sets counters of a service, or of one of its destinations, by the names that a snapshot gives them:
   * `tcp 192.0.2.1:80`, `udp [2001:db8::1]:53`, `fwmark 7`, `fwmark6 7`; `198.51.100.1:80`.
   */
  setCounters(service: string, update: CountersUpdate, destination?: string): void {
    const found: Service | undefined = this.#machine.tables.services.get(service)
    const target = destination === undefined ? found : found?.destinations.get(destination)
    if (!target) throw new Error(`no ${destination ?? 'service'} in ${service}`)
    const { active, inactive, persistent, ...counters } = update
    target.counters = { ...target.counters, ...counters }
    if ('active' in target) {
      target.active = active ?? target.active
      target.inactive = inactive ?? target.inactive
      target.persistent = persistent ?? target.persistent
    }
  }

  /** As Linux 7.2 does when the number of connections changes. */
  resizeConnectionTable(size: number): void {
    this.#machine.connectionTableSize = size
  }

  /** The nth IPVS request from now is refused with `errno` and not done. */
  failAt(n: number, errno: number): void {
    this.#faults.requests.add(n, errno)
  }

  /**
   * Has another program act at every moment, with a socket of its own: a dump goes on by index, so that entries which
   * are added or removed then make it repeat or omit one without an indication. Its own requests are not such moments.
   */
  meanwhile(act: ((moment: Moment) => void) | undefined): void {
    this.#meanwhile = act
  }

  /** The next dumps are flagged as interrupted by a change of the tables. */
  interruptDumps(times: number, place: InterruptionPlace = 'entry'): void {
    this.#faults.interruptDumps(times, place)
  }

  /** The next dumps list the entries and then end in an error. */
  failDumps(times: number, errno: number): void {
    this.#faults.failDumps(times, errno)
  }

  /** Only the first `bytes` bytes of the nth reply datagram from now arrive. */
  truncateReply(n: number, bytes: number): void {
    this.#faults.replies.add(n, (datagram) => datagram.slice(0, bytes))
  }

  /** The nth reply datagram from now arrives as `change` makes it; undefined: not at all. */
  corruptReply(n: number, change: ReplyChange): void {
    this.#faults.replies.add(n, change)
  }

  /** The nth reply datagram from now never arrives. */
  dropReply(n: number): void {
    this.#faults.replies.add(n, () => undefined)
  }

  /** The caller is not root. */
  dropPermission(): void {
    this.#machine.mayAdminister = false
  }

  /** rmmod ip_vs: what it held is gone. */
  removeFamily(): void {
    this.#machine.hasFamily = false
    this.#machine.tables = new Tables(this.#environment)
  }

  /** modprobe ip_vs; the number may be a new one. */
  addFamily(id = this.#machine.familyId): void {
    this.#machine.familyId = id
    this.#machine.hasFamily = true
  }

  /** A newer kernel: unknown attributes at every level. */
  addUnknownAttributes(): void {
    this.#style.unknownAttributes = true
  }

  /** Before Linux 4.1. */
  withoutStats64(): void {
    this.#style.stats64 = false
  }

  /** Before Linux 5.3: tunnel attributes are neither sent nor heeded. */
  withoutTunnelAttributes(): void {
    this.#style.tunnelAttributes = false
  }

  /** Before Linux 3.18: a destination is of its service's family. */
  withoutAddressFamily(): void {
    this.#style.addressFamily = false
  }

  /** Lists a table again as quickly as the kernel does, on sockets that are opened later; the style must not change any more. */
  rememberPieces(): void {
    this.#pieces = new PieceMemory()
  }

  #letOthersAct(payload: Uint8Array, piece: number): void {
    if (this.#meanwhile === undefined || this.#othersAct) return
    this.#othersAct = true
    this.#meanwhile({ command: nameOf(payload), piece })
    this.#othersAct = false
  }

  #run(request: Request, port: number): Outcome {
    const { type, flags, payload } = request
    if (type === CTRL.id) return runControl(this.#machine, flags, payload)
    this.#letOthersAct(payload, 0)
    if (type !== this.#machine.familyId || !this.#machine.hasFamily) refuse('ENOENT')
    const { tables, abilities } = this.#machine
    const subject = subjectOf(payload, tables, abilities)
    let errno = this.#faults.requests.next()[0] ?? 0
    try {
      if (errno) throw new Refusal(errno)
      return runIpvs(this.#machine, flags, payload)
    } catch (error) {
      if (error instanceof Refusal) errno = error.errno
      throw error
    } finally {
      this.requests.push({
        command: nameOf(payload),
        subject,
        datagram: this.#datagrams - 1,
        port,
        isDump: (flags & NLM_F_DUMP) === NLM_F_DUMP,
        wantsAck: (flags & NLM_F_ACK) !== 0,
        errno,
      })
    }
  }
}

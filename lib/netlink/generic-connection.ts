// A connection with one generic netlink family: requests, dumps and batches on one socket.
// Handles sequence numbers, acknowledgements and interruption; the caller interprets attributes.
import { encodeText } from '../model/bytes.ts'
import { DecodeError, ENOENT, KernelError, TransportError } from '../model/errors.ts'
import { abortable } from './abortable.ts'
import { AnswerTimer } from './answer-timer.ts'
import { AttributeWriter, type Received, received, walk } from './attributes.ts'
import { type DumpCallbacks, DumpExchange, type OnReply, payloadOf } from './dump-exchange.ts'
import type { DumpSeries } from './dump-series.ts'
import {
  eachMessage,
  errnoOf,
  explanationOf,
  type MessageHeader,
  NLM_F_DUMP,
  NLM_F_REQUEST,
  NLMSG_ERROR,
  NLMSG_NOOP,
} from './message.ts'
import {
  headerOf,
  NumberedRequest,
  type Request,
  RequestBatch,
  type RequestSource,
  type Sender,
} from './request-batch.ts'
import { randomSequence, sequenceAfter, sequenceDistance } from './sequence.ts'
import { ANSWER_TIMEOUT, type Transport } from './transport.ts'
import { TurnTaking } from './turn-taking.ts'

export type { DumpCallbacks, DumpSeries, OnReply, Request, RequestSource }

/** Receives the error of a refused request, and its index. */
export type OnFailure = (index: number, error: KernelError) => void

interface GenericConnectionOptions {
  /** The time to wait for an answer of the kernel, in milliseconds, or Infinity. Default: 30,000. */
  readonly answerTimeout?: number | undefined
  /** The sequence number of the first request. Default: a random one. */
  readonly firstSequence?: number
}

/** The maximum number of readings of an interrupted dump. */
const DUMP_ATTEMPTS = 10

// The controller family (linux/genetlink.h), which lists the others.
const GENL_ID_CTRL = 0x10
const CTRL_CMD_GETFAMILY = 3
const CTRL_ATTR_FAMILY_ID = 1
const CTRL_ATTR_FAMILY_NAME = 2

export class GenericConnection {
  readonly #transport: Transport
  readonly #timer: AnswerTimer
  readonly #turns = new TurnTaking()
  readonly #sender: { -readonly [K in keyof Sender]: Sender[K] }
  readonly #batch: RequestBatch
  #sequence: number
  #turn: Promise<unknown> = Promise.resolve()

  constructor(
    transport: Transport,
    { answerTimeout = ANSWER_TIMEOUT, firstSequence = randomSequence() }: GenericConnectionOptions = {},
  ) {
    this.#timer = new AnswerTimer(answerTimeout)
    this.#transport = transport
    this.#sequence = firstSequence
    this.#sender = { family: GENL_ID_CTRL, version: 1, port: transport.port }
    this.#batch = new RequestBatch(this.#sender)
  }

  /** Looks up the family, once; later requests go to it. False if the kernel does not have it. */
  async join(name: string, version: number): Promise<boolean> {
    let id = 0
    try {
      await this.request(
        {
          command: CTRL_CMD_GETFAMILY,
          name: 'CTRL_CMD_GETFAMILY',
          write: (writer) => {
            const at = writer.begin(CTRL_ATTR_FAMILY_NAME)
            writer.bytes(encodeText(`${name}\0`))
            writer.end(at)
          },
        },
        (data, start, end) => {
          walk(data, start, end, 'CTRL_CMD_GETFAMILY', (type, from, to) => {
            if (type === CTRL_ATTR_FAMILY_ID && to - from >= 2) id = data.view.getUint16(from, true)
          })
        },
      )
    } catch (error) {
      if (error instanceof KernelError && error.errno === ENOENT) return false
      throw error
    }
    if (id === 0) throw new DecodeError('CTRL_CMD_GETFAMILY', 'no family id')
    this.#sender.family = id
    this.#sender.version = version
    return true
  }

  /** Sends one request and waits for its result. Throws a KernelError when the kernel refuses it. */
  async request(request: Request, onReply: OnReply = () => {}, signal?: AbortSignal): Promise<void> {
    const [failure] = await this.batch([request], onReply, signal)
    if (failure !== undefined) throw failure
  }

  /**
   * Sends many requests in order, several in a datagram. The result has the error of each refused request, at its
   * index; a refused request does not stop later ones.
   */
  batch(
    requests: Iterable<Request>,
    onReply: OnReply = () => {},
    signal?: AbortSignal,
  ): Promise<KernelError[]> {
    return this.#inTurn(signal, async () => {
      const batch = this.#batch
      batch.clear()
      for (const request of requests) batch.add(request)
      const failures: KernelError[] = []
      const onFailure = (index: number, error: KernelError) => {
        failures[index] = error
      }
      await this.#send(batch, { onReply, onFailure }, signal)
      return failures
    })
  }

  /** Numbers of requests that are sent to this family, for a RequestSource. */
  get sender(): Sender {
    return this.#sender
  }

  /** Sends the requests of a source in order. A refused one, which `onFailure` gets with its index, does not stop later ones. */
  send(source: RequestSource, onFailure: OnFailure, signal?: AbortSignal): Promise<void> {
    return this.#inTurn(signal, () => this.#send(source, { onReply: () => {}, onFailure }, signal))
  }

  async #send(
    source: RequestSource,
    { onReply, onFailure }: { onReply: OnReply; onFailure: OnFailure },
    signal: AbortSignal | undefined,
  ): Promise<void> {
    for (;;) {
      const turn = this.#turns.between()
      if (turn !== undefined) await turn
      signal?.throwIfAborted()
      const datagram = source.next(this.#sequence)
      if (datagram === undefined) return
      const { first, count } = datagram
      const base = this.#take(count + 1)
      this.#sendDatagram(datagram.bytes)
      await this.#receive((header, data, from, to) => {
        const place = sequenceDistance(base, header.sequence)
        if (place === count) return header.type === NLMSG_ERROR
        const name = source.nameOf(first + place)
        if (place < 0 || place > count || name === undefined) return false
        if (header.type !== NLMSG_ERROR) {
          onReply(data, payloadOf(name, from, to), to)
          return false
        }
        const errno = errnoOf(data, from, to)
        if (errno !== 0) {
          const explanation = explanationOf(data, header, from, to)
          onFailure(first + place, new KernelError(errno, name, undefined, explanation))
        }
        return false
      })
    }
  }

  /** Reads a dump to its end, and repeats it after an interruption. */
  dump({ command, name, write }: Request, reader: DumpCallbacks, signal?: AbortSignal): Promise<void> {
    const writer = new AttributeWriter(256)
    let attributes: Uint8Array | undefined
    return this.dumps(
      {
        command,
        name,
        reader,
        next: () => {
          if (attributes !== undefined) return undefined
          write?.(writer)
          attributes = writer.written
          return attributes
        },
        done: () => {},
      },
      signal,
    )
  }

  /** Reads dumps, one after the other and within one call: a promise for each takes longer than the kernel. */
  dumps(series: DumpSeries, signal?: AbortSignal): Promise<void> {
    return this.#inTurn(signal, async () => {
      const { command, name, reader, ahead } = series
      const header = headerOf(this.#sender, { flags: NLM_F_REQUEST | NLM_F_DUMP, sequence: 0 }, command)
      const request = new NumberedRequest(header)
      const exchange = new DumpExchange(name, reader, this.#sender.port)
      for (;;) {
        let isSent = ahead !== undefined && (await this.#readAhead(ahead, header, signal))
        const attributes = series.next()
        if (attributes === undefined) return
        for (let attempt = 0; ; attempt++) {
          if (attempt === DUMP_ATTEMPTS)
            throw new TransportError(`${name}: the table kept changing while it was read`, 'INTERRUPTED')
          if (!isSent) {
            const turn = this.#turns.between()
            if (turn !== undefined) await turn
            signal?.throwIfAborted()
          }
          if (attempt > 0) reader.restart()
          const sequence = this.#take(1)
          if (!isSent) this.#sendDatagram(request.numbered(attributes, sequence))
          isSent = false
          for (exchange.begin(sequence); !exchange.isComplete; ) {
            const datagram = this.#receiveDatagram()
            exchange.take(datagram instanceof Uint8Array ? datagram : await datagram)
          }
          if (exchange.isWhole()) break
        }
        series.done()
      }
    })
  }

  /** Lets a series read its next dumps itself. Whether it has sent the request for one that is left. */
  async #readAhead(
    ahead: NonNullable<DumpSeries['ahead']>,
    header: Uint8Array,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    for (;;) {
      const turn = this.#turns.between()
      if (turn !== undefined) await turn
      signal?.throwIfAborted()
      this.#timer.check()
      const { dumps, isSent } = ahead({ transport: this.#transport, header, sequence: this.#sequence })
      this.#take(dumps)
      if (isSent || dumps === 0) return isSent
    }
  }

  /** Runs concurrent calls one after the other, because they share the socket and the writer. */
  #inTurn<T>(signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(() => {
      this.#timer.check()
      signal?.throwIfAborted()
      return call()
    })
    this.#turn = result.catch(() => {})
    return abortable(result, signal)
  }

  /** Reserves this many sequence numbers; gives the first. */
  #take(count: number): number {
    const first = this.#sequence
    this.#sequence = sequenceAfter(first, count)
    return first
  }

  #sendDatagram(bytes: Uint8Array): void {
    this.#timer.check()
    this.#transport.send(bytes)
  }

  /** The next datagram; a promise only if the transport gives one, or the event loop is due. */
  #receiveDatagram(): Uint8Array | Promise<Uint8Array> {
    const turn = this.#turns.within()
    if (turn !== undefined) return turn.then(() => this.#receiveDatagram())
    this.#timer.check()
    const next = this.#transport.receive()
    return next instanceof Promise ? this.#timer.wait(next) : next
  }

  /** Reads datagrams until `visit` says that the answer is complete. */
  async #receive(
    visit: (header: MessageHeader, data: Received, start: number, end: number) => boolean,
  ): Promise<void> {
    let complete = false
    while (!complete) {
      const next = this.#receiveDatagram()
      const data = received(next instanceof Promise ? await next : next)
      if (data.bytes.length === 0) throw new DecodeError('netlink', 'an empty datagram')
      eachMessage(data, (header, start, end) => {
        // The kernel's answers carry the requester's port.
        if (header.type === NLMSG_NOOP || header.port !== this.#sender.port) return
        if (header.type === NLMSG_ERROR && end - start < 4) throw new DecodeError('NLMSG_ERROR', 'no errno')
        if (visit(header, data, start, end)) complete = true
      })
    }
  }

  /** Closes the socket. Pending calls and all later ones reject. */
  close(): void {
    if (this.#timer.close()) this.#transport.close()
  }
}

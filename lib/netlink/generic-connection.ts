// The conversation with one generic netlink family: requests, dumps and batches, on one socket.
// Knows sequence numbers, acknowledgements and interruption; what the attributes mean is for the caller.
import { DecodeError, ENOENT, KernelError, TransportError } from '../model/errors.ts'
import { AttributeWriter, type Received, received, walk } from './attributes.ts'
import {
  eachMessage,
  errnoOf,
  GENERIC_HEADER,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
  NLMSG_NOOP,
} from './message.ts'
import { type Request, RequestBatch, type Sender, writeRequest } from './request-batch.ts'
import { ANSWER_TIMEOUT, type Transport } from './transport.ts'

export type { Request }

/** Receives the attributes of one reply: those between `start` and `end`. */
export type OnReply = (data: Received, start: number, end: number) => void

/** How often an interrupted dump is read again. */
const DUMP_ATTEMPTS = 10

// The controller family (linux/genetlink.h), which knows the others.
const GENL_ID_CTRL = 0x10
const CTRL_CMD_GETFAMILY = 3
const CTRL_ATTR_FAMILY_ID = 1
const CTRL_ATTR_FAMILY_NAME = 2

export class GenericConnection {
  readonly #transport: Transport
  readonly #answerTimeout: number
  readonly #sender: { -readonly [K in keyof Sender]: Sender[K] }
  readonly #queue: RequestBatch
  readonly #writer = new AttributeWriter(256)
  #turn: Promise<unknown> = Promise.resolve()

  /** @param answerTimeout how long the kernel may be silent when it owes an answer, in milliseconds */
  constructor(transport: Transport, answerTimeout = ANSWER_TIMEOUT) {
    this.#transport = transport
    this.#answerTimeout = answerTimeout
    let sequence = 0
    this.#sender = { family: GENL_ID_CTRL, version: 1, port: transport.port, next: () => ++sequence }
    this.#queue = new RequestBatch(this.#sender)
  }

  /** Looks the family up, once; from then on every request goes to it. False if the kernel does not have it. */
  async join(name: string, version: number): Promise<boolean> {
    let id = 0
    try {
      await this.request(
        {
          command: CTRL_CMD_GETFAMILY,
          name: 'CTRL_CMD_GETFAMILY',
          write: (writer) => {
            const at = writer.begin(CTRL_ATTR_FAMILY_NAME)
            writer.bytes(Buffer.from(`${name}\0`))
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

  /** Sends one request and waits for its end. Throws a KernelError when the kernel refuses it. */
  async request(request: Request, onReply: OnReply = () => {}): Promise<void> {
    const [failure] = await this.batch([request], onReply)
    if (failure !== undefined) throw failure
  }

  /**
   * Sends many requests, many in a datagram, in order. The result has, at the index of each request that
   * the kernel refused, its error; a refused request does not stop the later ones.
   */
  batch(requests: Iterable<Request>, onReply: OnReply = () => {}): Promise<KernelError[]> {
    return this.#inTurn(async () => {
      const queue = this.#queue
      queue.clear()
      for (const request of requests) queue.add(request)
      return await this.#send(queue, onReply)
    })
  }

  /** A queue for requests to this family; `send` sends it. */
  queue(): RequestBatch {
    return new RequestBatch(this.#sender)
  }

  /** Sends what is in a queue, as `batch` does. */
  send(queue: RequestBatch): Promise<KernelError[]> {
    return this.#inTurn(() => this.#send(queue, () => {}))
  }

  async #send(queue: RequestBatch, onReply: OnReply): Promise<KernelError[]> {
    const failures: KernelError[] = []
    for (const datagram of queue.datagrams()) {
      const { first, base, last } = datagram
      this.#transport.send(queue.bytesOf(datagram))
      await this.#receive((header, data, from, to) => {
        if (header.sequence === last) return header.type === NLMSG_ERROR
        const index = first + header.sequence - base
        const name = queue.nameOf(index)
        if (header.sequence < base || header.sequence > last || name === undefined) return false
        if (header.type !== NLMSG_ERROR) {
          onReply(data, this.#payload(name, from, to), to)
          return false
        }
        const errno = errnoOf(data, from, to)
        if (errno !== 0) failures[index] = new KernelError(errno, name)
        return false
      })
    }
    return failures
  }

  /**
   * Reads a dump to its end. An interrupted one is read again: `restart` is called first, so that the caller
   * can forget what it was given.
   */
  dump(request: Request, onReply: OnReply, restart: () => void): Promise<void> {
    return this.#inTurn(async () => {
      for (let attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
        if (attempt > 0) restart()
        if (await this.#dumpOnce(request, onReply)) return
      }
      throw new TransportError(`${request.name}: the table kept changing while it was read`, 'INTERRUPTED')
    })
  }

  /** Calls made at the same time run one after the other: they share the socket and the writer. */
  #inTurn<T>(call: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(call)
    this.#turn = result.catch(() => {})
    return result
  }

  async #dumpOnce(request: Request, onReply: OnReply): Promise<boolean> {
    const writer = this.#writer
    writer.truncate(0)
    const { family, version, port } = this.#sender
    const sequence = this.#sender.next()
    writeRequest(
      writer,
      { type: family, flags: NLM_F_REQUEST | NLM_F_DUMP, sequence, port },
      request,
      version,
    )
    this.#transport.send(writer.written)
    let whole = true
    let errno = 0
    await this.#receive((header, data, start, end) => {
      if (header.sequence !== sequence) return false
      if ((header.flags & NLM_F_DUMP_INTR) !== 0) whole = false
      if (header.type === NLMSG_DONE || header.type === NLMSG_ERROR) {
        errno = errnoOf(data, start, end)
        return true
      }
      onReply(data, this.#payload(request.name, start, end), end)
      return false
    })
    if (errno !== 0) throw new KernelError(errno, request.name)
    return whole
  }

  #payload(name: string, start: number, end: number): number {
    if (end - start < GENERIC_HEADER) throw new DecodeError(name, 'no generic netlink header')
    return start + GENERIC_HEADER
  }

  /** Reads datagrams until `visit` says that the answer is complete. */
  async #receive(
    visit: (
      header: { type: number; flags: number; sequence: number },
      data: Received,
      start: number,
      end: number,
    ) => boolean,
  ): Promise<void> {
    let complete = false
    while (!complete) {
      const next = this.#transport.receive()
      const data = received(next instanceof Promise ? await this.#soon(next) : next)
      if (data.bytes.length === 0) throw new DecodeError('netlink', 'an empty datagram')
      eachMessage(data, (header, start, end) => {
        if (header.type === NLMSG_NOOP) return
        if (header.type === NLMSG_ERROR && end - start < 4) throw new DecodeError('NLMSG_ERROR', 'no errno')
        if (visit(header, data, start, end)) complete = true
      })
    }
  }

  /** An answer that never comes is an error, not a wait without end. */
  async #soon(datagram: Promise<Uint8Array>): Promise<Uint8Array> {
    let timer: NodeJS.Timeout | undefined
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new TransportError('the kernel does not answer', 'ETIMEDOUT')),
        this.#answerTimeout,
      )
    })
    try {
      return await Promise.race([datagram, silence])
    } finally {
      clearTimeout(timer)
    }
  }

  close(): void {
    this.#transport.close()
  }
}

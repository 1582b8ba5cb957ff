// The conversation with one generic netlink family: requests, dumps and batches, on one socket.
// Knows sequence numbers, acknowledgements and interruption; what the attributes mean is for the caller.
import { DecodeError, ENOENT, KernelError, TransportError } from '../errors.ts'
import { type Received, received, Writer, walk } from './attributes.ts'
import {
  beginMessage,
  eachMessage,
  endMessage,
  errnoOf,
  GENERIC_HEADER,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
  NLMSG_NOOP,
  writeNoop,
} from './message.ts'
import { ANSWER_TIMEOUT, type Transport } from './transport/transport.ts'

/** One request: `command` of the family, its name for messages, and what writes its attributes. */
export interface Request {
  readonly command: number
  readonly name: string
  readonly write?: (writer: Writer) => void
}

/** Receives the attributes of one reply: those between `start` and `end`. */
export type OnReply = (data: Received, start: number, end: number) => void

/** Requests in one datagram: 128 errors at the most then wait in the socket's receive buffer. */
const BATCH_REQUESTS = 128
/** Bytes in one datagram: well under the default send buffer (net.core.wmem_default, 212992). */
const BATCH_BYTES = 64 * 1024
/** How often an interrupted dump is read again. */
const DUMP_ATTEMPTS = 10

// The controller family (linux/genetlink.h), which knows the others.
const GENL_ID_CTRL = 0x10
const CTRL_CMD_GETFAMILY = 3
const CTRL_ATTR_FAMILY_ID = 1
const CTRL_ATTR_FAMILY_NAME = 2

export class Conversation {
  readonly #transport: Transport
  readonly #writer = new Writer(4096)
  readonly #answerTimeout: number
  #family = GENL_ID_CTRL
  #version = 1
  #sequence = 0
  #turn: Promise<unknown> = Promise.resolve()

  /** @param answerTimeout how long the kernel may be silent when it owes an answer, in milliseconds */
  constructor(transport: Transport, answerTimeout = ANSWER_TIMEOUT) {
    this.#transport = transport
    this.#answerTimeout = answerTimeout
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
    this.#family = id
    this.#version = version
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
  batch(requests: readonly Request[], onReply: OnReply = () => {}): Promise<KernelError[]> {
    return this.#inTurn(async () => {
      const failures: KernelError[] = []
      let next = 0
      while (next < requests.length) next = await this.#sendBatch(requests, next, failures, onReply)
      return failures
    })
  }

  /** Sends what fits into one datagram, from `first` on, and collects its errors. Returns the next index. */
  async #sendBatch(
    requests: readonly Request[],
    first: number,
    failures: KernelError[],
    onReply: OnReply,
  ): Promise<number> {
    const writer = this.#writer
    writer.truncate(0)
    const base = this.#sequence + 1
    let index = first
    while (index < requests.length && index - first < BATCH_REQUESTS) {
      const start = writer.length
      this.#write(requests[index]!, NLM_F_REQUEST)
      if (start > 0 && writer.length > BATCH_BYTES) {
        writer.truncate(start)
        this.#sequence--
        break
      }
      index++
    }
    // A no-op ends the datagram and is the only message that asks for an acknowledgement: when that has come,
    // every error before it has come too. (The last request could ask for it, but the kernel does not always
    // acknowledge the end of a sync daemon: kthread_stop gives EINTR, and netlink_rcv_skb skips that.)
    writeNoop(writer, ++this.#sequence, this.#transport.port)
    const end = this.#sequence
    this.#transport.send(writer.written)
    await this.#receive((header, data, from, to) => {
      const request = requests[first + header.sequence - base]
      if (header.sequence === end) return header.type === NLMSG_ERROR
      if (header.sequence < base || header.sequence > end || request === undefined) return false
      if (header.type !== NLMSG_ERROR) {
        onReply(data, this.#payload(request, from, to), to)
        return false
      }
      const errno = errnoOf(data, from, to)
      if (errno !== 0) failures[first + header.sequence - base] = new KernelError(errno, request.name)
      return false
    })
    return index
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
    this.#write(request, NLM_F_REQUEST | NLM_F_DUMP)
    const sequence = this.#sequence
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
      onReply(data, this.#payload(request, start, end), end)
      return false
    })
    if (errno !== 0) throw new KernelError(errno, request.name)
    return whole
  }

  #write(request: Request, flags: number): void {
    const header = { type: this.#family, flags, sequence: ++this.#sequence, port: this.#transport.port }
    const at = beginMessage(this.#writer, header, request.command, this.#version)
    request.write?.(this.#writer)
    endMessage(this.#writer, at)
  }

  #payload(request: Request, start: number, end: number): number {
    if (end - start < GENERIC_HEADER) throw new DecodeError(request.name, 'no generic netlink header')
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

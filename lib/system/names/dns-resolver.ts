// Questions to name servers, many at a time. The runtimes' own resolvers do not fit: one has four threads, each of which
// an unanswered question holds for ten seconds; the other takes a millisecond of work a question.
import { parseAddress } from '../../model/address.ts'
import { decodeAnswer, encodeQuestion, type RecordType } from './dns-messages.ts'
import type { DatagramEvents, DatagramSocket, NameSources } from './sources.ts'

export interface ResolverOptions {
  /** Addresses of name servers, in the order of use. */
  readonly servers: readonly string[]
  /** Default: 53. Tests use another. */
  readonly port?: number
  /** The time for all questions, in milliseconds. */
  readonly timeout: number
  /** Milliseconds after which an unanswered question goes to the next server, or again: a datagram may be lost. Default: 600. */
  readonly patience?: number
}

/** The number of questions in a burst, which a server's receive buffer (some 250 datagrams) can hold. */
const BURST = 64
/** Milliseconds between two bursts. */
const PAUSE = 2
const PATIENCE = 600
const LEAST_ROUNDS = 2
/** The maximum number of open questions: each has one of 65,536 ids. */
const MOST_OPEN = 32_768

interface Question {
  readonly domain: string
  readonly message: Uint8Array
  /** The number of servers that failed to answer it. */
  failures: number
}

/**
 * The first record of each domain; null: it has none. Domains without an answer in time are missing.
 * Never rejects.
 */
export async function resolve(
  type: RecordType,
  domains: readonly string[],
  options: ResolverOptions,
  sources: Pick<NameSources, 'connect' | 'randomId'>,
): Promise<Map<string, string | null>> {
  const distinct = [...new Set(domains)].slice(0, MOST_OPEN)
  const work = new Resolution(type, distinct, options, sources)
  try {
    return await work.run()
  } finally {
    work.close()
  }
}

class Resolution {
  readonly #answers = new Map<string, string | null>()
  /** The questions without an answer, by id. */
  readonly #open = new Map<number, Question>()
  readonly #servers: readonly NameServer[]
  readonly #end: number
  readonly #patience: number
  #wake = () => {}

  constructor(
    type: RecordType,
    domains: readonly string[],
    { servers, timeout, port = 53, patience = PATIENCE }: ResolverOptions,
    sources: Pick<NameSources, 'connect' | 'randomId'>,
  ) {
    this.#end = performance.now() + timeout
    this.#patience = patience
    for (const domain of domains) {
      let id = sources.randomId()
      while (this.#open.has(id)) id = (id + 1) & 0xffff
      this.#open.set(id, { domain, message: encodeQuestion(id, domain, type), failures: 0 })
    }
    const events = {
      receive: (message: Uint8Array) => this.#receive(message),
      // The next round asks another server at once.
      fail: () => this.#wake(),
    }
    this.#servers = servers.filter(isAddress).map((address) => new NameServer(address, port, sources, events))
  }

  async run(): Promise<Map<string, string | null>> {
    await Promise.all(this.#servers.map((server) => server.ready))
    const rounds = Math.max(LEAST_ROUNDS, this.#servers.length)
    for (let round = 0; round < rounds && this.#unfinished(); round++) {
      await this.#send(round)
      // After the last round, waits for the remaining time.
      await this.#pause(round < rounds - 1 ? this.#patience : Number.POSITIVE_INFINITY)
    }
    return this.#answers
  }

  close(): void {
    for (const server of this.#servers) server.close()
  }

  #unfinished(): boolean {
    return this.#open.size > 0 && performance.now() < this.#end && this.#servers.some(({ usable }) => usable)
  }

  /** Sends all open questions, to another server each round. */
  async #send(round: number): Promise<void> {
    let sent = 0
    for (const { message } of [...this.#open.values()]) {
      const usable = this.#servers.filter((server) => server.usable)
      const server = usable[round % usable.length]
      if (server === undefined) return
      server.send(message)
      if (++sent % BURST !== 0) continue
      await new Promise((resolve) => setTimeout(resolve, PAUSE))
      if (!this.#unfinished()) return
    }
  }

  /** Waits until everything is answered, or the time is over. */
  #pause(milliseconds: number): Promise<void> {
    if (!this.#unfinished()) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.min(milliseconds, this.#end - performance.now()))
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #receive(message: Uint8Array): void {
    if (message.length < 2) return
    const id = (message[0]! << 8) | message[1]!
    const question = this.#open.get(id)
    const answer = question && decodeAnswer(message, question.message)
    if (question === undefined || answer === undefined) return
    if (answer.kind === 'failure') {
      // The next round asks the next server, if there is one.
      if (++question.failures < this.#servers.filter(({ usable }) => usable).length) return
    } else {
      this.#answers.set(question.domain, answer.kind === 'found' ? answer.value : null)
    }
    this.#open.delete(id)
    if (this.#open.size === 0) this.#wake()
  }
}

/** An address, possibly with a zone. A name would need a look-up. */
const isAddress = (text: string) => parseAddress(text.replace(/%.*/, '')) !== undefined

/** One name server. A connected socket receives answers from no other host. */
class NameServer {
  usable = true
  readonly ready: Promise<void>
  readonly #socket: DatagramSocket

  constructor(
    address: string,
    port: number,
    { connect }: Pick<NameSources, 'connect'>,
    { receive, fail }: DatagramEvents,
  ) {
    const failed = () => {
      this.usable = false
      fail()
    }
    this.#socket = connect(address, port, { receive, fail: failed })
    this.ready = this.#socket.ready
  }

  send(message: Uint8Array): void {
    this.#socket.send(message)
  }

  close(): void {
    this.#socket.close()
  }
}

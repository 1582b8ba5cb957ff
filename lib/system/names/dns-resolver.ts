// Asks name servers for the names of many addresses at once. The runtime's own resolvers are no help: one has four
// threads, each of which an unanswered question holds for ten seconds; the other takes a millisecond of work a question.
import { randomInt } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { isIP } from 'node:net'
import type { Address } from '../../model/address.ts'
import { decodeAnswer, encodeQuestion, reverseDomain } from './dns-messages.ts'

export interface ResolverOptions {
  /** Addresses of name servers, the first of which is asked first. */
  readonly servers: readonly string[]
  /** Only tests have another. */
  readonly port?: number
  /** Milliseconds after which it is over. */
  readonly timeout: number
}

/** As many questions are sent at a time, so that a server's receive buffer (some 250 datagrams) holds them. */
const BURST = 64
/** Milliseconds between two bursts. */
const PAUSE = 2
/** Milliseconds after which a question without an answer goes to the next server; or again, for a datagram may be lost. */
const PATIENCE = 600
const LEAST_ROUNDS = 2
/** Questions that may be open: each has one of 65,536 ids. */
const MOST_OPEN = 32_768

interface Question {
  readonly address: Address
  readonly message: Buffer
}

/** The names of addresses, of those that a server knew in time. Never rejects. */
export async function resolveNames(
  addresses: readonly Address[],
  options: ResolverOptions,
): Promise<Map<Address, string>> {
  const work = new Resolution(addresses.slice(0, MOST_OPEN), options)
  try {
    return await work.run()
  } finally {
    work.close()
  }
}

class Resolution {
  readonly #names = new Map<Address, string>()
  /** By id: those that nothing is known of yet. */
  readonly #open = new Map<number, Question>()
  readonly #servers: readonly Server[]
  readonly #end: number
  #wake = () => {}

  constructor(addresses: readonly Address[], { servers, timeout, port = 53 }: ResolverOptions) {
    this.#end = performance.now() + timeout
    for (const address of addresses) {
      let id = randomInt(65536)
      while (this.#open.has(id)) id = (id + 1) & 0xffff
      this.#open.set(id, { address, message: encodeQuestion(id, reverseDomain(address)) })
    }
    this.#servers = servers.map((address) => new Server(address, port, (message) => this.#receive(message)))
  }

  async run(): Promise<Map<Address, string>> {
    await Promise.all(this.#servers.map((server) => server.ready))
    const rounds = Math.max(LEAST_ROUNDS, this.#servers.length)
    for (let round = 0; round < rounds && this.#unfinished(); round++) {
      await this.#send(round)
      // What was sent for the last time is waited for as long as there is time.
      await this.#pause(round < rounds - 1 ? PATIENCE : Number.POSITIVE_INFINITY)
    }
    return this.#names
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

  /** Waits, but not when all is known, nor beyond the end. */
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
    const id = (message[0]! << 8) | message[1]!
    const question = this.#open.get(id)
    const answer = question && decodeAnswer(message, question.message)
    // What a server fails to answer is asked again, of the next one.
    if (question === undefined || answer === undefined || answer.kind === 'failure') return
    if (answer.kind === 'name') this.#names.set(question.address, answer.name)
    this.#open.delete(id)
    if (this.#open.size === 0) this.#wake()
  }
}

/** One name server; a connected socket takes nobody else's answers. */
class Server {
  usable = true
  readonly ready: Promise<void>
  readonly #socket: Socket

  constructor(address: string, port: number, receive: (message: Uint8Array) => void) {
    this.#socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
    this.#socket.on('message', receive)
    this.ready = new Promise((resolve) => {
      const fail = () => {
        this.usable = false
        resolve()
      }
      // Nobody listens there, or there is no way there.
      this.#socket.on('error', fail)
      this.#socket.once('connect', resolve)
      // A name instead of an address would have to be looked up itself.
      if (isIP(address) === 0) return fail()
      this.#socket.connect(port, address)
    })
  }

  send(message: Buffer): void {
    this.#socket.send(message, (error) => {
      if (error) this.usable = false
    })
  }

  close(): void {
    this.#socket.close()
  }
}

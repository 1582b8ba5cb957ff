// Requests of one connection as messages, one at a time.
import { AttributeWriter } from './attributes.ts'
import { NLM_F_REQUEST, writeNoop } from './message.ts'
import { headerOf, type Request, type Sender, writeMessage } from './request-batch.ts'

export class RequestEncoder {
  readonly #sender: Sender
  readonly #writer = new AttributeWriter(512)
  /** By command. */
  readonly #headers: Uint8Array[] = []

  constructor(sender: Sender) {
    this.#sender = sender
  }

  /** A request's message, numbered 0; valid until the next call. */
  message(request: Request): Uint8Array {
    const { command } = request
    this.#headers[command] ??= headerOf(this.#sender, { flags: NLM_F_REQUEST, sequence: 0 }, command)
    this.#writer.truncate(0)
    writeMessage(this.#writer, this.#headers[command], request)
    return this.#writer.written
  }

  /** The no-op that ends a datagram; valid until the next call. */
  noop(): Uint8Array {
    this.#writer.truncate(0)
    writeNoop(this.#writer, 0, this.#sender.port)
    return this.#writer.written
  }
}

// A reader of an event stream, as the server sees it.
import { EventEmitter, once } from 'node:events'
import type { ServerResponse } from 'node:http'

/** The side of the server of a stream, with as much waiting as a test says. */
export class Reader {
  readonly written: string[] = []
  /** The same as it was given. */
  readonly chunks: (Buffer | string)[] = []
  writableLength = 0
  isDestroyed = false
  readonly #emitter = new EventEmitter()
  readonly destroyed = once(this.#emitter, 'close')

  get response(): ServerResponse {
    const reader = this
    return {
      get writableLength() {
        return reader.writableLength
      },
      on: (name: string, listener: () => void) => reader.#emitter.on(name, listener),
      write(bytes: Buffer | string) {
        reader.chunks.push(bytes)
        reader.written.push(bytes.toString())
        reader.#emitter.emit('text', bytes.toString())
      },
      end: () => reader.#emitter.emit('close'),
      destroy() {
        reader.isDestroyed = true
        reader.#emitter.emit('close')
      },
    } as unknown as ServerResponse
  }

  /** The next text that matches. */
  async next(pattern: RegExp): Promise<string> {
    for (;;) {
      const [text] = (await once(this.#emitter, 'text')) as [string]
      if (pattern.test(text)) return text
    }
  }
}

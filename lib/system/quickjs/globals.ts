// Web interfaces that the program uses and the engine does not have.
import { decodeUtf8, encodeUtf8, now } from 'host'
import { clearTimer, setTimer } from './event-loop.ts'

class Encoder {
  encode(text: string): Uint8Array {
    return new Uint8Array(encodeUtf8(text))
  }
}

/** UTF-8 only. */
class Decoder {
  readonly #keepsMark: boolean

  constructor(_encoding = 'utf-8', { ignoreBOM = false } = {}) {
    this.#keepsMark = ignoreBOM
  }

  decode(bytes: Uint8Array): string {
    const text = decodeUtf8(bytes)
    return this.#keepsMark || !text.startsWith('\ufeff') ? text : text.slice(1)
  }
}

export function installGlobals(): void {
  Object.assign(globalThis, {
    TextEncoder: Encoder,
    TextDecoder: Decoder,
    performance: { now },
    setTimeout: setTimer,
    clearTimeout: clearTimer,
    setImmediate: (callback: () => void) => setTimer(callback, 0),
  })
}

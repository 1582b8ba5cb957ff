// Web interfaces that the program uses and the engine does not have.
import { decodeUtf8, encodeUtf8, now, random } from 'host'
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

/** A number from 0 to 1. The engine's own are the same in each process (native/snapshot.c). */
function fraction(): number {
  const number = new Uint32Array(1)
  random(new Uint8Array(number.buffer))
  return number[0]! / 2 ** 32
}

export function installGlobals(): void {
  Math.random = fraction
  Object.assign(globalThis, {
    TextEncoder: Encoder,
    TextDecoder: Decoder,
    performance: { now },
    setTimeout: setTimer,
    clearTimeout: clearTimer,
    setImmediate: (callback: () => void) => setTimer(callback, 0),
  })
}

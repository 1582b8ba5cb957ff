// The set-up that all targets of fuzzing share.
import { installGlobals } from '../../lib/system/quickjs/globals.ts'

installGlobals()

/** Gives the harness the function that takes each input. */
export function target(fuzz: (bytes: Uint8Array) => void | Promise<void>): void {
  Object.assign(globalThis, { fuzz: (buffer: ArrayBuffer) => fuzz(new Uint8Array(buffer)) })
}

/** The choices of a generator, which an input makes; after its end they are zero. */
export function choices(bytes: Uint8Array): (below: number) => number {
  let at = 0
  return (below) => {
    const first = bytes[at++] ?? 0
    return (below > 256 ? first | ((bytes[at++] ?? 0) << 8) : first) % below
  }
}

/** Throws, which is a finding, unless both print as the same JSON. */
export function same(actual: unknown, expected: unknown): void {
  if (actual === expected) return
  const [a, b] = [actual, expected].map((value) =>
    JSON.stringify(value, (_, each) => {
      if (typeof each === 'bigint') return `${each}n`
      // A call for each byte would take most of the time.
      return ArrayBuffer.isView(each) ? `${each}` : each
    }),
  )
  if (a !== b) throw new Error(`${a} instead of ${b}`)
}

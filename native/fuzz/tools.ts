// The set-up that all targets of fuzzing share.
import { installGlobals } from '../../lib/system/quickjs/globals.ts'

installGlobals()

/** Gives the harness the function that takes each input. */
export function target(fuzz: (bytes: Uint8Array) => void | Promise<void>): void {
  Object.assign(globalThis, { fuzz: (buffer: ArrayBuffer) => fuzz(new Uint8Array(buffer)) })
}

/** Throws, which is a finding, unless both print as the same JSON. */
export function same(actual: unknown, expected: unknown): void {
  const [a, b] = [actual, expected].map((value) =>
    JSON.stringify(value, (_, each) => {
      if (typeof each === 'bigint') return `${each}n`
      // A call for each byte would take most of the time.
      return ArrayBuffer.isView(each) ? `${each}` : each
    }),
  )
  if (a !== b) throw new Error(`${a} instead of ${b}`)
}

// The result of a check, and the frame of all kinds: one result, at the latest when the signal is given.
import { getSystemErrorMap } from 'node:util'
import type { CheckResult } from './health-check.ts'

const LONGEST_DETAIL = 200

/** A result without its time. */
export type UntimedResult = Omit<CheckResult, 'ms'>

/** One line of at most 200 characters; control characters and those that change the direction of text are escaped. */
export function detail(text: string): string {
  // Escapes are longer: more than this is never needed.
  const line = text.slice(0, LONGEST_DETAIL).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) => {
    const code = character.codePointAt(0)!.toString(16)
    return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u{${code}}`
  })
  return line.length <= LONGEST_DETAIL && text.length <= LONGEST_DETAIL
    ? line
    : `${cutAt(line, LONGEST_DETAIL - 1)}…`
}

/** The beginning of a text, without half a character at its end. */
function cutAt(text: string, length: number): string {
  const cut = text.slice(0, length)
  return /[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut
}

export const up = (text: string): UntimedResult => ({ up: true, detail: detail(text) })
export const down = (text: string): UntimedResult => ({ up: false, detail: detail(text) })
export const inconclusive = (text: string): UntimedResult => ({
  up: false,
  detail: detail(text),
  inconclusive: true,
})

/** Errors that say something about this machine, and nothing about the server. */
const LOCAL = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL', 'EADDRINUSE', 'EAGAIN'])

/** The outcome of an error that a socket or a program gave. */
export function failure(error: Error): UntimedResult {
  const { code, errno } = error as NodeJS.ErrnoException
  const system = errno === undefined ? undefined : getSystemErrorMap().get(errno)
  const text = system?.[1] ?? error.message
  return code !== undefined && LOCAL.has(code) ? inconclusive(text) : down(text)
}

/**
 * Runs one check. `begin` starts it and returns the function that releases all it holds, which is called once, after the
 * outcome or the signal. An error that `begin` throws is the outcome.
 * @param atSignal the outcome if the signal comes first
 */
export function runUntil(
  signal: AbortSignal,
  begin: (finish: (outcome: UntimedResult) => void) => () => void,
  atSignal: () => UntimedResult,
): Promise<CheckResult> {
  return new Promise((resolve) => {
    const start = performance.now()
    let release: (() => void) | undefined
    let outcome: UntimedResult | undefined
    const finish = (found: UntimedResult) => {
      if (outcome !== undefined) return
      outcome = found
      signal.removeEventListener('abort', stop)
      release?.()
      resolve({ ...found, ms: performance.now() - start })
    }
    const stop = () => finish(atSignal())
    if (signal.aborted) return stop()
    signal.addEventListener('abort', stop, { once: true })
    try {
      const begun = begin(finish)
      if (outcome === undefined) release = begun
      else begun()
    } catch (error) {
      finish(failure(error as Error))
    }
  })
}

// Results of the host's functions: converts a negative errno to an error with Node's message.
import { describeErrno, errnoName } from '../../model/errors.ts'

const EINTR = -4
export const EAGAIN = -11

/** The result of a call, which is repeated after a signal. Throws an error with the errno's name as `code`. */
export function call(name: string, operation: () => number): number {
  for (;;) {
    const result = operation()
    if (result >= 0) return result
    if (result !== EINTR) throw systemError(name, result)
  }
}

/** @param result negative */
export function systemError(name: string, result: number): Error {
  const code = errnoName(-result)
  const text = describeErrno(-result)
  return Object.assign(new Error(`${code}: ${text[0]!.toLowerCase()}${text.slice(1)}, ${name}`), { code })
}

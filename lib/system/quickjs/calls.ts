// Results of the host's functions: a negative errno becomes an error, in the words that Node has for it.
import { describeErrno, errnoName } from '../../model/errors.ts'

const EINTR = -4
export const EAGAIN = -11

/** The result of a call, which is made again after a signal. Throws an error with the errno's name as `code`. */
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

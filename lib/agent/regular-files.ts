// The files of the agent, which must not keep it waiting: a FIFO, a socket or a device is refused.
import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats, statSync } from 'node:fs'
import { type System, WriteError } from '../system/system.ts'

/** Paths of a device that is always empty, and of this process's descriptors, such as a pipe that the shell has made. */
const ALLOWED = /^\/dev\/(null|stdin|fd\/\d+)$/

/** The system, on which files alone are read and replaced. */
export function withRegularFiles(system: System): System {
  return {
    ...system,
    readFile: (path) => (ALLOWED.test(path) ? system.readFile(path) : readRegular(path)),
    replaceFile(path, text) {
      const problem = ALLOWED.test(path) ? undefined : problemAt(path)
      if (problem !== undefined) throw new WriteError(`cannot write ${path}: ${problem}`)
      system.replaceFile(path, text)
    },
  }
}

/** The reason why a file may keep a reader waiting; undefined: it does not. */
export function waitProblem(
  status: Pick<Stats, 'isFile' | 'isDirectory' | 'isFIFO' | 'isSocket'>,
): string | undefined {
  if (status.isFile() || status.isDirectory()) return undefined
  const kind = status.isFIFO() ? 'a FIFO' : status.isSocket() ? 'a socket' : 'a device'
  return `it is not a file but ${kind}`
}

function problemAt(path: string): string | undefined {
  const status = statSync(path, { throwIfNoEntry: false })
  return status && waitProblem(status)
}

function readRegular(path: string): Uint8Array {
  // Opening a device may have an effect.
  refuse(problemAt(path))
  // Another program may replace the file meanwhile: opening a FIFO does not wait either.
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    refuse(waitProblem(fstatSync(descriptor)))
    return readFileSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function refuse(problem: string | undefined): void {
  if (problem !== undefined) throw new Error(problem)
}

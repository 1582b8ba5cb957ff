// Other programs, which run with an empty environment.
import { close, open, pipe, read, spawn, wait } from 'host'
import { MODPROBE } from '../modprobe.ts'
import { EAGAIN } from './calls.ts'
import { setTimer, watch } from './event-loop.ts'

const VARIABLES = Object.entries(MODPROBE.env).map(([name, value]) => `${name}=${value}`)
const STDOUT = 1
const STDERR = 2
/** asm-generic/fcntl.h */
const WRITE_ONLY = 1
const BLOCK = 4096

/** Starts the program; fulfilled at its end. Does nothing if it is missing. */
export function runProgram(path: string, words: readonly string[]): Promise<void> {
  const process = spawn(path, [path, ...words], VARIABLES, STDOUT, STDERR)
  if (process < 0) return Promise.resolve()
  return new Promise((resolve) => {
    // The wait blocks: work that is pending goes first.
    setTimer(() => {
      wait(process)
      resolve()
    })
  })
}

/** The program's output; undefined if it is missing or fails. */
export function programOutput(path: string, words: readonly string[]): Promise<string | undefined> {
  const ends = new Int32Array(2)
  if (pipe(ends) < 0) return Promise.resolve(undefined)
  const [output = -1, input = -1] = ends
  const nowhere = open('/dev/null', WRITE_ONLY, 0)
  const process = spawn(path, [path, ...words], VARIABLES, input, nowhere)
  close(input)
  close(nowhere)
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = []
    const block = new Uint8Array(BLOCK)
    const unwatch = watch(output, () => {
      const count = read(output, block)
      if (count === EAGAIN) return
      if (count > 0) return void chunks.push(block.slice(0, count))
      unwatch()
      close(output)
      resolve(process >= 0 && wait(process) === 0 ? textOf(chunks) : undefined)
    })
  })
}

function textOf(chunks: readonly Uint8Array[]): string {
  const all = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const chunk of chunks) {
    all.set(chunk, at)
    at += chunk.length
  }
  return new TextDecoder().decode(all)
}

// Streams of the process, read and written at once and without the runtime's stream objects, which take long to make.
import { BrokenPipe, type System, WriteError } from './system.ts'

/** A runtime's calls on files. What they throw has the errno's name as its `code`. */
export interface Files {
  /** For reading. */
  open(path: string): number
  close(descriptor: number): void
  /** The count of bytes that were read into the buffer; 0 at the end. */
  read(descriptor: number, buffer: Uint8Array): number
  /** The count of bytes that were written. */
  write(descriptor: number, bytes: Uint8Array): number
}

type Streams = Pick<System, 'readInput' | 'writeOutput' | 'writeError' | 'readChunks'>

const CHUNK = 64 * 1024
/** Bytes for some ten thousand rules: what grows is copied, and memory costs nothing until it is written to. */
const INPUT = 1024 * 1024

export function streams(files: Files): Streams {
  return {
    readInput: () => readAll(files, 0),
    writeOutput: (text) => writeAll(files, 1, text),
    writeError: (text) => writeAll(files, 2, text),
    readChunks: (path) => readFile(files, path),
  }
}

/** A file's content in pieces that are valid until the next one is asked for. */
function* readFile(files: Files, path: string): Generator<Uint8Array, void, undefined> {
  const descriptor = files.open(path)
  try {
    const buffer = Buffer.allocUnsafeSlow(CHUNK)
    for (;;) {
      const count = untilReady(() => files.read(descriptor, buffer))
      if (count === 0) return
      yield buffer.subarray(0, count)
    }
  } finally {
    files.close(descriptor)
  }
}

/** All of it, in one buffer that grows: a stream says nothing about its size. */
function readAll(files: Files, descriptor: number): string {
  let buffer = Buffer.allocUnsafeSlow(INPUT)
  let length = 0
  for (;;) {
    const count = untilReady(() => files.read(descriptor, buffer.subarray(length)))
    if (count === 0) return buffer.toString('utf8', 0, length)
    length += count
    if (length === buffer.length) {
      const larger = Buffer.allocUnsafeSlow(2 * length)
      larger.set(buffer)
      buffer = larger
    }
  }
}

function writeAll(files: Files, descriptor: number, text: string): void {
  const bytes = Buffer.from(text)
  for (let written = 0; written < bytes.length; ) {
    try {
      written += untilReady(() => files.write(descriptor, written === 0 ? bytes : bytes.subarray(written)))
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      throw code === 'EPIPE' ? new BrokenPipe(message) : new WriteError(message)
    }
  }
}

/** Another process may have made the descriptor non-blocking: waits until it is ready. */
function untilReady(operation: () => number): number {
  for (;;) {
    try {
      return operation()
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EOF') return 0
      if (code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2)
    }
  }
}

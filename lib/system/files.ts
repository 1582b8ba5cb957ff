// The process's streams and whole files, by system calls, because a runtime's stream objects are slow to create.
import { BrokenPipe, type System, WriteError } from './system.ts'

/** A runtime's file calls. Their errors have the errno's name as `code`. */
export interface Files {
  /** Opens for reading. */
  open(path: string): number
  close(descriptor: number): void
  /** Gives the number of bytes read into the buffer; 0 at the end. */
  read(descriptor: number, buffer: Uint8Array): number
  /** Gives the number of bytes written. */
  write(descriptor: number, bytes: Uint8Array): number
  /** Memory with anything in it. Default: zeros. */
  allocate?(length: number): Uint8Array
  /** Waits until a descriptor that does not block can be read or written. Default: a moment. */
  wait?(descriptor: number, kind: 'read' | 'write'): void
}

/** An error of a runtime's call. */
export interface SystemError extends Error {
  /** The errno's name. */
  readonly code?: string
}

type Streams = Pick<System, 'readInput' | 'writeOutput' | 'writeError' | 'readChunks' | 'readFile'>

const BLOCK = 64 * 1024
/** The minimum size of a read: a file of /proc gives a page at a time. */
const LEAST_ROOM = 4096
/** Bytes for some ten thousand rules, because growing copies, and untouched memory costs nothing. */
const INPUT = 1024 * 1024

const zeros = (length: number) => new Uint8Array(length)

export function streams(files: Files): Streams {
  return {
    readInput: () => readAll(files, 0, INPUT),
    writeOutput: (text) => writeAll(files, 1, text),
    writeError: (text) => writeAll(files, 2, text),
    readChunks: (path) => readChunks(files, path),
    readFile(path) {
      const descriptor = files.open(path)
      try {
        return readAll(files, descriptor, BLOCK)
      } finally {
        files.close(descriptor)
      }
    },
  }
}

/** A file's content in chunks, which share blocks of memory and are never overwritten. */
function* readChunks(files: Files, path: string): Generator<Uint8Array, void, undefined> {
  const descriptor = files.open(path)
  try {
    const { allocate = zeros } = files
    let room: Uint8Array = zeros(0)
    for (;;) {
      if (room.length < LEAST_ROOM) room = allocate(BLOCK)
      const count = untilReady(files, descriptor, 'read', () => files.read(descriptor, room))
      if (count === 0) return
      yield room.subarray(0, count)
      room = room.subarray(count)
    }
  } finally {
    files.close(descriptor)
  }
}

/** The whole content, in a growing buffer: the size of a stream or of a file of /proc is unknown. */
function readAll(files: Files, descriptor: number, capacity: number): Uint8Array {
  const { allocate = zeros } = files
  let buffer = allocate(capacity)
  let length = 0
  for (;;) {
    const count = untilReady(files, descriptor, 'read', () => files.read(descriptor, buffer.subarray(length)))
    if (count === 0) return buffer.subarray(0, length)
    length += count
    if (length === buffer.length) {
      const larger = allocate(2 * length)
      larger.set(buffer)
      buffer = larger
    }
  }
}

function writeAll(files: Files, descriptor: number, text: string | Uint8Array): void {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text
  for (let written = 0; written < bytes.length; ) {
    try {
      written += untilReady(files, descriptor, 'write', () =>
        files.write(descriptor, written === 0 ? bytes : bytes.subarray(written)),
      )
    } catch (error) {
      const { code, message } = error as SystemError
      throw code === 'EPIPE' ? new BrokenPipe(message) : new WriteError(message)
    }
  }
}

/** Repeats an operation until it succeeds: another process may have made the descriptor non-blocking. */
function untilReady(
  files: Files,
  descriptor: number,
  kind: 'read' | 'write',
  operation: () => number,
): number {
  for (;;) {
    try {
      return operation()
    } catch (error) {
      const { code } = error as SystemError
      if (code === 'EOF') return 0
      if (code !== 'EAGAIN') throw error
      if (files.wait !== undefined) files.wait(descriptor, kind)
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2)
    }
  }
}

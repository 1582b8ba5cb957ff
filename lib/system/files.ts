// Streams of the process, read and written at once and without the runtime's stream objects, which take long to make.
import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { BrokenPipe, WriteError } from './system.ts'

const CHUNK = 64 * 1024

/** The content of a file or a descriptor, in pieces that are valid until the next one is asked for. */
export function* readChunks(source: string | number): Generator<Uint8Array, void, undefined> {
  const descriptor = typeof source === 'number' ? source : openSync(source, 'r')
  try {
    const buffer = Buffer.allocUnsafe(CHUNK)
    for (;;) {
      const count = untilReady(() => readSync(descriptor, buffer, 0, CHUNK, null))
      if (count === 0) return
      yield buffer.subarray(0, count)
    }
  } finally {
    if (typeof source === 'string') closeSync(descriptor)
  }
}

export function readAll(descriptor: number): string {
  const chunks: Buffer[] = []
  for (const chunk of readChunks(descriptor)) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString()
}

export function writeAll(descriptor: number, text: string): void {
  const bytes = Buffer.from(text)
  for (let written = 0; written < bytes.length; ) {
    try {
      written += untilReady(() => writeSync(descriptor, bytes, written))
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

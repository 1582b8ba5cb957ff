// Signals, read from a descriptor by the event loop.
import { close, read, releaseSignals, signals } from 'host'
import type { Interruption, System } from '../system.ts'
import { call } from './calls.ts'
import { watch } from './event-loop.ts'

// asm-generic/signal.h
const INTERRUPTIONS: Readonly<Record<Interruption, number>> = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }
export const SIGWINCH = 28
/** `struct signalfd_siginfo`; its first four bytes are the signal's number. */
const RECORD = 128

/** Calls `listener` at these signals, until the returned function is called, which restores their default effect. */
export function onSignals(numbers: readonly number[], listener: (number: number) => void): () => void {
  const set = Int32Array.from(numbers)
  const descriptor = call('signalfd', () => signals(set))
  const record = new Uint8Array(RECORD)
  const unwatch = watch(descriptor, () => {
    if (read(descriptor, record) === RECORD) listener(record[0]!)
  })
  return () => {
    unwatch()
    close(descriptor)
    releaseSignals(set)
  }
}

export const onInterrupt: NonNullable<System['onInterrupt']> = (listener) =>
  onSignals(Object.values(INTERRUPTIONS), (number) => {
    for (const [name, other] of Object.entries(INTERRUPTIONS)) {
      if (number === other) listener(name as Interruption)
    }
  })

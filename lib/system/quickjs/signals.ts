// Signals that ask the process to end, read from a descriptor when the event loop turns.
import { close, read, signals } from 'host'
import type { Interruption, System } from '../system.ts'
import { watch } from './loop.ts'

/** asm-generic/signal.h */
const NUMBERS: Readonly<Record<Interruption, number>> = { SIGINT: 2, SIGTERM: 15 }
/** `struct signalfd_siginfo`; its first four bytes are the signal's number. */
const RECORD = 128

/** After the listener's time a signal stays without effect: the work is done, and the status has to say so. */
export const onInterrupt: NonNullable<System['onInterrupt']> = (listener) => {
  const descriptor = signals(Int32Array.from(Object.values(NUMBERS)))
  const record = new Uint8Array(RECORD)
  const unwatch = watch(descriptor, () => {
    if (read(descriptor, record) !== RECORD) return
    for (const [name, number] of Object.entries(NUMBERS)) {
      if (record[0] === number) listener(name as Interruption)
    }
  })
  return () => {
    unwatch()
    close(descriptor)
  }
}

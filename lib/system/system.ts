// What the program needs of the machine, so that a runtime, or a test, can stand in for it.
import type { NetlinkProtocol, Transport } from '../netlink/transport.ts'

export interface System {
  /** What the program was called as, for messages. Default: `ipvsadm`. */
  readonly programName?: string
  /** Notes that a part of the work is done, for whoever wants to know where the time goes. */
  readonly trace?: ((part: string) => void) | undefined
  /** Opens a netlink socket. Default: of the protocol `generic`. */
  transport(protocol?: NetlinkProtocol): Promise<Transport>
  /** Asks the kernel to load ip_vs. */
  loadModule(): Promise<void>
  /** Whether the process may administer the network. */
  readonly privileged: boolean
  readonly env: Readonly<Record<string, string | undefined>>
  /** All of stdin. */
  readInput(): string
  /** Writes all of the text; throws a BrokenPipe when nobody reads it any more, a WriteError on other failures. */
  writeOutput(text: string): void
  writeError(text: string): void
  /** A file's content in pieces, each of which the caller may keep. */
  readChunks(path: string): Iterable<Uint8Array>
  /** The whole content of a file of any length, one of /proc too. */
  readFile(path: string): Uint8Array
  /** The terminal that stdout is; undefined, or no such method, when it is none. */
  outputTerminal?(): Terminal | undefined
  /** Whether stderr is a terminal. */
  errorIsTerminal?(): boolean
  /**
   * Takes a lock of the network namespace, waiting for it so many seconds. `holder` is what others who want it
   * are told. Without such a method there is nobody to lock out.
   */
  lock?(name: string, holder: string, wait: number): Promise<LockOutcome>
  /**
   * Has a signal that asks the process to end call `listener` instead, until the function that it gives is called;
   * after that it is too late for one, and it does nothing.
   * Without such a method there are no signals.
   */
  onInterrupt?(listener: (signal: Interruption) => void): () => void
}

/** The lock, or what its holder says of itself (anything: it may be nobody's friend). */
export type LockOutcome = { readonly lock: Lock } | { readonly holder: string }

export interface Lock {
  release(): void
}

export type Interruption = 'SIGINT' | 'SIGTERM'

export interface Terminal {
  /** How many characters fit in a line. */
  readonly columns: number
  readonly rows: number
}

/** Nobody reads stdout any more: not a failure. */
export class BrokenPipe extends Error {
  override readonly name = 'BrokenPipe'
}

/** Output could not be written. */
export class WriteError extends Error {
  override readonly name = 'WriteError'
}

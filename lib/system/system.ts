// The machine as the program needs it: an interface that each runtime implements, and tests do.
import type { Address } from '../model/address.ts'
import type { NetlinkProtocol, Transport } from '../netlink/transport.ts'
import type { NameService } from './names/name-service.ts'

export interface System {
  /** The name that the program was called by, for messages. Default: `ipvsadm`. */
  readonly programName?: string
  /** The runtime and its version, for example `Node.js 20.19.0`. */
  readonly runtime?: string
  /** Records that a part of the work is done, for a trace of where the time goes. */
  readonly trace?: ((part: string) => void) | undefined
  /** Opens a netlink socket. Default: of the protocol `generic`. */
  transport(protocol?: NetlinkProtocol): Promise<Transport>
  /**
   * The output of an administration program that only reads, such as /usr/sbin/iptables-save; undefined if there is no
   * such program or it fails. It gets nothing of this process's environment.
   */
  programOutput?(path: string, words: readonly string[]): Promise<string | undefined>
  /**
   * Tries a TCP connection and closes it at once: 0, or the errno with which it failed; ETIMEDOUT after so many
   * milliseconds without an answer. Without such a method nothing can be tried.
   */
  connectTcp?(address: Address, port: number, milliseconds: number): Promise<number>
  /** Asks the kernel to load ip_vs. */
  loadModule(): Promise<void>
  /** Whether the process may administer the network. */
  readonly privileged: boolean
  readonly env: Readonly<Record<string, string | undefined>>
  /** The id of this process. Default: 0. */
  readonly processId?: number
  /** Look-ups of hosts and services. */
  readonly names: NameService
  /** All of stdin. */
  readInput(): string
  /** Writes all of the text. Throws a BrokenPipe when the reader has gone, a WriteError on other failures. */
  writeOutput(text: string): void
  writeError(text: string): void
  /** A file's content in pieces, each of which the caller may keep. */
  readChunks(path: string): Iterable<Uint8Array>
  /** The whole content of a file of any length, one of /proc too. */
  readFile(path: string): Uint8Array
  /**
   * Replaces a file's content: at every moment the path names the old file or the new one, both complete.
   * Throws a WriteError; the old file is untouched then.
   */
  replaceFile(path: string, text: string): void
  /** The terminal that stdout is; undefined, or no such method, when it is none. */
  outputTerminal?(): Terminal | undefined
  /**
   * Has the terminal give keys as bytes, without echo, until the session is closed; undefined, or no such method, unless
   * stdin and stdout are a terminal.
   */
  openTerminal?(events: TerminalEvents): TerminalSession | undefined
  /** Whether stderr is a terminal. */
  errorIsTerminal?(): boolean
  /**
   * Takes a lock of the network namespace, waiting up to `wait` seconds. Other processes that want it are told
   * `holder`. Without such a method no other process is excluded.
   */
  lock?(name: string, holder: string, wait: number): Promise<LockOutcome>
  /**
   * Has a signal that asks the process to end call `listener` instead, until the function that it returns is called:
   * then signals end the process again. Without such a method there are no signals.
   */
  onInterrupt?(listener: (signal: Interruption) => void): () => void
  /** The network namespaces of the machine. Without it none but the process's own can be reached. */
  readonly namespaces?: Namespaces
}

/** Files that stand for network namespaces, and the way into one. Errors have the errno's name as `code`. */
export interface Namespaces {
  /** The names in a directory. */
  list(directory: string): readonly string[]
  /** The inode of the network namespace that a file stands for; undefined if it stands for none. */
  inode(path: string): number | undefined
  /** The text of a file of /proc, as a process in the namespace reads it. */
  read(path: string, file: string): Promise<string>
  /**
   * Moves this process into the namespace; or, where the runtime cannot, runs this program again in there, with these
   * words in place of its own, the same streams and the signals that come.
   */
  enter(path: string, words: readonly string[]): Promise<Entered>
}

/** This process is in the namespace; or another one was, and ended with this status. */
export type Entered = 'entered' | { readonly status: number }

/** The lock, or the text by which its holder introduces itself (not to be trusted: any process can hold the name). */
export type LockOutcome = { readonly lock: Lock } | { readonly holder: string }

export interface Lock {
  release(): void
}

export type Interruption = 'SIGHUP' | 'SIGINT' | 'SIGTERM'

export interface Terminal {
  /** How many characters fit in a line. */
  readonly columns: number
  readonly rows: number
}

/** Called between `openTerminal` and the session's `close`. */
export interface TerminalEvents {
  /** Bytes that were typed, cut anywhere; theirs to keep. */
  input(bytes: Uint8Array): void
  /** The size has changed: `outputTerminal` has the new one. */
  resized(): void
  /** The terminal is gone, or can give no more input. */
  ended(): void
}

export interface TerminalSession {
  /** Puts the terminal back into the mode that it was in. */
  close(): void
}

/** The reader of an output has gone: not a failure. */
export class BrokenPipe extends Error {
  override readonly name = 'BrokenPipe'
}

/** Output could not be written. */
export class WriteError extends Error {
  override readonly name = 'WriteError'
}

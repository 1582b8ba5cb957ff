// The machine, as an interface that each runtime and the tests implement.
import type { Address } from '../model/address.ts'
import type { NetlinkProtocol, Transport } from '../netlink/transport.ts'
import type { NameService } from './names/name-service.ts'

export interface System {
  /** The name of the program as called, for messages. Default: `ipvsadm`. */
  readonly programName?: string
  /** The runtime and its version, for example `Node.js 20.19.0`. */
  readonly runtime?: string
  /** Records the end of a part of the work, for a trace of its time. */
  readonly trace?: ((part: string) => void) | undefined
  /** Opens a netlink socket. Default: of the protocol `generic`. */
  transport(protocol?: NetlinkProtocol): Promise<Transport>
  /**
   * The output of an administration program that only reads, such as /usr/sbin/iptables-save; undefined if the program
   * is missing or fails. Runs with an empty environment.
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
  readInput(): Uint8Array
  /**
   * Writes all of the text, which may be UTF-8. Throws a BrokenPipe when the reader has gone, a WriteError on other
   * failures.
   */
  writeOutput(text: string | Uint8Array): void
  writeError(text: string): void
  /** A file's content in chunks, which the caller may keep. */
  readChunks(path: string): Iterable<Uint8Array>
  /** The whole content of a file of any length, also under /proc. */
  readFile(path: string): Uint8Array
  /** The mode of a file, with its permissions; undefined: there is none. */
  fileMode?(path: string): number | undefined
  /**
   * Replaces a file's content: at every moment the path names the old file or the new one, both complete.
   * On failure throws a WriteError and leaves the old file unchanged.
   */
  replaceFile(path: string, text: string): void
  /** The terminal on stdout; undefined, or no such method, if stdout is not a terminal. */
  outputTerminal?(): Terminal | undefined
  /**
   * Switches the terminal to keys as bytes, without echo, until the session is closed; undefined, or no such method,
   * unless stdin and stdout are a terminal.
   */
  openTerminal?(events: TerminalEvents): TerminalSession | undefined
  /** Whether stderr is a terminal. */
  errorIsTerminal?(): boolean
  /**
   * Acquires a lock of the network namespace, waiting up to `wait` seconds. Waiting processes receive
   * `holder`. Without this method no process is excluded.
   */
  lock?(name: string, holder: string, wait: number): Promise<LockOutcome>
  /**
   * Sends a line to the process that listens on a Unix socket, and waits a moment for its answer. Does nothing, and never
   * rejects, if none listens there.
   */
  sendLine?(path: string, line: string): Promise<void>
  /**
   * Redirects signals that ask the process to end to `listener`, until the returned function is called, after which they
   * end the process again. Without this method there are no signals.
   */
  onInterrupt?(listener: (signal: Interruption) => void): () => void
  /** The network namespaces of the machine. Without it only the process's own is accessible. */
  readonly namespaces?: Namespaces
}

/** Files of network namespaces, and entering one. Errors have the errno's name as `code`. */
export interface Namespaces {
  /** The names in a directory. */
  list(directory: string): readonly string[]
  /** The inode of the network namespace of a file; undefined for other files. */
  inode(path: string): number | undefined
  /** The text of a file of /proc, as a process in the namespace reads it. */
  read(path: string, file: string): Promise<string>
  /**
   * Moves this process into the namespace; or, if the runtime cannot, runs this program again in it, with these
   * words, the same streams and forwarded signals.
   */
  enter(path: string, words: readonly string[]): Promise<Entered>
}

/** This process is in the namespace, or a child was, and ended with this status. */
export type Entered = 'entered' | { readonly status: number }

/** The lock, or the text by which its holder identifies itself (untrusted: any process can hold the name). */
export type LockOutcome = { readonly lock: Lock } | { readonly holder: string }

export interface Lock {
  release(): void
}

export type Interruption = 'SIGHUP' | 'SIGINT' | 'SIGTERM'

export interface Terminal {
  /** The number of characters in a line. */
  readonly columns: number
  readonly rows: number
}

/** Events between `openTerminal` and the session's `close`. */
export interface TerminalEvents {
  /** Typed bytes, split at any point; the listener may keep them. */
  input(bytes: Uint8Array): void
  /** The size has changed; `outputTerminal` gives the new one. */
  resized(): void
  /** The terminal is closed, or has no more input. */
  ended(): void
}

export interface TerminalSession {
  /** Restores the terminal's former mode. */
  close(): void
}

/** The reader of an output has closed it, which is not a failure. */
export class BrokenPipe extends Error {
  override readonly name = 'BrokenPipe'
}

/** Output could not be written. */
export class WriteError extends Error {
  override readonly name = 'WriteError'
}

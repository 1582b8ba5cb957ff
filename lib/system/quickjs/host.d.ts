// The functions of the C host (native/). Each gives a number of at least 0, or the negative errno of what failed.
declare module 'host' {
  /** The words that the program was called with, its own name first. */
  export const words: readonly string[]
  /** The engine's version. */
  export const engine: string
  /** Loads a part of the program that was left out so far; the build writes the calls. */
  export function loadModule(name: string): Promise<unknown>
  /** Sets the function that is called when all else is done. It waits for events; false: there will be none. */
  export function setWaiter(wait: () => boolean): void

  // Files
  /** A buffer with anything in it: it takes memory only as far as it is used. */
  export function buffer(length: number): ArrayBuffer
  export function open(path: string, flags: number, mode: number): number
  export function close(descriptor: number): number
  export function read(descriptor: number, bytes: Uint8Array): number
  export function write(descriptor: number, bytes: Uint8Array): number
  /** Fills in mode, owner, group, device. */
  export function stat(path: string, status: Uint32Array): number
  export function fstat(descriptor: number, status: Uint32Array): number
  export function fsync(descriptor: number): number
  export function fchmod(descriptor: number, mode: number): number
  export function fchown(descriptor: number, owner: number, group: number): number
  export function rename(from: string, to: string): number
  export function unlink(path: string): number
  export function readlink(path: string): string | number
  /** The names in a folder. */
  export function list(path: string): readonly string[] | number

  // Sockets
  /** A bound socket. Receiving gives up after `timeout` milliseconds (EAGAIN). */
  export function netlinkSocket(protocol: number, timeout: number): number
  export function netlinkPort(descriptor: number): number
  export function send(descriptor: number, bytes: Uint8Array): number
  /**
   * Waits for a datagram and takes what else has arrived; the count. They lie `size` bytes apart. `fields` gets the length,
   * the flags (struct msghdr) and the sender's port of each.
   */
  export function receive(descriptor: number, bytes: Uint8Array, size: number, fields: Uint32Array): number
  /** Connected to an address of 4 or 16 bytes; does not block. */
  export function udpSocket(address: Uint8Array, port: number): number
  /** An abstract name's bytes, without the NUL before them. The sockets do not block. */
  export function unixListen(name: Uint8Array): number
  export function unixConnect(name: Uint8Array): number
  export function accept(descriptor: number): number

  // The process
  export function effectiveUser(): number
  export function processId(): number
  /** `NAME=VALUE` each. */
  export function environment(): readonly string[]
  /** Milliseconds since the start, by a clock that only runs forward. */
  export function now(): number
  export function random(bytes: Uint8Array): number
  /** Waits for descriptors; three numbers each: descriptor, events, and what has happened. The count of those. */
  export function poll(entries: Int32Array, timeout: number): number
  /**
   * Starts a program with an empty stdin; the descriptors become its stdout and stderr. Words begin with its name,
   * variables are `NAME=VALUE`. Its process id.
   */
  export function spawn(
    path: string,
    words: readonly string[],
    variables: readonly string[],
    stdout: number,
    stderr: number,
  ): number
  /** Waits for a program's end; its status, or 128 and the signal. */
  export function wait(process: number): number
  export function kill(process: number, signal: number): number
  /** Neither end blocks. */
  export function pipe(ends: Int32Array): number
  /** A descriptor to read these signals from, which have no other effect any more (struct signalfd_siginfo). */
  export function signals(numbers: Int32Array): number
  /** Gives signals their own effect again. */
  export function releaseSignals(numbers: Int32Array): number
  export function enterNetwork(namespace: number): number
  /** Ends the process at once. */
  export function exit(status: number): never

  // Terminals
  export function isTerminal(descriptor: number): boolean
  /** Fills in columns and rows. */
  export function windowSize(descriptor: number, size: Int32Array): number
  /** Keys come one by one and without echo, until `restoreMode` is called or the process ends. */
  export function rawMode(descriptor: number): number
  export function restoreMode(): void

  // Text
  export function encodeUtf8(text: string): ArrayBuffer
  export function decodeUtf8(bytes: Uint8Array): string

  // Loops of the program's own (lib/model/scan.ts)
  export function dottedQuad(text: string): number
  export function splitWords(line: string): string[]
  export function scanRule(line: string, fields: Int32Array): boolean
  /** A plan for `readRecord` (lib/system/quickjs/packages/record-reader.ts); its number. */
  export function recordPlan(
    groups: readonly string[],
    fields: readonly object[],
    rows: readonly object[],
    familyAttribute: number,
  ): number
  /** The record between two positions; undefined if it is not a usual one. */
  export function readRecord(
    plan: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    family: number,
    observe: boolean,
  ): unknown
  /** The records of a datagram of a dump; undefined if one of its messages is not a usual one. */
  export function readRecords(
    plan: number,
    bytes: Uint8Array,
    sequence: number,
    port: number,
    attribute: number,
    family: number,
    observe: boolean,
  ): unknown[] | undefined
  /** Writes attributes; where they end, or -1 if they are not usual ones. */
  export function writeRecord(plan: number, values: object, bytes: Uint8Array, at: number): number
}

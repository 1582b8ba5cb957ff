// The functions of the C host (native/). Each returns a number of at least 0, or a negative errno.
declare module 'host' {
  /** The command line, beginning with the program's name. */
  export function words(): readonly string[]
  /** The engine's version. */
  export const engine: string
  /** Loads a further part of the program; the build writes the calls. */
  export function loadModule(name: string): Promise<unknown>
  /** Sets the function that is called when no job is pending. It waits for events; false: there will be none. */
  export function setWaiter(wait: () => boolean): void

  // Files
  /** An uninitialized buffer, which takes memory only where it is used. */
  export function buffer(length: number): ArrayBuffer
  export function open(path: string, flags: number, mode: number): number
  export function close(descriptor: number): number
  export function read(descriptor: number, bytes: Uint8Array): number
  export function write(descriptor: number, bytes: Uint8Array): number
  /** Fills in mode, owner, group. */
  export function stat(path: string, status: Uint32Array): number
  export function fsync(descriptor: number): number
  export function fchmod(descriptor: number, mode: number): number
  export function fchown(descriptor: number, owner: number, group: number): number
  export function rename(from: string, to: string): number
  export function unlink(path: string): number
  export function readlink(path: string): string | number
  /** The names in a folder. */
  export function list(path: string): readonly string[] | number

  // Sockets
  /** A bound socket. Receiving fails after `timeout` milliseconds (EAGAIN). */
  export function netlinkSocket(protocol: number, timeout: number): number
  export function netlinkPort(descriptor: number): number
  export function send(descriptor: number, bytes: Uint8Array): number
  /**
   * Waits for a datagram and receives all that have arrived; gives the number. They lie `size` bytes apart. `fields` gets
   * the length, the flags (struct msghdr) and the sender's port of each.
   */
  export function receive(descriptor: number, bytes: Uint8Array, size: number, fields: Uint32Array): number
  /** A socket connected to an address of 4 or 16 bytes, which does not block. @param scope the interface of an address of a link */
  export function udpSocket(address: Uint8Array, port: number, scope: number): number
  export function interfaceIndex(name: string): number
  /** Connecting to an address of 4 or 16 bytes; it can be written to when that has ended. Does not block. */
  export function tcpSocket(address: Uint8Array, port: number): number
  /** The errno with which a socket has failed, or 0. */
  export function socketError(descriptor: number): number
  /** `name`: the bytes of a path, or those of an abstract name without the NUL before them. The sockets do not block. */
  export function unixListen(name: Uint8Array): number
  export function unixConnect(name: Uint8Array): number
  export function accept(descriptor: number): number

  // The process
  export function effectiveUser(): number
  export function processId(): number
  /** A variable of the environment. */
  export function variable(name: string): string | undefined
  /** Milliseconds since the start, by a monotonic clock. */
  export function now(): number
  export function random(bytes: Uint8Array): number
  /** Waits for descriptors; three numbers each: descriptor, events, results. Gives the number of ready ones. */
  export function poll(entries: Int32Array, timeout: number): number
  /**
   * Starts a program with an empty stdin and these descriptors as stdout and stderr. `words` begin with its name,
   * `variables` are `NAME=VALUE`. Gives its process id.
   */
  export function spawn(
    path: string,
    words: readonly string[],
    variables: readonly string[],
    stdout: number,
    stderr: number,
  ): number
  /** Waits for a program's end; gives its status, or 128 and the signal. */
  export function wait(process: number): number
  /** A pipe, whose first end does not block. */
  export function pipe(ends: Int32Array): number
  /** A descriptor from which these signals are read, which then have no other effect (struct signalfd_siginfo). */
  export function signals(numbers: Int32Array): number
  /** Restores the default effect of signals. */
  export function releaseSignals(numbers: Int32Array): number
  export function enterNetwork(namespace: number): number
  /** Ends the process at once. */
  export function exit(status: number): never

  // Terminals
  export function isTerminal(descriptor: number): boolean
  /** Fills `size` with columns and rows. */
  export function windowSize(descriptor: number, size: Int32Array): number
  /** Delivers keys one by one, without echo, until `restoreMode` is called or the process ends. */
  export function rawMode(descriptor: number): number
  export function restoreMode(): void

  // Text
  export function encodeUtf8(text: string): ArrayBuffer
  export function decodeUtf8(bytes: Uint8Array): string

  // Loops (lib/model/scan.ts)
  export function dottedQuad(text: string): number
  export function splitWords(line: string): string[]
  export function scanRule(line: string, fields: Int32Array): boolean
  /** Moves to the next rule line that is not plain (lib/rules/plain-requests.ts). */
  export function skipPlain(text: Uint8Array, progress: Uint32Array): boolean
  /** Writes requests as copies of `messages`, with the values of plain rule lines at the offsets of `plan`. */
  export function writePlain(
    plan: Uint32Array,
    messages: Uint8Array,
    text: Uint8Array,
    block: Uint8Array,
    places: Uint32Array,
    progress: Uint32Array,
  ): boolean
  /** Counts the lines that begin like the addition of a service, and of a server. */
  export function countEntries(text: Uint8Array, counts: Int32Array): boolean
  /** Adds the entries of plain rule lines (lib/system/quickjs/packages/plain-entries.ts). */
  export function readEntries(
    text: Uint8Array,
    progress: Uint32Array,
    counts: Int32Array,
    services: Int32Array,
    serviceIndex: Int32Array,
    servers: Int32Array,
    serverIndex: Int32Array,
    serviceConfigs: Int32Array,
    serverConfigs: Int32Array,
  ): number
  /** Writes the requests that add entries (lib/system/quickjs/packages/entry-requests.ts). */
  export function writeEntries(
    offsets: Uint32Array,
    requests: Uint8Array,
    serviceRequests: Uint32Array,
    serverRequests: Uint32Array,
    services: Int32Array,
    servers: Int32Array,
    place: Int32Array,
    block: Uint8Array,
    places: Uint32Array,
    progress: Uint32Array,
  ): number
  /** Compares the servers of a datagram with rows (lib/system/quickjs/packages/entry-comparison.ts). */
  export function matchServers(
    compared: Int32Array,
    values: Int32Array,
    datagram: Uint8Array,
    dump: Int32Array,
    servers: Int32Array,
    index: Int32Array,
    service: number,
    found: Int32Array,
    count: number,
  ): number
  /** Rows of the listing of connections (lib/output/connection-rows.ts); their length, or -1. */
  export function connectionRows(lines: Uint8Array, rows: Uint8Array): number
  /** A plan for `readRecord` (lib/system/quickjs/packages/record-reader.ts); its number. */
  export function recordPlan(
    groups: readonly string[],
    fields: readonly object[],
    rows: readonly object[],
    familyAttribute: number,
  ): number
  /** The record between two positions; undefined if it is not a common one. */
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
  /** A plan for `readRows` (lib/system/quickjs/packages/record-rows.ts); its number. The last four are numbers of fields. */
  export function rowPlan(
    recordPlan: number,
    pieces: readonly object[],
    address: number,
    port: number,
    protocol: number,
    mark: number,
  ): number
  /**
   * Adds the rows of a datagram of a dump to a list: 1, or 0 if one of its messages is not a usual one, or -ENOBUFS if
   * there is too little room. `dump`: sequence, port, attribute, family, whether observations count, the service's port.
   */
  export function readRows(
    plan: number,
    bytes: Uint8Array,
    dump: Int32Array,
    prefix: Uint8Array,
    index: Uint8Array,
    texts: Uint8Array,
  ): number
  /** Sorts a list. `order` has two numbers an entry; the first half gets the order. Gives the number of equal neighbours. */
  export function sortRows(index: Uint8Array, order: Uint32Array, wraps: boolean): number
  /** Writes lines of a list from its next entry on, at most so many and as many as fit; where they end. */
  export function writeRows(
    index: Uint8Array,
    order: Uint32Array | undefined,
    texts: Uint8Array,
    bytes: Uint8Array,
    at: number,
    most: number,
  ): number
  /**
   * Reads the real servers of the next services of a list, and writes the lines of both (native/series.c). The results are
   * in `numbers` and `fields`. `order` is that of the services, if it is not the kernel's. Gives the number of datagrams
   * that are left to be read, or a negative errno.
   */
  export function readSeries(
    descriptor: number,
    bytes: Uint8Array,
    fields: Uint32Array,
    header: Uint8Array,
    numbers: Uint32Array,
    lines: Uint8Array,
    services: Uint8Array,
    serviceTexts: Uint8Array,
    order: Uint32Array | undefined,
    plan: number,
    servers: Uint8Array,
    serverTexts: Uint8Array,
  ): number
  /** Writes attributes; where they end, or -1 if they are not usual ones. */
  export function writeRecord(plan: number, values: object, bytes: Uint8Array, at: number): number
  /** Whether two objects have the same values of the plan's fields. */
  export function sameRecord(plan: number, a: object, b: object): boolean
}

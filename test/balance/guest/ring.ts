// One director under test: its command, typed line by line, and the clients and servers around it.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Outcome, runCommand } from './command.ts'
import type { Held, Hosts, Request } from './hosts.ts'
import { SERVERS } from './network.ts'

/** Seconds to wait for what must come: a busy machine may take long. */
const PATIENCE = 300

/** The reason why something cannot be tried in this kernel. */
export class KernelLacks extends Error {
  override readonly name = 'KernelLacks'
}

export class Ring {
  notes: string[] = []
  #ports = 1000

  constructor(
    readonly hosts: Hosts,
    /** The folder of the sources: bin/ and test/ are in it. */
    readonly root: string,
  ) {}

  /** Runs our command on the director, and ignores its status. */
  attempt(line: string, input = ''): Promise<Outcome> {
    return runCommand(line, input)
  }

  /** Keeps a number for the reader of the table. */
  note(text: string): void {
    this.notes.push(text)
  }

  /** Types a command, which must succeed; returns its output. */
  async type(line: string): Promise<string> {
    const { status, output, errors } = await this.attempt(line)
    if (status !== 0 || errors !== '') throw new Error(`ipvsadm ${line.trim()}: ${status} ${errors.trim()}`)
    return output
  }

  /** Types commands, a line each. */
  async director(lines: string): Promise<void> {
    for (const line of lines.trim().split('\n')) await this.type(line)
  }

  /** A port that no service had before: nothing of an earlier scenario is known to the kernel under it. */
  port(): number {
    return this.#ports++
  }

  vip(): string {
    return `10.100.0.1:${this.port()}`
  }

  vip6(): string {
    return `[fd64::1]:${this.port()}`
  }

  /** Clears the table and restores the timeouts. */
  async reset(): Promise<void> {
    this.notes = []
    await this.type('-C')
    await this.type('--set 900 120 300')
  }

  async ask(requests: readonly Request[], options?: Parameters<Hosts['ask']>[1]): Promise<string[]> {
    return await this.hosts.ask(requests, options)
  }

  async hold(requests: readonly Request[]): Promise<Held[]> {
    return await this.hosts.hold(requests)
  }

  /** Reads again and again until `done`, or for so many seconds; returns the last value. */
  async until<T>(read: () => Promise<T>, done: (value: T) => boolean, seconds = PATIENCE): Promise<T> {
    const end = Date.now() + seconds * 1000
    for (;;) {
      const value = await read()
      if (done(value) || Date.now() > end) return value
      await sleep(200)
    }
  }
}

/** One request; the service's address as it is typed. */
export function to(
  service: string,
  { protocol = 'tcp', from, fromPort = 0 }: Partial<Pick<Request, 'protocol' | 'from' | 'fromPort'>> = {},
): Request {
  const [, address, port] = /^\[?([^\]]*?)\]?:(\d+)$/.exec(service)!
  return {
    protocol,
    from: from ?? (address!.includes(':') ? 'fd01::1' : '10.1.0.1'),
    fromPort,
    to: address!,
    port: Number(port),
  }
}

export function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index))
}

/** One of the client's many addresses. */
export const clientAddress = (index: number) => `10.1.${128 + (index >> 8)}.${index & 255}`

/** The number of answers of each server: `red 6, green 2`. */
export function tally(names: readonly string[]): string {
  const counts = new Map<string, number>(SERVERS.map((name) => [name, 0]))
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts]
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
}

export const serversOf = (held: readonly Held[]): string[] => held.map(({ server }) => server)
